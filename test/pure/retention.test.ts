/** What a limit of age leaves of a log: who is who stays, and of the content what is young enough. */
import { describe, expect, it } from "vitest";
import { cutAt, isKept, resolve, withoutOldContent } from "../../collector/identity/index.ts";
import { createHasher } from "../../collector/identity/node-key.ts";
import { acceptEvents } from "../../collector/ingest/index.ts";
import { DEFAULT_JOURNEY_SETTINGS } from "../../collector/journey/index.ts";
import type { LoggedEvent } from "../../collector/model.ts";
import { replay, type WorkspaceConfig } from "../../collector/store/replay.ts";
import type { WireEvent } from "../../sdk/wire.ts";
import { makeHistory } from "../simulator/history.ts";
import { Random } from "../simulator/random.ts";

const DAY_MS = 24 * 3600_000;
const NOW = Date.parse("2026-03-10T09:00:00Z");
const SECRET = "a secret";
const hash = createHasher(SECRET);
const identity = { phoneRegion: "CN", blocked: [] };
const config: WorkspaceConfig = {
	workspace: "tested",
	secret: SECRET,
	streamShards: 1,
	profileShards: 1,
	settingsVersion: 1,
	settings: {
		identity,
		journey: DEFAULT_JOURNEY_SETTINGS,
		timeZone: "UTC",
		backlogEventsMax: 1,
		retentionDays: null,
		idleDays: null,
	},
};

const withoutAll = (events: readonly LoggedEvent[], cut: number) =>
	events.map((event) => withoutOldContent(event, cut, identity, hash));

function eventOf(sent: object, timestamp: number): LoggedEvent {
	return {
		sent: { messageId: `m${timestamp}`, ...sent } as LoggedEvent["sent"],
		timestamp,
		receivedAt: timestamp + 5,
		trust: "server",
		added: { browser: "Chrome", city: "Suzhou" },
	};
}

describe("the cut", () => {
	it("lies whole days before the last midnight UTC, and moves with it", () => {
		const midnight = Date.parse("2026-03-10T00:00:00Z");
		expect(cutAt(midnight, 30)).toBe(midnight - 30 * DAY_MS);
		expect(cutAt(midnight + DAY_MS - 1, 30)).toBe(midnight - 30 * DAY_MS);
		expect(cutAt(midnight - 1, 30)).toBe(midnight - 31 * DAY_MS);
	});

	it("is nowhere where the workspace has no limit", () => {
		expect(cutAt(NOW, null)).toBe(0);
	});
});

describe("an event before the cut", () => {
	const cut = cutAt(NOW, 30);
	const login = (timestamp: number) =>
		eventOf(
			{
				type: "identify",
				anonymousId: "device-1",
				userId: "user-1",
				traits: { email: "Ann@Shop.example", name: "Ann" },
				context: { page: { url: "https://shop.example/secret" } },
			},
			timestamp,
		);

	it("keeps its place and keyed hashes, and nothing that was said", () => {
		const old = login(cut - 1);
		const kept = withoutOldContent(old, cut, identity, hash);
		expect(kept).toMatchObject({
			sent: { type: "identify", messageId: old.sent.messageId },
			timestamp: old.timestamp,
			receivedAt: old.receivedAt,
			trust: "server",
		});
		expect(JSON.stringify(kept)).not.toMatch(/ann|shop|secret|user-1|device-1|Chrome|Suzhou/i);
		expect(kept.added.kept?.strong).toHaveLength(2);
	});

	it("is one before it by a millisecond: at the cut all stays", () => {
		expect(isKept(withoutOldContent(login(cut - 1), cut, identity, hash))).toBe(true);
		expect(withoutOldContent(login(cut), cut, identity, hash)).toEqual(login(cut));
	});

	it("loses it once: a later cut finds nothing more to take", () => {
		const [kept] = withoutAll([login(cut - 1)], cut) as [LoggedEvent];
		expect(withoutOldContent(kept, cut + DAY_MS, identity, hash)).toBe(kept);
	});

	it("can be none that a sender makes up", () => {
		const forged = { type: "page", messageId: "m", anonymousId: "device-1", added: { kept: {} }, kept: {} };
		const { accepted } = acceptEvents([forged], { receivedAt: NOW, trust: "server" });
		expect(accepted.map(isKept)).toEqual([false]);
	});
});

describe("random histories", () => {
	/** Copies of one id and time may say who they are otherwise; of two without content another may then count. */
	const hasRivals = (events: readonly LoggedEvent[]) => {
		const said = new Map<string, string>();
		return withoutAll(events, Number.POSITIVE_INFINITY).some(({ sent, timestamp, trust, added }) => {
			const key = `${added.kept?.device} ${sent.messageId} ${timestamp} ${trust}`;
			const other = said.get(key);
			const own = JSON.stringify([sent, added]);
			said.set(key, own);
			return other !== undefined && other !== own;
		});
	};

	it("have the same people, links, refusals and owners with old content and without", () => {
		let compared = 0;
		for (let seed = 1; seed <= 200; seed++) {
			const events = makeHistory(new Random(seed)).flatMap((step) => ("events" in step ? step.events : []));
			if (hasRivals(events)) continue;
			compared++;
			const times = events.map(({ timestamp }) => timestamp).sort((a, b) => a - b);
			const cut = times[Math.floor(times.length / 2)] as number;
			const whole = resolve(events, identity, SECRET);
			const aged = resolve(withoutAll(events, cut), identity, SECRET);
			const ownersOf = ({ placed }: typeof whole) =>
				placed.map(({ stream, messageId, profileId }) => [stream, messageId, profileId]);
			expect(ownersOf(aged), `seed ${seed}`).toEqual(ownersOf(whole));
			for (const part of ["excluded", "statements", "registers", "timelines", "clusters"] as const) {
				expect(aged[part], `${part}, seed ${seed}`).toEqual(whole[part]);
			}
		}
		expect(compared).toBeGreaterThan(100);
	});
});

describe("a chain", () => {
	it("begins with the first event that is young enough, and a later event of a person who was named before the cut is still hers", () => {
		const cut = cutAt(NOW, 30);
		const visit = (days: number, sent: object) => eventOf(sent, cut + days * DAY_MS);
		const events = [
			visit(-2, { type: "identify", anonymousId: "device-1", userId: "user-1", traits: { name: "Ann" } }),
			visit(-1, { type: "page", anonymousId: "device-1", name: "Old" }),
			visit(1, { type: "page", anonymousId: "device-1", name: "Young" }),
		];
		const whole = replay(events, config).chains;
		const aged = replay(withoutAll(events, cut), config).chains;
		expect([...aged.keys()]).toEqual([...whole.keys()]);
		const [chain] = [...aged.values()];
		expect(chain?.touchpoints.map(({ timestamp }) => timestamp)).toEqual([cut + DAY_MS]);
		expect(JSON.stringify(chain)).not.toContain("Ann");
	});
});

describe("the door", () => {
	const contentFrom = cutAt(NOW, 30);
	const codeOf = (event: Partial<WireEvent>, timestamp: number) => {
		const sent = { messageId: "m", userId: "user-1", ...event, timestamp: new Date(timestamp).toISOString() };
		const { rejected } = acceptEvents([sent], { receivedAt: NOW, trust: "server", contentFrom });
		return rejected.map(({ rejected: { code, field } }) => `${code} ${field}`).join();
	};

	it("refuses an event whose content would go at once, and says so", () => {
		expect(codeOf({ type: "page" }, contentFrom - 1)).toBe("older_than_retention timestamp");
		expect(codeOf({ type: "page" }, contentFrom)).toBe("");
	});

	it("takes statements of any age: what they say does not go by it", () => {
		expect(codeOf({ type: "alias", previousId: "user-2" }, contentFrom - DAY_MS)).toBe("");
		expect(codeOf({ type: "consent", traits: { analytics: false } }, contentFrom - DAY_MS)).toBe("");
	});
});
