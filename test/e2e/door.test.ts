/** Who may write what, in which forms, and what browsers are told: the door of `/v1/batch` and the single-event calls. */

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { authorise } from "../support/api.ts";
import { settle } from "../support/collector.ts";
import { createPage, type Door, expectRefusal, type Sending, startDoor } from "../support/door.ts";

const DAY_MS = 24 * 3600_000;
const MINUTE_MS = 60_000;
const ORIGIN = "https://shop.example";

let door: Door;

beforeAll(async () => {
	door = await startDoor();
});
afterAll(() => door.collector.stop());

describe("keys", () => {
	const knocks: [string, () => Sending][] = [
		["no key", () => ({ key: null })],
		["an unknown key", () => ({ key: `wk_main_${"x".repeat(32)}` })],
		["a key of another form", () => ({ key: "Robert'); DROP TABLE keys" })],
		["a read key", () => ({ key: door.collector.keys.read })],
		[
			"a secret key in the query, where logs would keep it",
			() => ({ key: null, path: `/v1/batch?writeKey=${door.collector.keys.secret}` }),
		],
	];
	it.each(knocks)("refuses to write with %s", async (_, knock) => {
		const event = createPage();
		const response = await door.send({ body: JSON.stringify({ batch: [event] }), ...knock() });
		await expectRefusal(response, 401, "unknown_key");
		expect(await door.readLoggedIds([event.messageId])).toEqual([]);
	});

	it("refuses a secret key in the body", async () => {
		const body = JSON.stringify({ batch: [createPage()], writeKey: door.collector.keys.secret });
		await expectRefusal(await door.send({ key: null, body }), 401, "unknown_key");
	});

	it("takes a write key as Bearer, as Basic user, in the query and in the body", async () => {
		const { write } = door.collector.keys;
		const events = Array.from({ length: 4 }, () => createPage());
		const [bearer, basic, query, inBody] = events.map((event) => JSON.stringify({ batch: [event] })) as [
			string,
			string,
			string,
			string,
		];
		const answers = await Promise.all([
			door.send({ key: write, body: bearer }),
			door.send({ key: null, headers: { authorization: `Basic ${btoa(`${write}:`)}` }, body: basic }),
			door.send({ key: null, path: `/v1/batch?writeKey=${write}`, body: query }),
			door.send({ key: null, body: inBody.replace("{", `{"writeKey":"${write}",`) }),
		]);
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
		expect(await door.readLoggedIds(events.map(({ messageId }) => messageId))).toHaveLength(4);
	});

	it("never reads with a write key", async () => {
		for (const path of ["/v1/events", "/v1/journeys", "/v1/status", "/v1/rejections", "/v1/profiles?userId=u"]) {
			const response = await fetch(door.collector.url + path, { headers: authorise(door.collector.keys.write) });
			await expectRefusal(response, 401, "unknown_key");
		}
	});

	it("knows one workspace only: the name of another wakes nothing and leaves nothing on disk", async () => {
		const list = () => readdirSync(join(door.collector.dataDir, "objects", "strand-IdentityGraph")).sort();
		const before = list();
		const body = JSON.stringify({ batch: [createPage()] });
		for (const key of [`wk_other_${"x".repeat(44)}`, door.collector.keys.write.replace("_main_", "_other_")]) {
			await expectRefusal(await door.send({ key, body }), 401, "unknown_key");
		}
		expect(list()).toEqual(before);
	});

	it("opens the launcher's own door to the launcher only", async () => {
		for (const key of ["guess", door.collector.keys.secret, null]) {
			const response = await door.send({ path: "/internal/workspaces", key, body: '{"workspace":"other"}' });
			await expectRefusal(response, 401, "unknown_key");
		}
	});
});

describe("what a public key may not say", () => {
	const forbidden: [string, object][] = [
		["that two users are one", { type: "alias", userId: "u1", previousId: "u2" }],
		["that another device is a user", { type: "alias", userId: "u1", previousId: "device-2", anonymousId: "device-1" }],
		["that a pair is none", { type: "unlink", ids: [{ userId: "u1" }, { anonymousId: "device-2" }] }],
		["that somebody is to be erased", { type: "erase", ids: [{ userId: "u1" }] }],
		["the consent of a user", { type: "consent", userId: "u1", traits: { analytics: false } }],
	];
	it.each(forbidden)("refuses %s, which a secret key may say", async (_, event) => {
		const good = createPage();
		const timestamp = "2020-01-01T00:00:00Z";
		const answer = await door.sendBatch([event, good]);
		expect(answer).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: "needs_secret_key" }] });
		const said = await door.sendBatch(
			[{ ...event, timestamp, messageId: `said-${good.messageId}` }],
			door.collector.keys.secret,
		);
		expect(said).toMatchObject({ accepted: 1, rejected: [] });
	});

	it("takes an alias of its own device", async () => {
		const event = { type: "alias", userId: "u-own", previousId: "device-own", anonymousId: "device-own" };
		expect(await door.sendBatch([event])).toMatchObject({ accepted: 1, rejected: [] });
	});

	it("takes what is up to 8 days old, and from a secret key older things too", async () => {
		const aged = (ms: number) => createPage({ timestamp: new Date(Date.now() - ms).toISOString() });
		const [young, old, older] = [aged(8 * DAY_MS - MINUTE_MS), aged(8 * DAY_MS + MINUTE_MS), aged(900 * DAY_MS)];
		const answer = await door.sendBatch([young, old]);
		expect(answer).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: "timestamp_too_old" }] });
		expect(await door.sendBatch([older], door.collector.keys.secret)).toMatchObject({ accepted: 1, rejected: [] });
		const rows = await door.readLogged([young, old, older].map(({ messageId }) => messageId));
		expect(rows.map(({ messageId }) => messageId).sort()).toEqual([young.messageId, older.messageId].sort());
	});

	it("sets a time of the future to the time of receipt, and leaves a clock that is a little fast", async () => {
		const ahead = (ms: number) => createPage({ timestamp: new Date(Date.now() + ms).toISOString() });
		const [fast, future] = [ahead(MINUTE_MS / 2), ahead(10 * MINUTE_MS)];
		const { receivedAt } = await door.sendBatch([fast, future]);
		const times = new Map(
			(await door.readLogged([fast.messageId, future.messageId])).map(({ messageId, timestamp }) => [
				messageId,
				timestamp,
			]),
		);
		expect(times).toEqual(
			new Map([
				[fast.messageId, fast.timestamp],
				[future.messageId, receivedAt],
			]),
		);
	});

	it("cannot take over a customer whom a server vouches for", async () => {
		const traits = { email: "vip@shop.example" };
		await door.sendBatch([{ type: "identify", userId: "vip", traits }], door.collector.keys.secret);
		await door.sendBatch([
			{
				type: "identify",
				userId: "thief",
				anonymousId: "device-thief",
				traits,
				timestamp: new Date(Date.now() - DAY_MS).toISOString(),
			},
		]);
		await settle(door.collector.url, door.collector.keys.read);
		const find = async (query: string) => {
			const response = await fetch(`${door.collector.url}/v1/profiles?${query}`, {
				headers: authorise(door.collector.keys.read),
			});
			return ((await response.json()) as { profileId: string }).profileId;
		};
		const vip = await find("userId=vip");
		expect(await find("email=vip@shop.example")).toBe(vip);
		expect(await find("userId=thief")).not.toBe(vip);
	});
});

describe("forms of a good request", () => {
	it("reads JSON whatever the content type, gzip with and without its header", async () => {
		const events = Array.from({ length: 5 }, () => createPage());
		const [json, plain, none, silent, told] = events.map((event) => JSON.stringify({ batch: [event] })) as [
			string,
			string,
			string,
			string,
			string,
		];
		const answers = await Promise.all([
			door.send({ headers: { "content-type": "application/json" }, body: json }),
			door.send({ headers: { "content-type": "text/plain;charset=UTF-8" }, body: plain }),
			door.send({ body: new TextEncoder().encode(none) }),
			door.send({ headers: { "content-type": "text/plain" }, body: gzipSync(silent) }),
			door.send({ headers: { "content-encoding": "gzip" }, body: gzipSync(told) }),
		]);
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
		expect(await door.readLoggedIds(events.map(({ messageId }) => messageId))).toHaveLength(5);
	});

	const single: [string, string, Partial<WireEvent>][] = [
		["track", "track", { event: "Product Viewed", userId: "u1" }],
		["page", "page", { anonymousId: "device-1" }],
		["screen", "screen", { anonymousId: "device-1", name: "Home" }],
		["identify", "identify", { userId: "u1", traits: { plan: "pro" } }],
		["group", "group", { userId: "u1", groupId: "g1" }],
		["alias", "alias", { userId: "u1", previousId: "device-1", anonymousId: "device-1" }],
		["touch", "touch", { channel: "phone", name: "call_completed", userId: "u1" }],
		["t", "track", { event: "Product Viewed", userId: "u1" }],
		["p", "page", { anonymousId: "device-1" }],
		["s", "screen", { anonymousId: "device-1" }],
		["i", "identify", { userId: "u1" }],
		["g", "group", { userId: "u1", groupId: "g1" }],
		["a", "alias", { userId: "u1", previousId: "device-1", anonymousId: "device-1" }],
	];
	it.each(single)("takes one event at /v1/%s as %s", async (path, type, fields) => {
		const messageId = `single-${path}`;
		const response = await door.send({ path: `/v1/${path}`, body: JSON.stringify({ messageId, ...fields }) });
		expect(await response.json()).toEqual({
			success: true,
			accepted: 1,
			rejected: [],
			receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
		});
		expect(await door.readLogged([messageId])).toMatchObject([{ messageId, type, trust: "public" }]);
	});

	it("answers a single event that is refused as one of a batch", async () => {
		const response = await door.send({
			path: "/v1/track",
			body: JSON.stringify({ messageId: "nameless", userId: "u1" }),
		});
		expect(response.status).toBe(200);
		expect(await response.json()).toMatchObject({
			success: true,
			accepted: 0,
			rejected: [{ index: 0, messageId: "nameless", code: "missing_field", field: "event" }],
		});
	});

	it("counts a resent event once, with or without a messageId", async () => {
		const named = createPage();
		const nameless = { type: "page", anonymousId: "device-repeat", timestamp: new Date().toISOString() };
		for (let time = 0; time < 3; time++) await door.sendBatch([named, nameless, named]);
		const rows = await door.readEvents();
		expect(rows.filter(({ messageId }) => messageId === named.messageId)).toHaveLength(1);
		expect(rows.filter(({ anonymousId }) => anonymousId === "device-repeat")).toHaveLength(1);
	});
});

describe("headers", () => {
	it("lets any origin write: a preflight is answered, and answers and refusals can be read", async () => {
		const preflight = await fetch(`${door.collector.url}/v1/batch`, {
			method: "OPTIONS",
			headers: {
				origin: ORIGIN,
				"access-control-request-method": "POST",
				"access-control-request-headers": "authorization,content-type",
			},
		});
		expect(preflight.status).toBe(204);
		expect(preflight.headers.get("access-control-allow-origin")).toBe(ORIGIN);
		expect(preflight.headers.get("access-control-allow-methods")).toContain("POST");
		expect(preflight.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
		const headers = { origin: ORIGIN };
		for (const sending of [{ body: '{"batch":[]}' }, { body: "no JSON" }, { key: "unknown", body: '{"batch":[]}' }]) {
			expect((await door.send({ headers, ...sending })).headers.get("access-control-allow-origin")).toBe(ORIGIN);
		}
	});

	it("never forbids a browser to store what ingest answers: that would leak its keepalive budget", async () => {
		for (const body of ['{"batch":[]}', "no JSON", JSON.stringify({ batch: [{ type: "?" }] })]) {
			expect((await door.send({ body })).headers.get("cache-control") ?? "").not.toContain("no-store");
		}
	});

	it("lets no page of another origin read, and no cache keep a profile", async () => {
		await door.sendBatch([{ type: "identify", userId: "reader" }], door.collector.keys.secret);
		await settle(door.collector.url, door.collector.keys.read);
		const headers = { origin: ORIGIN, ...authorise(door.collector.keys.read) };
		for (const path of ["/v1/events", "/v1/journeys", "/v1/status", "/v1/rejections", "/v1/profiles?userId=reader"]) {
			const response = await fetch(door.collector.url + path, { headers });
			expect(response.status, path).toBe(200);
			expect(response.headers.get("access-control-allow-origin"), path).toBeNull();
			await response.text();
		}
		const profile = await fetch(`${door.collector.url}/v1/profiles?userId=reader`, { headers });
		expect(profile.headers.get("cache-control")).toBe("no-store");
	});

	it("gives every answer an id of its own", async () => {
		const read = { headers: authorise(door.collector.keys.read) };
		const answers = await Promise.all([
			door.send({ body: '{"batch":[]}' }),
			door.send({ body: "no JSON" }),
			fetch(`${door.collector.url}/v1/events`, read),
			fetch(`${door.collector.url}/v1/status`, read),
			fetch(`${door.collector.url}/strand.js`),
			fetch(`${door.collector.url}/nowhere`),
			fetch(`${door.collector.url}/v1/batch`, { method: "OPTIONS" }),
		]);
		const ids = answers.map(({ headers }) => headers.get("x-request-id"));
		for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
		expect(new Set(ids).size).toBe(ids.length);
	});
});
