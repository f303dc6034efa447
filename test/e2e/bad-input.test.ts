/** What the door answers to bad input of every kind: the documented codes, and nothing good lost beside the bad. */

import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIMITS, type WireEvent } from "../../sdk/wire.ts";
import { authorise } from "../support/api.ts";
import { settle } from "../support/collector.ts";
import { createPage, type Door, expectRefusal, startDoor } from "../support/door.ts";

let door: Door;

beforeAll(async () => {
	door = await startDoor();
});
afterAll(() => door.collector.stop());

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
		const response = await door.send(body === undefined ? {} : { body });
		const { message } = await expectRefusal(response, 400, "not_json");
		expect(message).not.toContain("person.example");
	});

	it.each([
		["an array", "[]", "bad_field"],
		["a body without a batch", "{}", "missing_field"],
		["a batch that is no array", '{"batch": {}}', "missing_field"],
	])("answers 400 to %s", async (_, body, code) => {
		await expectRefusal(await door.send({ body }), 400, code);
	});

	it("answers 413 to a body of 2 MB, whether or not its length is told beforehand", async () => {
		const body = padBatch(createPage(), 2_000_000);
		await expectRefusal(await door.send({ body }), 413, "body_too_large");
		await expectRefusal(await door.send({ body: new Blob([body]).stream() }), 413, "body_too_large");
	});

	it("takes 512 KiB and not a byte more, counted after inflating", async () => {
		const [exact, inflated] = [createPage(), createPage()];
		expect((await door.send({ body: padBatch(exact, LIMITS.bodyBytesMax) })).status).toBe(200);
		expect((await door.send({ body: gzipSync(padBatch(inflated, LIMITS.bodyBytesMax)) })).status).toBe(200);
		const larger = padBatch(createPage(), LIMITS.bodyBytesMax + 1);
		await expectRefusal(await door.send({ body: larger }), 413, "body_too_large");
		await expectRefusal(await door.send({ body: gzipSync(larger) }), 413, "body_too_large");
		expect(await door.readLoggedIds([exact.messageId, inflated.messageId])).toHaveLength(2);
	});

	it("takes 500 events and not one more", async () => {
		const batch = Array.from({ length: LIMITS.batchEventsMax }, () => createPage());
		const more = createPage();
		await expectRefusal(await door.send({ body: JSON.stringify({ batch: [...batch, more] }) }), 413, "too_many_events");
		expect(await door.readLoggedIds([...batch, more].map(({ messageId }) => messageId))).toEqual([]);
		expect(await door.sendBatch(batch)).toMatchObject({ success: true, accepted: LIMITS.batchEventsMax, rejected: [] });
		const ids = batch.map(({ messageId }) => messageId);
		expect(await door.readLoggedIds(ids)).toEqual(ids.toSorted());
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
		const messageId = `bad-${createPage().messageId}`;
		const answer = await door.sendBatch([before, { messageId, anonymousId: "device-1", ...event }, after]);
		expect(answer).toMatchObject({ success: true, accepted: 2, rejected: [{ index: 1, messageId, code }] });
		expect(answer.rejected[0]?.field).toBe(field);
		const ids = [before.messageId, after.messageId];
		expect(await door.readLoggedIds([...ids, messageId])).toEqual(ids.toSorted());
		const kept = (await door.readRejections()).filter((rejection) => rejection.messageId === messageId);
		expect(kept).toMatchObject([{ code }]);
		expect(kept[0]?.bytes).toContain(messageId);
		expect(kept[0]?.bytes.length).toBeLessThanOrEqual(LIMITS.rejectionBytesMax);
	});

	it("refuses what is no event at all", async () => {
		const good = createPage();
		const { accepted, rejected } = await door.sendBatch([null, good, "page", 7, []]);
		expect(accepted).toBe(1);
		expect(rejected.map(({ index, messageId, code }) => ({ index, messageId, code }))).toEqual(
			[0, 2, 3, 4].map((index) => ({ index, messageId: null, code: "bad_field" })),
		);
		expect(await door.readLoggedIds([good.messageId])).toHaveLength(1);
	});

	it("takes an event of 32 KiB and not a byte more", async () => {
		const [exact, larger] = [padEvent(LIMITS.eventBytesMax), padEvent(LIMITS.eventBytesMax + 1)];
		const { accepted, rejected } = await door.sendBatch([exact, larger]);
		expect({ accepted, rejected }).toMatchObject({ accepted: 1, rejected: [{ index: 1, code: "event_too_large" }] });
		expect(await door.readLoggedIds([exact.messageId, larger.messageId])).toEqual([exact.messageId]);
	});
});

describe("questions that cannot be answered", () => {
	it.each([
		["/v1/nowhere", 404, "not_found", undefined],
		["/v1/batch", 405, "method_not_allowed", undefined],
		["/v1/journeys?limit=0", 400, "bad_parameter", "limit"],
		["/v1/journeys?limt=5", 400, "bad_parameter", "limt"],
		["/v1/journeys?from=soon", 400, "bad_parameter", "from"],
		["/v1/profiles?userId=nobody", 404, "not_found", undefined],
		["/v1/profiles?userId=null", 400, "bad_parameter", "userId"],
	])("GET %s answers %i %s", async (path, status, code, field) => {
		const response = await fetch(door.collector.url + path, { headers: authorise(door.collector.keys.read) });
		expect((await expectRefusal(response, status, code)).field).toBe(field);
	});
});

it("keeps events and rejections over a stop and another start, and all of it settles", async () => {
	const read = async () => ({
		events: await door.readEvents(),
		rejections: await door.readRejections(),
	});
	await settle(door.collector.url, door.collector.keys.read);
	const before = await read();
	expect(before.rejections.length).toBeGreaterThan(0);
	await door.collector.restart();
	expect(await read()).toEqual(before);
});
