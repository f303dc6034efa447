/** Erased means gone: from every answer, from what was refused, and from the disk, over a crash half-way and under load. */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { open } from "../../collector/store/sealing/seal.ts";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, type JourneyRow, postBatch, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { copyFolder, filesWith, readKeys, readSealed, type SealedBlob } from "../support/disk.ts";
import { eventually } from "../support/eventually.ts";

/** In everything that tells of Alice, and nowhere else; in lower case, since mails are normalised. */
const ALICE = "zqalice";
const BOB = "zqbob";
const DAY_MS = 24 * 3600_000;
/** Objects are put to sleep 10 s after their last request, and then close their write-ahead logs. */
const SLEEP_MS_MAX = 120_000;

let collector: RunningCollector;
let scratch: string;
let alice: string;
let bobBefore: JourneyRow;
let before: SealedBlob[];
let filesBefore: string[];

const ask = async (path: string, method = "GET") =>
	fetch(`${collector.url}${path}`, { method, headers: authorise(collector.keys.secret) });
const put = async (path: string, body: object) => {
	const headers = authorise(collector.keys.secret);
	const answer = await fetch(`${collector.url}${path}`, { method: "PUT", headers, body: JSON.stringify(body) });
	expect(answer.status, await answer.text()).toBe(200);
};
const textOf = async (path: string) => (await ask(path)).text();
const profileOf = async (email: string) => (await (await ask(`/v1/profiles?email=${email}`)).json()) as JourneyRow;

/** What one person does on a device, mail and all. */
function visit(name: string, device: string, n: number, at: number): WireEvent[] {
	// A sender may make ids of anything.
	const id = `${name}-${device === "tablet" ? "t" : "p"}${n}`;
	const common = { anonymousId: device, timestamp: new Date(at).toISOString() };
	return [
		{
			type: "page",
			messageId: `${id}-page`,
			...common,
			properties: { url: `https://shop.example/${name}/${n}?utm_source=${name}-source&utm_campaign=${name}-campaign` },
		},
		{
			type: "identify",
			messageId: `${id}-identify`,
			...common,
			userId: `${name}-user`,
			traits: { email: `${name}@shop.example`, name: `${name} name` },
		},
		{
			type: "touch",
			messageId: `${id}-call`,
			...common,
			userId: `${name}-user`,
			channel: "phone",
			name: "call_completed",
			direction: "in",
			text: `${name} said this`,
		} as WireEvent,
	];
}

/** A goal reached now, of which a webhook is told, and which no plan knows. */
const orderOf = (name: string): WireEvent => ({
	type: "track",
	event: "Order Completed",
	messageId: `${name}-order`,
	userId: `${name}-user`,
	properties: { order_id: `${name}-1`, total: 9, currency: "CNY" },
});

const refusedOf = (name: string): WireEvent[] => [
	{ type: "page", timestamp: "1997-01-01T00:00:00.000Z", userId: `${name}-user`, name: `${name} refused` },
	{ type: "identify", timestamp: "never", traits: { email: `${name}@shop.example` } },
];

const rejectionsWith = async (name: string) => (await textOf("/v1/rejections?limit=1000")).split(name).length - 1;

/** Sends what concerns nobody here until told to stop, so that something is always pending. */
function load(): { stop(): Promise<void> } {
	let isOver = false;
	const sending = (async () => {
		for (let n = 0; !isOver; n++) {
			await postBatch(collector.url, collector.keys.secret, [
				{ type: "page", anonymousId: `load-${n % 20}`, name: `round ${n}` },
			]);
		}
	})();
	return {
		async stop() {
			isOver = true;
			await sending;
		},
	};
}

beforeAll(async () => {
	scratch = await mkdtemp(join(tmpdir(), "strand-erasure-"));
	collector = await startCollector({ env: { WEBHOOK_PRIVATE_ADDRESSES: "1" } });
	const { secret, read } = collector.keys;
	const start = Date.now() - 5 * DAY_MS;
	await put("/v1/plan", { events: {}, warnUnknown: true });
	await put("/v1/settings", { webhooks: [{ url: "http://127.0.0.1:9/nobody-listens" }] });
	// A device of her own, and one that she shares with Bob; visits apart, so that there are pieces of both.
	for (let n = 0; n < 4; n++) {
		await postBatch(collector.url, secret, visit(ALICE, `${ALICE}-phone`, n, start + n * 3600_000));
		await postBatch(
			collector.url,
			secret,
			visit(n % 2 === 0 ? ALICE : BOB, "tablet", n, start + n * 3600_000 + 1_800_000),
		);
		// A repeat leaves a row that is dropped at once.
		await postBatch(collector.url, secret, visit(ALICE, `${ALICE}-phone`, n, start + n * 3600_000));
	}
	await postBatch(collector.url, secret, [...refusedOf(ALICE), ...refusedOf(BOB)]);
	for (const name of [BOB, ALICE]) await postBatch(collector.url, secret, [orderOf(name)]);
	// Undone again: a statement of the graph's about her.
	await postBatch(collector.url, secret, [
		{ type: "alias", messageId: `${ALICE}-alias`, userId: `${ALICE}-user`, previousId: `${ALICE}-lead` },
	]);
	await settle(collector.url, read);
	alice = (await profileOf(`${ALICE}@shop.example`)).profileId;
	bobBefore = await profileOf(`${BOB}@shop.example`);
	const copy = copyFolder(collector.dataDir, scratch);
	filesBefore = filesWith(copy, [ALICE, BOB]);
	before = readSealed(copy);
});
afterAll(async () => {
	await collector?.stop();
	await rm(scratch, { recursive: true, force: true });
});

describe("an erasure", () => {
	it("has something to erase: log, heads, chains, traits, refused events, claims and ids beside warnings, and none of it lies open", async () => {
		const places = new Set(before.filter(({ text }) => text.includes(ALICE)).map(({ where }) => where));
		expect([...places].sort()).toEqual(
			expect.arrayContaining([
				...["graph.claims", "graph.statements", "heads", "log", "pieces.detail", "pieces.path"],
				...["plan_warnings", "rejections"],
			]),
		);
		expect(filesBefore).toEqual([]);
		expect(await textOf("/v1/plan/warnings")).toContain(ALICE);
	});

	it("is finished by its receipt, though it is killed half-way and others never stop sending", async () => {
		expect(await rejectionsWith(ALICE)).toBeGreaterThan(0);
		const answer = await ask(`/v1/profiles/${alice}`, "DELETE");
		expect(answer.status).toBe(202);
		const { receipt } = (await answer.json()) as { receipt: string };
		await collector.kill();
		await collector.restart();
		const others = load();
		const state = async () => (await (await ask(`/v1/erasures/${receipt}`)).json()) as { status: string };
		await eventually(async () => (await state()).status === "done");
		await others.stop();
		expect(await textOf("/v1/events?format=ndjson")).not.toContain(ALICE);
		expect(await rejectionsWith(ALICE)).toBe(0);
		expect((JSON.parse(await textOf("/v1/status")) as { erasing: number }).erasing).toBe(0);
	});

	it("leaves nothing of the person in any answer, and other people of the same device whole", async () => {
		await settle(collector.url, collector.keys.read);
		expect((await ask(`/v1/profiles/${alice}`)).status).toBe(404);
		expect((await ask(`/v1/profiles/${alice}?asOf=${new Date().toISOString()}`)).status).toBe(404);
		expect((await ask(`/v1/profiles?email=${ALICE}@shop.example`)).status).toBe(404);
		for (const table of ["journeys", "touchpoints", "identities", "profiles", "sessions"]) {
			expect(await textOf(`/v1/${table}?format=ndjson`), table).not.toContain(ALICE);
		}
		expect(await textOf("/v1/analyses/attribution?by=campaign")).not.toContain(ALICE);
		expect(await textOf("/v1/plan/warnings")).not.toContain(ALICE);
		const bob = await profileOf(`${BOB}@shop.example`);
		expect(bob).toEqual(bobBefore);
		expect(await rejectionsWith(BOB)).toBeGreaterThan(0);
	});

	it("keeps late copies out, those too that are refused", async () => {
		const late = visit(ALICE, `${ALICE}-phone`, 0, Date.now() - 4 * DAY_MS);
		const { accepted } = await postBatch(collector.url, collector.keys.secret, late);
		expect(accepted).toBe(late.length);
		// A public sender's queue that comes back after long: too old for the door.
		const stale = {
			...late[0],
			messageId: "stale",
			timestamp: new Date(Date.now() - 9 * DAY_MS).toISOString(),
		} as WireEvent;
		const { rejected } = await postBatch(collector.url, collector.keys.write, [stale]);
		expect(rejected.map(({ code }) => code)).toEqual(["timestamp_too_old"]);
		await settle(collector.url, collector.keys.read);
		expect(await rejectionsWith(ALICE)).toBe(0);
		expect(await textOf("/v1/events?format=ndjson")).not.toContain(ALICE);
		const events = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events?format=ndjson");
		expect(events.some(({ userId }) => userId === `${BOB}-user`)).toBe(true);
	});

	it("leaves nothing on disk once the objects sleep: no plaintext, and no key that opens what was sealed", async () => {
		const hers = before.filter(({ text }) => text.includes(ALICE));
		const oldKeys = [...new Set(hers.map(({ key }) => key))];
		expect(oldKeys.length).toBeGreaterThan(3);
		await eventually(() => filesWith(collector.dataDir, oldKeys).length === 0, SLEEP_MS_MAX, 1_000);
		expect(filesWith(collector.dataDir, [ALICE])).toEqual([]);
		const keys = readKeys(copyFolder(collector.dataDir, join(scratch, "after")));
		const opening = hers.filter(({ key, sealed }) => {
			const was = Buffer.from(open(key, sealed));
			return keys.some((other) => was.equals(open(other, sealed)));
		});
		expect(opening.map(({ where }) => where)).toEqual([]);
		// What is kept can be opened: the test does not merely fail to find.
		const after = readSealed(join(scratch, "after"));
		expect(after.some(({ where, text }) => where === "log" && text.includes(BOB))).toBe(true);
		expect(after.filter(({ text }) => text.includes(ALICE)).map(({ where }) => where)).toEqual([]);
	});

	it("knows who is named again after it, and nothing from before", async () => {
		await postBatch(collector.url, collector.keys.secret, visit(ALICE, `${ALICE}-phone`, 9, Date.now()));
		await settle(collector.url, collector.keys.read);
		const again = await profileOf(`${ALICE}@shop.example`);
		expect(again.touchpoints.flatMap(({ evidence }) => evidence).sort()).toEqual([
			`${ALICE}-p9-call`,
			`${ALICE}-p9-page`,
		]);
		expect(await textOf(`/v1/events?format=ndjson&type=identify`)).not.toContain(`${ALICE}-p0-identify`);
	});
});
