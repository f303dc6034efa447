/** Histories on which the store once differed from the rules, each named for what it broke. */
import { describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import { run } from "../simulator/run.ts";
import type { Step, WorldSettings } from "../simulator/world.ts";

/** Twelve courses of messages over one history. */
async function expectRight(settings: WorldSettings, steps: Step[]): Promise<void> {
	for (let seed = settings.seed; seed < settings.seed + 12; seed++) {
		const { faults } = await run({ settings: { ...settings, seed }, steps });
		expect(faults).toEqual([]);
	}
}

it("folds a linked device's event again when its visit begins with it, and not with the other device's of the same time and messageId", async () => {
	const settings: WorldSettings = {
		seed: 2002960,
		streamShards: 3,
		profileShards: 2,
		faults: { lost: 0, late: 0, twice: 0, unanswered: 0, stop: 0, alarmTwice: 0, unreadable: 0, unpoked: 0 },
		oneAtATime: false,
		limits: { stream: {}, graph: {} },
	};
	const steps: Step[] = [
		{
			events: [
				{
					sent: {
						type: "track",
						event: "Page Engaged",
						anonymousId: "device-1",
						properties: { viewId: "v1", rev: 4, engagedMs: 16000, visibleMs: 24000, scrollDepth: 1 },
						context: { page: { path: "/1" } },
						messageId: "01957fd1-a2c0-7000-8000-000000000000",
					},
					timestamp: 1741606200000,
					receivedAt: 1741606200500,
					trust: "public",
					added: {},
				},
			],
		},
		{
			events: [
				{
					sent: {
						type: "track",
						event: "Page Engaged",
						anonymousId: "device-3",
						properties: { viewId: "v1", rev: 4, engagedMs: 16000, visibleMs: 24000, scrollDepth: 1 },
						context: { page: { path: "/1" } },
						messageId: "01957fd1-a2c0-7000-8000-000000000000",
					},
					timestamp: 1741606200000,
					receivedAt: 1741606201500,
					trust: "public",
					added: {},
				},
			],
		},
		{
			events: [
				{
					sent: {
						type: "track",
						event: "Page Engaged",
						anonymousId: "device-1",
						properties: { viewId: "v3", rev: 3, engagedMs: 12000, visibleMs: 18000, scrollDepth: 0.75 },
						context: { page: { path: "/1" } },
						messageId: "m3",
					},
					timestamp: 1741606200000,
					receivedAt: 1741609800000,
					trust: "server",
					added: {},
				},
			],
		},
		{
			events: [
				{
					sent: {
						type: "page",
						name: "Page",
						anonymousId: "device-3",
						userId: "user-2",
						properties: { path: "/2", url: "https://shop.cn/2" },
						context: {
							page: { path: "/2", url: "https://shop.cn/2" },
							strand: { tab: "t2", seq: 2, version: "0.1.0", viewId: "v0" },
						},
						messageId: "01957fed-1a00-7000-8000-000000000001",
					},
					timestamp: 1741608000000,
					receivedAt: 1741608000000,
					trust: "public",
					added: { deviceFamily: "mobile", bot: false },
				},
			],
		},
		{
			events: [
				{
					sent: {
						type: "link",
						anonymousId: "device-1",
						previousId: "device-3",
						messageId: "01958533-8120-7000-8000-000000000004",
					},
					timestamp: 1741696500000,
					receivedAt: 1741700100000,
					trust: "server",
					added: {},
				},
			],
		},
	];
	// The course of messages decides whether it shows: the graph has to cut the group before it heard of the event.
	await expectRight(settings, steps);
});

it("keeps the copy of an event that counted when the content which told so goes by age", async () => {
	const settings: WorldSettings = {
		seed: 1900,
		streamShards: 3,
		profileShards: 2,
		faults: { lost: 0, late: 0, twice: 0, unanswered: 0, stop: 0, alarmTwice: 0, unreadable: 0, unpoked: 0 },
		oneAtATime: true,
		limits: { stream: {}, graph: {} },
	};
	const at = { timestamp: 1741607311555, receivedAt: 1741607311555, trust: "server" as const, added: {} };
	const copy = (sent: object) => ({ sent: { messageId: "m1", anonymousId: "device-1", ...sent } as never, ...at });
	const steps: Step[] = [
		{ events: [copy({ type: "touch", channel: "phone", name: "call_completed", direction: "out" })] },
		{ events: [copy({ type: "identify", userId: "user-1" })] },
		{ retentionDays: 80 },
		// What is said of its identifiers has the stream read anew.
		{ events: [{ ...copy({ type: "consent", userId: "user-1", traits: { analytics: true }, messageId: "m2" }) }] },
	];
	expect((await run({ settings, steps })).faults).toEqual([]);
});

it("lets no content go while an unlike copy that was logged waits to be read, of which the two texts alone tell which counts", async () => {
	const settings: WorldSettings = {
		seed: 322,
		streamShards: 3,
		profileShards: 3,
		faults: { lost: 0, late: 0, twice: 0, unanswered: 0, stop: 0, alarmTwice: 0, unreadable: 0, unpoked: 0 },
		oneAtATime: false,
		limits: { stream: { roundRowsMax: 1 }, graph: {} },
	};
	const eventOf = (sent: object, timestamp: number, delayMs: number) => ({
		sent: { anonymousId: "device-1", ...sent } as never,
		timestamp,
		receivedAt: timestamp + delayMs,
		trust: "public" as const,
		added: {},
	});
	const report = { type: "track", event: "Page Engaged", properties: { viewId: "v1", rev: 1, engagedMs: 4000 } };
	const steps: Step[] = [
		{ events: [eventOf({ ...report, messageId: "m1" }, 1741912504001, 500)] },
		{ retentionDays: 81 },
		{
			events: [
				eventOf({ ...report, messageId: "m3" }, 1742123106002, 500),
				eventOf({ type: "reset", messageId: "m2" }, 1741930805000, 3_600_000),
			],
		},
		// Of this copy and the reset the smaller counts, which is this: so there was no reset, and m3 lies in the first segment.
		{
			events: [
				eventOf(
					{ type: "screen", name: "Page", properties: { path: "/1" }, messageId: "m2" },
					1741930805000,
					3_601_000,
				),
			],
		},
		{ days: 4 },
	];
	// The course of messages decides whether it shows: the limit has to come between the two copies.
	await expectRight(settings, steps);
});

it("refuses what a sender's repeat brings too late, of which an unlike copy's content is gone", async () => {
	const settings: WorldSettings = {
		seed: 20,
		streamShards: 1,
		profileShards: 1,
		faults: { lost: 0.3, late: 0.3, twice: 0, unanswered: 0, stop: 0, alarmTwice: 0, unreadable: 0, unpoked: 0 },
		oneAtATime: false,
		limits: { stream: {}, graph: {} },
	};
	const copy = (sent: object): LoggedEvent => ({
		sent: { messageId: "m1", anonymousId: "device-1", ...sent } as never,
		timestamp: 1741732803995,
		receivedAt: 1741736403995,
		trust: "public",
		added: {},
	});
	const steps: Step[] = [
		{ events: [copy({ type: "page", name: "Page", context: { page: { path: "/3" } } })] },
		{ events: [copy({ type: "identify", userId: "user-5" })] },
		{ retentionDays: 81 },
		{ days: 3 },
	];
	// The course of messages decides whether it shows: the second has to be logged, and the first lost until the days are gone.
	await expectRight(settings, steps);
});

it("remembers of a device on which no event counts whose its aliases make it, and goes on from there when one comes", async () => {
	const settings: WorldSettings = {
		seed: 5000085,
		streamShards: 3,
		profileShards: 3,
		faults: { lost: 0, late: 0, twice: 0, unanswered: 0, stop: 0, alarmTwice: 0, unreadable: 0, unpoked: 0 },
		oneAtATime: true,
		limits: { stream: {}, graph: {} },
	};
	const eventOf = (sent: object, index: number): LoggedEvent => ({
		sent: { messageId: `m${index}`, ...sent } as never,
		timestamp: 1741601517522 + index,
		receivedAt: 1741601517522 + index,
		trust: "server",
		added: {},
	});
	const consent = { type: "consent", anonymousId: "device-1", traits: { stitching: true } };
	const aliases = ["user-1", "user-2", "user-3"].map((userId) => ({
		type: "alias",
		userId,
		previousId: "device-1",
		previousIdType: "anonymousId",
	}));
	const silent: Step[] = [consent, ...aliases].map((sent, index) => ({ events: [eventOf(sent, index)] }));
	expect((await run({ settings, steps: silent })).faults).toEqual([]);
	const page = eventOf({ type: "page", anonymousId: "device-1" }, 10);
	const login = eventOf({ type: "identify", anonymousId: "device-1", userId: "user-4" }, 11);
	for (const last of [page, login]) {
		expect((await run({ settings, steps: [...silent, { events: [last] }] })).faults).toEqual([]);
	}
});

it("keeps the key of a stream of which nothing is left while the graph's answer to its last word waits for the next round", async () => {
	const settings: WorldSettings = {
		seed: 40,
		streamShards: 1,
		profileShards: 1,
		faults: { lost: 0, late: 0.15, twice: 0, unanswered: 0.15, stop: 0.15, alarmTwice: 0, unreadable: 0, unpoked: 0 },
		oneAtATime: false,
		limits: { stream: {}, graph: {} },
	};
	const at = { timestamp: 1741613103000, receivedAt: 1741613103000, trust: "public" as const, added: {} };
	const page = { sent: { type: "page" as const, messageId: "m1", anonymousId: "device-1" }, ...at };
	const steps: Step[] = [{ retentionDays: 86 }, { events: [page] }, { days: 3 }, { days: 2 }];
	// The course of messages decides whether it shows: the round that takes the page has to be broken off and repeated.
	await expectRight(settings, steps);
});

describe("of a device that nobody was named beside", () => {
	const faults = { lost: 0, late: 0, twice: 0, unanswered: 0, stop: 0, alarmTwice: 0, unreadable: 0, unpoked: 0 };
	const settings: WorldSettings = {
		seed: 421000028,
		streamShards: 1,
		profileShards: 1,
		faults,
		oneAtATime: false,
		limits: { stream: {}, graph: {} },
	};
	const at = { timestamp: 1741604999999, receivedAt: 1741605000499, trust: "server" as const, added: {} };
	const page: LoggedEvent = { sent: { type: "page", messageId: "m1", anonymousId: "device-1" }, ...at };

	it("an event leaves nothing that is too old when it is first read", async () => {
		// The course of messages decides whether it shows: the limit has to come between the log and the fold.
		await expectRight(settings, [{ events: [page] }, { retentionDays: 81 }]);
	});

	it("that leaves no head either where the graph's word on it is what is taken in last", async () => {
		const tracked = (receivedAt: number, country?: string): LoggedEvent => ({
			sent: { type: "track", event: "Lead Assigned", messageId: "m2", externalIds: [{ type: "crm", id: "crm-1" }] },
			timestamp: 1741602000000,
			receivedAt,
			trust: "server",
			added: { deviceFamily: "desktop", bot: false, ...(country !== undefined && { country }) },
		});
		const steps: Step[] = [
			{ events: [tracked(1741605600000)] },
			{ events: [page, tracked(1741605599000, "DE")] },
			{ retentionDays: 81 },
		];
		for (const stop of [0, 0.05]) await expectRight({ ...settings, faults: { ...faults, stop } }, steps);
	});

	it("the end of a round is known that was told by it, and what else the round took in counts", async () => {
		const nobody: LoggedEvent = { sent: { type: "page", messageId: "m3" }, ...at };
		const known: LoggedEvent = {
			sent: { type: "identify", messageId: "m4", traits: { phone: "+8613911112224" } },
			...at,
			timestamp: at.timestamp + 1,
		};
		const steps: Step[] = [{ events: [nobody, page, known] }, { retentionDays: 80 }, { days: 2 }];
		await expectRight({ ...settings, faults: { ...faults, stop: 0.15, unanswered: 0.15 } }, steps);
	});

	it("the graph's word that comes when the device is forgotten can be read after a restart", async () => {
		const link: LoggedEvent = {
			sent: { type: "link", messageId: "m5", anonymousId: "device-2", previousId: "device-1" },
			...at,
			timestamp: at.timestamp + 2,
		};
		const steps: Step[] = [{ events: [link, page] }, { retentionDays: 80 }, { days: 4 }];
		await expectRight({ ...settings, seed: 71, faults: { ...faults, stop: 0.15, unanswered: 0.15 } }, steps);
	});
});
