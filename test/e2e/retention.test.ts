/** A limit of age takes content for good, from every answer and from the disk, and leaves who is who. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAdminDoor } from "../../collector/node/admin-door.ts";
import { compareStore } from "../../collector/node/compare-store.ts";
import { open } from "../../collector/store/sealing/seal.ts";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, type JourneyRow, postBatch, readRows, type TouchpointRow } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { copyFolder, filesWith, readKeys, readSealed, type SealedBlob } from "../support/disk.ts";
import { eventually } from "../support/eventually.ts";

const DAY_MS = 24 * 3600_000;
const RETENTION_DAYS = 60;
/** In all that is too old, and nowhere else; in lower case, since mails are normalised. */
const OLD = "zqold";
const YOUNG = "zqyoung";
/** Objects are put to sleep 10 s after their last request, and then close their write-ahead logs. */
const SLEEP_MS_MAX = 120_000;

let collector: RunningCollector;
let scratch: string;
let before: SealedBlob[];
let feed: string;
/** Whose content is old in part, and whole. */
let carol: string;
let dave: string;

/** One for all, so that midnight may pass meanwhile. */
const NOW = Date.now();
const daysAgo = (days: number) => new Date(NOW - days * DAY_MS).toISOString();
const ask = (path: string, method = "GET", body?: object) =>
	fetch(`${collector.url}${path}`, {
		method,
		headers: authorise(collector.keys.secret),
		body: body === undefined ? null : JSON.stringify(body),
	});
const textOf = async (path: string) => (await ask(path)).text();
const jsonOf = async <Body>(path: string) => (await (await ask(path)).json()) as Body;
const send = (events: WireEvent[]) => postBatch(collector.url, collector.keys.secret, events);
const rowsOf = <Row>(path: string) => readRows<Row>(collector.url, collector.keys.read, path);
const profileOf = (user: string) => ask(`/v1/profiles?userId=${user}`);
const idOf = async (user: string) => ((await (await profileOf(user)).json()) as JourneyRow).profileId;
const status = () => jsonOf<{ aging: number; pending: number; stuck: number; errors: string[] }>("/v1/status");

/** A login with all that can tell of a person, a page and a call. */
function visit(user: string, mark: string, days: number): WireEvent[] {
	const common = { anonymousId: `${user}-phone`, timestamp: daysAgo(days), userId: user };
	return [
		{
			type: "identify",
			messageId: `${user}-${days}-i`,
			...common,
			traits: { email: `${user}@x.cn`, name: `${mark} name` },
		},
		{
			type: "page",
			messageId: `${user}-${days}-p`,
			...common,
			properties: { url: `https://shop.example/${mark}?utm_campaign=${mark}-campaign` },
		},
		{
			type: "touch",
			messageId: `${user}-${days}-t`,
			...common,
			channel: "phone",
			name: "call_completed",
			direction: "in",
			text: `${mark} was said`,
		} as WireEvent,
	];
}

const pageOf = (device: string, name: string, days: number): WireEvent => ({
	type: "page",
	messageId: `${device}-${days}`,
	anonymousId: device,
	name,
	timestamp: daysAgo(days),
});

async function limitTo(retentionDays: number | null): Promise<Response> {
	const answer = await ask("/v1/settings", "PUT", { retentionDays });
	return answer;
}

async function comeToRest(): Promise<void> {
	await settle(collector.url, collector.keys.read);
	await eventually(async () => {
		const now = await status();
		return now.aging === 0 && now.pending === 0;
	});
}

beforeAll(async () => {
	scratch = await mkdtemp(join(tmpdir(), "strand-retention-"));
	collector = await startCollector();
	await send([...visit("carol", OLD, 100), ...visit("dave", OLD, 90), pageOf("nobody", `${OLD} page`, 80)]);
	await send([...visit("carol", OLD, RETENTION_DAYS + 2), ...visit("carol", YOUNG, RETENTION_DAYS - 1)]);
	await send([pageOf("carol-phone", `${YOUNG} later`, 3)]);
	await settle(collector.url, collector.keys.read);
	[carol, dave] = await Promise.all([idOf("carol"), idOf("dave")]);
	feed = (await ask("/v1/journeys?changedSince=")).headers.get("x-strand-cursor") ?? "";
	before = readSealed(copyFolder(collector.dataDir, scratch));
});
afterAll(async () => {
	await collector?.stop();
	await rm(scratch, { recursive: true, force: true });
});

describe("retentionDays", () => {
	it("is a whole number of days from 1 to 3650, or null, and shown with the settings", async () => {
		for (const wrong of [0, 3651, 1.5, "60", -1]) {
			const answer = await ask("/v1/settings", "PUT", { retentionDays: wrong });
			expect(answer.status, String(wrong)).toBe(400);
			expect(await answer.json()).toMatchObject({ error: { code: "bad_field", field: "retentionDays" } });
		}
		expect(await jsonOf("/v1/settings")).toMatchObject({ settings: { retentionDays: null } });
		expect(await textOf("/v1/touchpoints")).toContain(OLD);
	});

	it("takes what is older from log, chains and traits, and leaves the rest, over a crash half-way", async () => {
		expect((await limitTo(RETENTION_DAYS)).status).toBe(200);
		await collector.kill();
		await collector.restart();
		await comeToRest();
		expect(await jsonOf("/v1/settings")).toMatchObject({ settings: { retentionDays: RETENTION_DAYS } });
		for (const table of ["events", "journeys", "touchpoints", "identities", "profiles", "sessions"]) {
			expect(await textOf(`/v1/${table}?format=ndjson`), table).not.toContain(OLD);
		}
		const touchpoints = await rowsOf<TouchpointRow>("/v1/touchpoints");
		const cut = Math.floor(Date.now() / DAY_MS) * DAY_MS - RETENTION_DAYS * DAY_MS;
		expect(touchpoints.map(({ type }) => type).sort()).toEqual(["call_completed", "page_viewed", "page_viewed"]);
		for (const { timestamp } of touchpoints) expect(Date.parse(timestamp)).toBeGreaterThanOrEqual(cut);
		expect((await rowsOf<EventRow>("/v1/events")).map(({ userId }) => userId ?? null)).toEqual([
			"carol",
			"carol",
			"carol",
			null,
		]);
		expect(await status()).toMatchObject({ stuck: 0, errors: [] });
	});

	it("leaves people as they are: the same profile, its links, and the pages of a device whose login is too old to show", async () => {
		expect(await idOf("carol")).toBe(carol);
		const row = await jsonOf<JourneyRow & { evidence: { timestamp: string }[] }>(`/v1/profiles/${carol}`);
		expect(row.touchpoints).toHaveLength(3);
		expect(row.traits).toMatchObject({ name: `${YOUNG} name` });
		// Why, with the event that said so first: its place is kept.
		expect(row.evidence.some(({ timestamp }) => timestamp.slice(0, 10) === daysAgo(100).slice(0, 10))).toBe(true);
	});

	it("shows nothing of a profile that is too old as a whole, and tells a warehouse to drop it", async () => {
		expect((await profileOf("dave")).status).toBe(404);
		expect((await ask(`/v1/profiles/${dave}`)).status).toBe(404);
		const changes = await rowsOf<{ profileId: string; gone?: string }>(`/v1/journeys?changedSince=${feed}`);
		expect(changes.find(({ profileId }) => profileId === dave)).toEqual({ profileId: dave, gone: "empty" });
	});

	it("refuses what is older still with a code of its own, so that an import of last year does not vanish unseen", async () => {
		const { accepted, rejected } = await send([
			pageOf("late", "late", RETENTION_DAYS + 2),
			pageOf("late", "in time", 1),
		]);
		expect({ accepted, codes: rejected.map(({ code }) => code) }).toEqual({
			accepted: 1,
			codes: ["older_than_retention"],
		});
		const map = encodeURIComponent(JSON.stringify({ template: "contacts", timeZone: "UTC" }));
		const contact = (name: string, days: number) => ({ 姓名: name, 邮箱: `${name}@x.cn`, 创建时间: daysAgo(days) });
		const answer = await fetch(`${collector.url}/v1/imports?map=${map}`, {
			method: "POST",
			headers: { ...authorise(collector.keys.secret), "content-type": "application/x-ndjson" },
			body: `${JSON.stringify(contact("erin", 300))}\n${JSON.stringify(contact("fay", 1))}\n`,
		});
		expect(await answer.json()).toMatchObject({
			accepted: 1,
			rejected: [{ row: 1, code: "older_than_retention", message: expect.stringContaining("retentionDays") }],
		});
	});

	it("stores what follows from its log: strand verify finds no fault", async () => {
		await comeToRest();
		const admin = JSON.parse(await readFile(join(collector.dataDir, "admin.json"), "utf8"));
		const { adminToken, workspaceSecret } = admin as { adminToken: string; workspaceSecret: string };
		const door = createAdminDoor(collector.url, adminToken, "main");
		const { faults, profiles } = await compareStore(door, "main", workspaceSecret, scratch);
		expect(faults).toEqual([]);
		expect(profiles).toBeGreaterThan(1);
	});

	it("still reaches with an erasure who is too old to be shown", async () => {
		const answer = await ask(`/v1/profiles/${dave}`, "DELETE");
		expect(answer.status).toBe(202);
		const { receipt } = (await answer.json()) as { receipt: string };
		const isDone = async () => (await jsonOf<{ status: string }>(`/v1/erasures/${receipt}`)).status === "done";
		await eventually(isDone);
		expect((await ask(`/v1/profiles/${dave}`, "DELETE")).status).toBe(404);
	});

	it("brings nothing back when it is raised or lifted", async () => {
		await limitTo(null);
		await comeToRest();
		expect(await textOf("/v1/events")).not.toContain(OLD);
		expect(await textOf("/v1/touchpoints")).not.toContain(OLD);
		expect(await textOf("/v1/touchpoints")).toContain(YOUNG);
	});

	it("leaves nothing of it on disk once the objects sleep: no plaintext, and no key that opens what was sealed", async () => {
		const old = before.filter(({ text }) => text.includes(OLD));
		const places = new Set(old.map(({ where }) => where));
		expect([...places].sort()).toEqual(expect.arrayContaining(["log", "pieces.detail", "pieces.path"]));
		const oldKeys = [...new Set(old.map(({ key }) => key))];
		await eventually(() => filesWith(collector.dataDir, oldKeys).length === 0, SLEEP_MS_MAX, 1_000);
		expect(filesWith(collector.dataDir, [OLD])).toEqual([]);
		const copy = copyFolder(collector.dataDir, join(scratch, "after"));
		const keys = readKeys(copy);
		const opening = old.filter(({ key, sealed }) => {
			const was = Buffer.from(open(key, sealed));
			return keys.some((other) => was.equals(open(other, sealed)));
		});
		expect(opening.map(({ where }) => where)).toEqual([]);
		const after = readSealed(copy);
		expect(after.filter(({ text }) => text.includes(OLD)).map(({ where }) => where)).toEqual([]);
		expect(after.some(({ where, text }) => where === "log" && text.includes(YOUNG))).toBe(true);
	});
});
