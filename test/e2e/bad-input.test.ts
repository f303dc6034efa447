/** What the door answers to input of every kind: the documented codes, and nothing good lost beside the bad. */

import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BatchAnswer, type ErrorAnswer, LIMITS, type WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";

const DAY_MS = 24 * 3600_000;
const MINUTE_MS = 60_000;
const ORIGIN = "https://shop.example";

let collector: RunningCollector;
let count = 0;

beforeAll(async () => {
	collector = await startCollector();
});
afterAll(() => collector.stop());

/** A good event that nobody else sends. */
function createPage(fields: Partial<WireEvent> = {}): WireEvent & { messageId: string } {
	count++;
	return { type: "page", messageId: `page-${count}`, anonymousId: "device-1", ...fields };
}

interface Sending {
	path?: string;
	/** Write, read or secret key, or any text; null for none. */
	key?: string | null;
	headers?: Record<string, string>;
	body?: BodyInit;
}

function send({ path = "/v1/batch", key = collector.keys.write, headers = {}, body }: Sending): Promise<Response> {
	const streaming = body instanceof ReadableStream ? { duplex: "half" } : {};
	return fetch(collector.url + path, {
		method: "POST",
		headers: { ...(key === null ? {} : authorise(key)), ...headers },
		...(body === undefined ? {} : { body }),
		...streaming,
	});
}

async function sendBatch(batch: unknown[], key = collector.keys.write): Promise<BatchAnswer> {
	const response = await send({ key, body: JSON.stringify({ batch }) });
	expect(response.status).toBe(200);
	return (await response.json()) as BatchAnswer;
}

/** The logged rows of the given messageIds, as many as there are. */
async function readLogged(ids: readonly string[]): Promise<EventRow[]> {
	const wanted = new Set(ids);
	const rows = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
	return rows.filter(({ messageId }) => wanted.has(messageId));
}

async function readLoggedIds(ids: readonly string[]): Promise<string[]> {
	return (await readLogged(ids)).map(({ messageId }) => messageId).sort();
}

async function readRejections(): Promise<{ code: string; messageId: string | null; bytes: string; field?: string }[]> {
	const response = await fetch(`${collector.url}/v1/rejections?limit=1000`, {
		headers: authorise(collector.keys.read),
	});
	return ((await response.json()) as { rejections: Awaited<ReturnType<typeof readRejections>> }).rejections;
}

/** What holds for every refusal, whatever its code. */
async function expectRefusal(response: Response, status: number, code: string): Promise<ErrorAnswer["error"]> {
	const { error, ...rest } = (await response.json()) as ErrorAnswer;
	expect({ status: response.status, code: error.code }).toEqual({ status, code });
	expect(rest).toEqual({});
	expect(Object.keys(error).filter((key) => key !== "field")).toEqual(["code", "message"]);
	expect(error.message).toMatch(/^\S.*\.$/);
	expect(error.message).not.toMatch(/\bat \S+:\d+|Error:/);
	expect(response.headers.get("content-type")).toContain("application/json");
	expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
	return error;
}

/** JSON of a batch with one good event, padded with spaces to `bytes`. */
function padBatch(event: WireEvent, bytes: number): string {
	return JSON.stringify({ batch: [event] }).padEnd(bytes, " ");
}

/** An event whose compact JSON has exactly `bytes` bytes. */
function padEvent(bytes: number): WireEvent & { messageId: string } {
	const event = createPage({ properties: { pad: "" } });
	return { ...event, properties: { pad: "x".repeat(bytes - JSON.stringify(event).length) } };
}

describe("a request that is refused whole", () => {
	it.each([
		["no body", undefined],
		["no JSON", "name=value&email=secret@person.example"],
		["JSON that breaks off", '{"batch": [{"type": "page"'],
		["bytes that are no UTF-8", new Uint8Array([0x7b, 0xff, 0xfe, 0x7d])],
		["gzip that breaks off", gzipSync('{"batch": []}').subarray(0, 15)],
	])("answers 400 not_json to %s", async (_, body) => {
		const response = await send(body === undefined ? {} : { body });
		const { message } = await expectRefusal(response, 400, "not_json");
		expect(message).not.toContain("person.example");
	});

	it.each([
		["an array", "[]", "bad_field"],
		["a body without a batch", "{}", "missing_field"],
		["a batch that is no array", '{"batch": {}}', "missing_field"],
	])("answers 400 to %s", async (_, body, code) => {
		await expectRefusal(await send({ body }), 400, code);
	});

	it("answers 413 to a body of 2 MB, whether or not its length is told beforehand", async () => {
		const body = padBatch(createPage(), 2_000_000);
		await expectRefusal(await send({ body }), 413, "body_too_large");
		await expectRefusal(await send({ body: new Blob([body]).stream() }), 413, "body_too_large");
	});

	it("takes 512 KiB and not a byte more, counted after inflating", async () => {
		const [exact, inflated] = [createPage(), createPage()];
		expect((await send({ body: padBatch(exact, LIMITS.bodyBytesMax) })).status).toBe(200);
		expect((await send({ body: gzipSync(padBatch(inflated, LIMITS.bodyBytesMax)) })).status).toBe(200);
		const larger = padBatch(createPage(), LIMITS.bodyBytesMax + 1);
		await expectRefusal(await send({ body: larger }), 413, "body_too_large");
		await expectRefusal(await send({ body: gzipSync(larger) }), 413, "body_too_large");
		expect(await readLoggedIds([exact.messageId, inflated.messageId])).toHaveLength(2);
	});

	it("takes 500 events and not one more", async () => {
		const batch = Array.from({ length: LIMITS.batchEventsMax }, () => createPage());
		const more = createPage();
		await expectRefusal(await send({ body: JSON.stringify({ batch: [...batch, more] }) }), 413, "too_many_events");
		expect(await readLoggedIds([...batch, more].map(({ messageId }) => messageId))).toEqual([]);
		expect(await sendBatch(batch)).toMatchObject({ success: true, accepted: LIMITS.batchEventsMax, rejected: [] });
		const ids = batch.map(({ messageId }) => messageId);
		expect(await readLoggedIds(ids)).toEqual(ids.toSorted());
	});
});

describe("keys", () => {
	const knocks: [string, () => Sending][] = [
		["no key", () => ({ key: null })],
		["an unknown key", () => ({ key: `wk_main_${"x".repeat(32)}` })],
		["a key of another form", () => ({ key: "Robert'); DROP TABLE keys" })],
		["a read key", () => ({ key: collector.keys.read })],
		[
			"a secret key in the query, where logs would keep it",
			() => ({ key: null, path: `/v1/batch?writeKey=${collector.keys.secret}` }),
		],
	];
	it.each(knocks)("refuses to write with %s", async (_, knock) => {
		const event = createPage();
		const response = await send({ body: JSON.stringify({ batch: [event] }), ...knock() });
		await expectRefusal(response, 401, "unknown_key");
		expect(await readLoggedIds([event.messageId])).toEqual([]);
	});

	it("refuses a secret key in the body", async () => {
		const body = JSON.stringify({ batch: [createPage()], writeKey: collector.keys.secret });
		await expectRefusal(await send({ key: null, body }), 401, "unknown_key");
	});

	it("takes a write key as Bearer, as Basic user, in the query and in the body", async () => {
		const { write } = collector.keys;
		const events = Array.from({ length: 4 }, () => createPage());
		const [bearer, basic, query, inBody] = events.map((event) => JSON.stringify({ batch: [event] })) as [
			string,
			string,
			string,
			string,
		];
		const answers = await Promise.all([
			send({ key: write, body: bearer }),
			send({ key: null, headers: { authorization: `Basic ${btoa(`${write}:`)}` }, body: basic }),
			send({ key: null, path: `/v1/batch?writeKey=${write}`, body: query }),
			send({ key: null, body: inBody.replace("{", `{"writeKey":"${write}",`) }),
		]);
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
		expect(await readLoggedIds(events.map(({ messageId }) => messageId))).toHaveLength(4);
	});

	it("never reads with a write key", async () => {
		for (const path of ["/v1/events", "/v1/journeys", "/v1/status", "/v1/rejections", "/v1/profiles?userId=u"]) {
			const response = await fetch(collector.url + path, { headers: authorise(collector.keys.write) });
			await expectRefusal(response, 401, "unknown_key");
		}
	});

	it("knows one workspace only, and opens the launcher's door to the launcher only", async () => {
		const body = JSON.stringify({ batch: [createPage()] });
		await expectRefusal(await send({ key: `wk_other_${"x".repeat(32)}`, body }), 401, "unknown_key");
		await expectRefusal(await send({ path: "/internal/workspaces", key: "guess", body: "{}" }), 401, "unknown_key");
		const { secret } = collector.keys;
		await expectRefusal(await send({ path: "/internal/workspaces", key: secret, body: "{}" }), 401, "unknown_key");
	});
});

describe("one bad event among good ones", () => {
	const long = "x".repeat(LIMITS.idCharsMax + 1);
	const bad: [string, object, string, string | undefined][] = [
		["a time that is none", { type: "page", timestamp: "yesterday" }, "bad_timestamp", "timestamp"],
		[
			"a time before 2000",
			{ type: "page", originalTimestamp: "1970-01-01T00:00:00Z" },
			"bad_timestamp",
			"originalTimestamp",
		],
		["no type", {}, "missing_field", "type"],
		["an unknown type", { type: "pageview" }, "unknown_type", "type"],
		["a track without a name", { type: "track" }, "missing_field", "event"],
		["an id of 257 characters", { type: "page", userId: long }, "id_too_long", "userId"],
		["an event of 40 KiB", { type: "page", properties: { pad: "x".repeat(40 * 1024) } }, "event_too_large", undefined],
	];
	it.each(bad)("refuses %s alone, says so, and keeps it for the owner to read", async (_, event, code, field) => {
		const [before, after] = [createPage(), createPage()];
		const messageId = `bad-${++count}`;
		const answer = await sendBatch([before, { messageId, anonymousId: "device-1", ...event }, after]);
		expect(answer).toMatchObject({ success: true, accepted: 2, rejected: [{ index: 1, messageId, code }] });
		expect(answer.rejected[0]?.field).toBe(field);
		const ids = [before.messageId, after.messageId];
		expect(await readLoggedIds([...ids, messageId])).toEqual(ids.toSorted());
		const kept = (await readRejections()).filter((rejection) => rejection.messageId === messageId);
		expect(kept).toMatchObject([{ code }]);
		expect(kept[0]?.bytes).toContain(messageId);
		expect(kept[0]?.bytes.length).toBeLessThanOrEqual(LIMITS.rejectionBytesMax);
	});

	it("refuses what is no event at all", async () => {
		const good = createPage();
		const { accepted, rejected } = await sendBatch([null, good, "page", 7, []]);
		expect(accepted).toBe(1);
		expect(rejected.map(({ index, messageId, code }) => ({ index, messageId, code }))).toEqual(
			[0, 2, 3, 4].map((index) => ({ index, messageId: null, code: "bad_field" })),
		);
		expect(await readLoggedIds([good.messageId])).toHaveLength(1);
	});

	it("takes an event of 32 KiB and not a byte more", async () => {
		const [exact, larger] = [padEvent(LIMITS.eventBytesMax), padEvent(LIMITS.eventBytesMax + 1)];
		const { accepted, rejected } = await sendBatch([exact, larger]);
		expect({ accepted, rejected }).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: "event_too_large" }] });
		expect(await readLoggedIds([exact.messageId, larger.messageId])).toEqual([exact.messageId]);
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
		const answer = await sendBatch([event, good]);
		expect(answer).toMatchObject({ accepted: 1, rejected: [{ index: 0, code: "needs_secret_key" }] });
		const said = await sendBatch([{ ...event, timestamp, messageId: `said-${++count}` }], collector.keys.secret);
		expect(said).toMatchObject({ accepted: 1, rejected: [] });
	});

	it("takes an alias of its own device", async () => {
		const event = { type: "alias", userId: "u-own", previousId: "device-own", anonymousId: "device-own" };
		expect(await sendBatch([event])).toMatchObject({ accepted: 1, rejected: [] });
	});

	it("takes what is up to 8 days old, and from a secret key older things too", async () => {
		const aged = (ms: number) => createPage({ timestamp: new Date(Date.now() - ms).toISOString() });
		const [young, old, older] = [aged(8 * DAY_MS - MINUTE_MS), aged(8 * DAY_MS + MINUTE_MS), aged(900 * DAY_MS)];
		const answer = await sendBatch([young, old]);
		expect(answer).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: "timestamp_too_old" }] });
		expect(await sendBatch([older], collector.keys.secret)).toMatchObject({ accepted: 1, rejected: [] });
		const rows = await readLogged([young, old, older].map(({ messageId }) => messageId));
		expect(rows.map(({ messageId }) => messageId).sort()).toEqual([young.messageId, older.messageId].sort());
	});

	it("sets a time of the future to the time of receipt, and leaves a clock that is a little fast", async () => {
		const ahead = (ms: number) => createPage({ timestamp: new Date(Date.now() + ms).toISOString() });
		const [fast, future] = [ahead(MINUTE_MS / 2), ahead(10 * MINUTE_MS)];
		const { receivedAt } = await sendBatch([fast, future]);
		const times = new Map(
			(await readLogged([fast.messageId, future.messageId])).map(({ messageId, timestamp }) => [messageId, timestamp]),
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
		await sendBatch([{ type: "identify", userId: "vip", traits }], collector.keys.secret);
		await sendBatch([
			{
				type: "identify",
				userId: "thief",
				anonymousId: "device-thief",
				traits,
				timestamp: new Date(Date.now() - DAY_MS).toISOString(),
			},
		]);
		await settle(collector.url, collector.keys.read);
		const find = async (query: string) => {
			const response = await fetch(`${collector.url}/v1/profiles?${query}`, {
				headers: authorise(collector.keys.read),
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
			send({ headers: { "content-type": "application/json" }, body: json }),
			send({ headers: { "content-type": "text/plain;charset=UTF-8" }, body: plain }),
			send({ body: new TextEncoder().encode(none) }),
			send({ headers: { "content-type": "text/plain" }, body: gzipSync(silent) }),
			send({ headers: { "content-encoding": "gzip" }, body: gzipSync(told) }),
		]);
		expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
		expect(await readLoggedIds(events.map(({ messageId }) => messageId))).toHaveLength(5);
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
		const response = await send({ path: `/v1/${path}`, body: JSON.stringify({ messageId, ...fields }) });
		expect(await response.json()).toEqual({
			success: true,
			accepted: 1,
			rejected: [],
			receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
		});
		expect(await readLogged([messageId])).toMatchObject([{ messageId, type, trust: "public" }]);
	});

	it("answers a single event that is refused as one of a batch", async () => {
		const response = await send({ path: "/v1/track", body: JSON.stringify({ messageId: "nameless", userId: "u1" }) });
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
		for (let time = 0; time < 3; time++) await sendBatch([named, nameless, named]);
		const rows = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		expect(rows.filter(({ messageId }) => messageId === named.messageId)).toHaveLength(1);
		expect(rows.filter(({ anonymousId }) => anonymousId === "device-repeat")).toHaveLength(1);
	});
});

describe("headers", () => {
	it("lets any origin write: a preflight is answered, and answers and refusals can be read", async () => {
		const preflight = await fetch(`${collector.url}/v1/batch`, {
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
			expect((await send({ headers, ...sending })).headers.get("access-control-allow-origin")).toBe(ORIGIN);
		}
	});

	it("never forbids a browser to store what ingest answers: that would leak its keepalive budget", async () => {
		for (const body of ['{"batch":[]}', "no JSON", JSON.stringify({ batch: [{ type: "?" }] })]) {
			expect((await send({ body })).headers.get("cache-control") ?? "").not.toContain("no-store");
		}
	});

	it("lets no page of another origin read, and no cache keep a profile", async () => {
		await sendBatch([{ type: "identify", userId: "reader" }], collector.keys.secret);
		await settle(collector.url, collector.keys.read);
		const headers = { origin: ORIGIN, ...authorise(collector.keys.read) };
		for (const path of ["/v1/events", "/v1/journeys", "/v1/status", "/v1/rejections", "/v1/profiles?userId=reader"]) {
			const response = await fetch(collector.url + path, { headers });
			expect(response.status, path).toBe(200);
			expect(response.headers.get("access-control-allow-origin"), path).toBeNull();
			await response.text();
		}
		const profile = await fetch(`${collector.url}/v1/profiles?userId=reader`, { headers });
		expect(profile.headers.get("cache-control")).toBe("no-store");
	});

	it("gives every answer an id of its own", async () => {
		const read = { headers: authorise(collector.keys.read) };
		const answers = await Promise.all([
			send({ body: '{"batch":[]}' }),
			send({ body: "no JSON" }),
			fetch(`${collector.url}/v1/events`, read),
			fetch(`${collector.url}/v1/status`, read),
			fetch(`${collector.url}/strand.js`),
			fetch(`${collector.url}/nowhere`),
			fetch(`${collector.url}/v1/batch`, { method: "OPTIONS" }),
		]);
		const ids = answers.map(({ headers }) => headers.get("x-request-id"));
		for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
		expect(new Set(ids).size).toBe(ids.length);
	});
});

describe("questions that cannot be answered", () => {
	it.each([
		["/v1/nowhere", 404, "not_found", undefined],
		["/v1/batch", 404, "not_found", undefined],
		["/v1/journeys?limit=0", 400, "bad_parameter", "limit"],
		["/v1/journeys?limt=5", 400, "bad_parameter", "limt"],
		["/v1/journeys?from=soon", 400, "bad_parameter", "from"],
		["/v1/profiles?userId=nobody", 404, "not_found", undefined],
		["/v1/profiles?userId=null", 400, "bad_parameter", "userId"],
	])("GET %s answers %i %s", async (path, status, code, field) => {
		const response = await fetch(collector.url + path, { headers: authorise(collector.keys.read) });
		expect((await expectRefusal(response, status, code)).field).toBe(field);
	});
});

it("keeps events and rejections over a stop and another start, and all of it settles", async () => {
	const read = async () => ({
		events: await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events"),
		rejections: await readRejections(),
	});
	await settle(collector.url, collector.keys.read);
	const before = await read();
	expect(before.rejections.length).toBeGreaterThan(0);
	await collector.restart();
	expect(await read()).toEqual(before);
});
