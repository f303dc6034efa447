/** People of whom nothing was heard for long are forgotten whole, and nobody else is. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAdminDoor } from "../../collector/node/admin-door.ts";
import { compareStore } from "../../collector/node/compare-store.ts";
import { open } from "../../collector/store/sealing/seal.ts";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, type JourneyRow, postBatch, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { copyFolder, filesWith, readKeys, readSealed, type SealedBlob } from "../support/disk.ts";
import { eventually } from "../support/eventually.ts";

const DAY_MS = 24 * 3600_000;
const [RETENTION_DAYS, IDLE_DAYS] = [60, 90];
/** In the messageIds of who is forgotten, and nowhere else. */
const GONE = "zqgone";
/** Objects are put to sleep 10 s after their last request, and then close their write-ahead logs. */
const SLEEP_MS_MAX = 40_000;

let collector: RunningCollector;
let scratch: string;
let before: SealedBlob[];
let gone: string;
let kept: string;

const daysAgo = (days: number) => new Date(Date.now() - days * DAY_MS).toISOString();
const ask = (path: string, method = "GET", body?: object) =>
	fetch(`${collector.url}${path}`, {
		method,
		headers: authorise(collector.keys.secret),
		redirect: "manual",
		body: body === undefined ? null : JSON.stringify(body),
	});
const jsonOf = async <Body>(path: string) => (await (await ask(path)).json()) as Body;
const send = async (...events: WireEvent[]) => {
	expect((await postBatch(collector.url, collector.keys.secret, events)).rejected).toEqual([]);
	await settle(collector.url, collector.keys.read);
};
const idOf = async (query: string) => (await jsonOf<JourneyRow>(`/v1/profiles?${query}`)).profileId;

const login = (device: string, user: string, days: number, mark = user): WireEvent => ({
	type: "identify",
	messageId: `${mark}-${device}-${days}`,
	anonymousId: device,
	userId: user,
	traits: { email: `${user}@x.cn` },
	timestamp: daysAgo(days),
});
const page = (device: string, days: number, more: Partial<WireEvent> = {}): WireEvent => ({
	type: "page",
	messageId: `${device}-${days}`,
	anonymousId: device,
	timestamp: daysAgo(days),
	...more,
});

beforeAll(async () => {
	scratch = await mkdtemp(join(tmpdir(), "strand-idle-"));
	collector = await startCollector();
	await send(
		login("gone-phone", "gone", 100, GONE),
		page("gone-laptop", 95, { userId: "gone", messageId: `${GONE}-p` }),
	);
	// Tied by the old phone's login alone: the mail's stream and the laptop's know nothing of each other.
	await send(login("kept-phone", "kept", 100), page("kept-laptop", 3, { userId: "kept" }));
	await send({
		type: "touch",
		messageId: "mail",
		name: "email_opened",
		channel: "email",
		traits: { email: "kept@x.cn" },
		timestamp: daysAgo(2),
	} as WireEvent);
	// Not heard of for less than the limit.
	await send(login("young-phone", "young", IDLE_DAYS - 2));
	await send(login("no-phone", "no", 100), {
		type: "consent",
		messageId: "no",
		anonymousId: "no-phone",
		traits: { analytics: false },
		timestamp: daysAgo(99),
	});
	[gone, kept] = await Promise.all([idOf("userId=gone"), idOf("userId=kept")]);
	before = readSealed(copyFolder(collector.dataDir, scratch));
}, 60_000);
afterAll(async () => {
	await collector?.stop();
	await rm(scratch, { recursive: true, force: true });
});

describe("idleDays", () => {
	it("is a whole number of days that is no smaller than retentionDays, or null", async () => {
		const wrong = [
			{ idleDays: 90 },
			{ retentionDays: 60, idleDays: 59 },
			{ retentionDays: 60, idleDays: 1.5 },
			{ retentionDays: 60, idleDays: 3651 },
		];
		for (const body of wrong) {
			const answer = await ask("/v1/settings", "PUT", body);
			expect(answer.status, JSON.stringify(body)).toBe(400);
			expect(await answer.json()).toMatchObject({ error: { code: "bad_field", field: "idleDays" } });
		}
		expect(await jsonOf("/v1/settings")).toMatchObject({ settings: { retentionDays: null, idleDays: null } });
	});

	it("forgets who was not heard of, over a crash half-way: no profile, no identifier, nothing to erase", async () => {
		const answer = await ask("/v1/settings", "PUT", { retentionDays: RETENTION_DAYS, idleDays: IDLE_DAYS });
		expect(answer.status).toBe(200);
		await collector.kill();
		await collector.restart();
		// Before that it is known still, with nothing left to be shown.
		const answerOf = async () => {
			// Asked for the status, every object wakes and takes up what the crash left.
			await settle(collector.url, collector.keys.read);
			return (await ask(`/v1/profiles/${gone}`)).text();
		};
		await eventually(async () => (await answerOf()).includes("No such profile"), 30_000, 200);
		await settle(collector.url, collector.keys.read);
		expect((await ask(`/v1/profiles/${gone}`, "DELETE")).status).toBe(404);
		for (const query of ["userId=gone", "email=gone@x.cn", "anonymousId=gone-phone", "anonymousId=gone-laptop"])
			expect((await ask(`/v1/profiles?${query}`)).status, query).toBe(404);
		expect(await jsonOf("/v1/status")).toMatchObject({ stuck: 0, errors: [] });
	}, 60_000);

	it("leaves who still comes as he is, by what his old phone said, and who is idle for less", async () => {
		expect(await idOf("userId=kept")).toBe(kept);
		const row = await jsonOf<JourneyRow & { evidence: { messageId: string }[] }>(`/v1/profiles/${kept}`);
		expect(row.touchpoints.map(({ evidence }) => evidence[0])).toEqual(["kept-laptop-3", "mail"]);
		expect(row.evidence.map(({ messageId }) => messageId)).toContain("kept-kept-phone-100");
		await send(page("young-phone", 0));
		expect((await jsonOf<JourneyRow>("/v1/profiles?userId=young")).touchpoints).toHaveLength(1);
	});

	it("lets who comes back begin anew", async () => {
		await send(page("gone-phone", 0.2), { ...login("gone-laptop", "gone", 0.1), traits: {} });
		const row = await jsonOf<JourneyRow & { evidence: { timestamp: string }[] }>("/v1/profiles?userId=gone");
		expect(row.evidence.every(({ timestamp }) => Date.parse(timestamp) > Date.now() - DAY_MS)).toBe(true);
		expect((await ask("/v1/profiles?email=gone@x.cn")).status).toBe(404);
		expect(await idOf("anonymousId=gone-phone")).not.toBe(await idOf("userId=gone"));
	});

	it("forgets no consent: who said no is heard no more than before", async () => {
		await send(page("no-phone", 0.3));
		const events = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		expect(events.map(({ messageId }) => messageId)).not.toContain("no-phone-0.3");
	});

	it("stores what follows from its log: strand verify finds no fault", async () => {
		const admin = JSON.parse(await readFile(join(collector.dataDir, "admin.json"), "utf8"));
		const { adminToken, workspaceSecret } = admin as { adminToken: string; workspaceSecret: string };
		const door = createAdminDoor(collector.url, adminToken, "main");
		const { faults } = await compareStore(door, "main", workspaceSecret, scratch);
		expect(faults).toEqual([]);
	}, 30_000);

	it("leaves nothing of them on disk once the objects sleep", async () => {
		const old = before.filter(({ text }) => text.includes(GONE));
		expect(new Set(old.map(({ where }) => where))).toContain("log");
		const oldKeys = [...new Set(old.map(({ key }) => key))];
		await eventually(() => filesWith(collector.dataDir, oldKeys).length === 0, SLEEP_MS_MAX, 1_000);
		const copy = copyFolder(collector.dataDir, join(scratch, "after"));
		expect(readSealed(copy).filter(({ text }) => text.includes(GONE))).toEqual([]);
		const keys = readKeys(copy);
		const isReadable = ({ key, sealed }: SealedBlob) => {
			const was = Buffer.from(open(key, sealed));
			return keys.some((other) => was.equals(open(other, sealed)));
		};
		expect(old.filter(isReadable).map(({ where }) => where)).toEqual([]);
	}, 60_000);
});
