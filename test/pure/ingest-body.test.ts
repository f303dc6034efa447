import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readBatch } from "../../collector/ingest/batch.ts";
import { readBody } from "../../collector/ingest/body.ts";
import { reportId } from "../../collector/ingest/delivery-report.ts";
import { INGEST_LIMITS } from "../../collector/ingest/limits.ts";
import { type Json, LIMITS } from "../../sdk/wire.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (bytes: Uint8Array) => readBody(bytes, LIMITS);
const refusal = (status: 400 | 413, code: string) => expect.objectContaining({ ok: false, status, code });
const notJson = refusal(400, "not_json");
const tooLarge = refusal(413, "body_too_large");

/** A JSON string that takes exactly `bytes` bytes. */
const jsonOf = (bytes: number): string => `"${"x".repeat(bytes - 2)}"`;

describe("reading a body", () => {
	it("takes plain JSON, with or without a byte order mark, and says how long it was", () => {
		expect(read(encode('{"a":1}'))).toEqual({ ok: true, value: { a: 1 }, bytes: 7 });
		expect(read(encode('\uFEFF{"a":1}'))).toMatchObject({ ok: true, value: { a: 1 } });
	});

	it("knows gzip by its first bytes, the byte order mark inside included", () => {
		expect(read(gzipSync('\uFEFF{"a":"中"}'))).toMatchObject({ ok: true, value: { a: "中" } });
	});

	it.each([
		["nothing", new Uint8Array()],
		["broken JSON", encode('{"a":')],
		["two documents", encode("{}{}")],
		["broken UTF-8", new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
		["overlong UTF-8", new Uint8Array([0x22, 0xc0, 0xaf, 0x22])],
		["UTF-8 of a surrogate", new Uint8Array([0x22, 0xed, 0xa0, 0x80, 0x22])],
		["gzip of broken UTF-8", gzipSync(new Uint8Array([0x22, 0xff, 0x22]))],
		["the first two bytes of gzip and no more", new Uint8Array([0x1f, 0x8b])],
		["gzip that is cut off", gzipSync('{"a":1}').subarray(0, 15)],
		[
			"gzip with a flipped bit",
			gzipSync('{"a":"hello hello hello"}').map((byte, at) => (at === 14 ? byte ^ 0xff : byte)),
		],
	])("answers not_json to %s", (_name, bytes) => {
		expect(read(bytes)).toEqual(notJson);
	});

	it("never quotes the body in a message", () => {
		expect(JSON.stringify(read(encode('{"secret@example.org"')))).not.toContain("secret");
	});

	it("takes a body of exactly the limit and refuses one byte more, plain and inflated", () => {
		const fits = encode(jsonOf(LIMITS.bodyBytesMax));
		const over = encode(jsonOf(LIMITS.bodyBytesMax + 1));
		expect(read(fits).ok).toBe(true);
		expect(read(over)).toEqual(tooLarge);
		expect(read(gzipSync(fits)).ok).toBe(true);
		expect(read(gzipSync(over))).toEqual(tooLarge);
	});

	it("does not inflate a bomb", () => {
		const bomb = gzipSync(Buffer.alloc(256 * 1024 * 1024));
		expect(bomb.length).toBeLessThan(LIMITS.bodyBytesMax);
		const before = process.memoryUsage().arrayBuffers;
		expect(read(bomb)).toEqual(tooLarge);
		expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 1024 * 1024);
	});

	it("survives arrays nested as deep as a body can hold", () => {
		const deep = "[".repeat(200_000) + "]".repeat(200_000);
		const body = read(encode(deep));
		expect(body.ok).toBe(true);
		// With an escape that makes the value be walked.
		expect(read(encode(`["\\ud800",${deep}]`)).ok).toBe(true);
	});

	it("makes lone surrogates whole and keeps pairs", () => {
		const body = read(encode('{"a\\ud800":["\\uDC00x","\\ud83d\\ude00"]}'));
		expect(body).toMatchObject({ ok: true, value: { "a\uFFFD": ["\uFFFDx", "😀"] } });
	});

	it("drops __proto__ keys however they are spelt, and keeps constructor", () => {
		const body = read(
			encode('{"batch":[{"__proto__":{"x":1},"\\u005f_proto__":{"x":1},"__pr\\u006fto__":2,"constructor":3}]}'),
		);
		if (!body.ok) throw new Error(body.message);
		const [event] = (body.value as { batch: Json[] }).batch;
		expect(Object.keys(event as object)).toEqual(["constructor"]);
		expect(Object.getPrototypeOf(event)).toBe(Object.prototype);
	});
});

describe("taking a batch apart", () => {
	it("hands on the events as they are, with what the sender said of the batch", () => {
		const delivery = { attempt: 2, ageMs: 900, library: "strand.js/0.1.0", evicted: 0, setAside: 0 };
		const batch = readBatch(
			{ batch: [1, { type: "page" }], sentAt: "now", writeKey: "wk_a", context: { a: 1 }, delivery },
			"batch",
		);
		expect(batch).toEqual({
			ok: true,
			events: [1, { type: "page" }],
			sentAt: "now",
			writeKey: "wk_a",
			context: { a: 1 },
			delivery,
		});
		expect(readBatch({ batch: [] }, "batch")).toEqual({ ok: true, events: [] });
	});

	it("lets the path decide the type of a single event", () => {
		expect(readBatch({ type: "page", event: "A", sentAt: "s", writeKey: "wk" }, "track")).toEqual({
			ok: true,
			events: [{ type: "track", event: "A", sentAt: "s", writeKey: "wk" }],
			sentAt: "s",
			writeKey: "wk",
		});
	});

	it("takes the calls that the stub wrote down: what was tracked and identified, and the rest as it is", () => {
		const at = "2026-01-01T00:00:00.000Z";
		const calls: Json[] = [
			["track", { 0: "Early", 1: { n: 1 }, 2: { critical: true } }, at],
			["track", { 0: "Bare" }, at],
			["identify", { 0: "u1", 1: { plan: "pro" } }, at],
			["reset", {}, at],
			["track", "Early", at],
			[],
		];
		expect(readBatch({ batch: calls }, "batch")).toEqual({
			ok: true,
			events: [
				{ type: "track", event: "Early", properties: { n: 1 }, timestamp: at },
				{ type: "track", event: "Bare", timestamp: at },
				{ type: "identify", userId: "u1", traits: { plan: "pro" }, timestamp: at },
				...calls.slice(3),
			],
		});
	});

	it("ignores a delivery report that is not whole", () => {
		const whole = { attempt: 1, ageMs: 0, library: "x", evicted: 0, setAside: 0 };
		const reports: Json[] = [
			1,
			{},
			{ ...whole, attempt: -1 },
			{ ...whole, evicted: 0.5 },
			{ ...whole, setAside: null },
			{ ...whole, ageMs: "1" },
		];
		for (const delivery of reports) {
			expect(readBatch({ batch: [], delivery }, "batch")).toEqual({ ok: true, events: [] });
		}
	});

	it("counts at most 100,000 lost events of a report, and reads the age of a clock that runs behind as none", () => {
		const read = (evicted: number) =>
			readBatch(
				{ batch: [], delivery: { attempt: 1, ageMs: -5, library: "x", evicted, setAside: evicted + 1 } },
				"batch",
			);
		expect(read(99_999)).toMatchObject({ delivery: { ageMs: 0, evicted: 99_999, setAside: 100_000 } });
		expect(read(1e12)).toMatchObject({ delivery: { evicted: 100_000, setAside: 100_000 } });
	});

	it("hands on whose losses they are, where that is text and no longer than an id", () => {
		const read = (tab: Json) =>
			readBatch({ batch: [], delivery: { attempt: 1, ageMs: 0, library: "x", evicted: 1, setAside: 0, tab } }, "batch");
		expect(read("t".repeat(300))).toMatchObject({ delivery: { tab: "t".repeat(256) } });
		expect((read(7) as { delivery: object }).delivery).not.toHaveProperty("tab");
	});

	it("knows a report again by the page load that it names, else by the first event that was numbered", () => {
		const numbered = (seq: number) => ({ messageId: `m${seq}`, context: { strand: { tab: "t", seq } } });
		const draft = { messageId: "d", context: { strand: { tab: "t" } } };
		const id = reportId({}, [numbered(4)]);
		expect(reportId({}, [draft, numbered(4), numbered(5)])).toBe(id);
		expect(reportId({}, [numbered(5), numbered(4)])).not.toBe(id);
		expect(reportId({}, [{ messageId: "a", context: 1 }, { messageId: "b" }])).toBe(reportId({}, [{ messageId: "a" }]));
		expect(reportId({}, [1, null])).toBeNull();
		const named = reportId({ tab: "t" }, [numbered(4)]);
		expect(reportId({ tab: "t" }, [numbered(5)])).toBe(named);
		expect(reportId({ tab: "t" }, [1])).toBe(named);
		expect([id, reportId({ tab: "u" }, [numbered(4)])]).not.toContain(named);
	});

	it.each([[null], ["text"], [[]], [7]] as Json[][])("refuses a body that is no object: %j", (value) => {
		expect(readBatch(value as Json, "batch")).toEqual(refusal(400, "bad_field"));
		expect(readBatch(value as Json, "track")).toEqual(refusal(400, "bad_field"));
	});

	it.each([[{}], [{ batch: {} }], [{ batch: null }]] as Json[][])("refuses a batch without its array: %j", (value) => {
		expect(readBatch(value as Json, "batch")).toEqual(refusal(400, "missing_field"));
	});

	it("takes 500 events and refuses 501", () => {
		const events = (count: number): Json => ({ batch: Array.from({ length: count }, () => ({})) });
		expect(readBatch(events(500), "batch").ok).toBe(true);
		expect(readBatch(events(501), "batch")).toEqual(refusal(413, "too_many_events"));
	});

	it("bounds the context, which every event will carry", () => {
		const context = (bytes: number): Json => ({ batch: [], context: { a: "x".repeat(bytes - '{"a":""}'.length) } });
		expect(readBatch(context(INGEST_LIMITS.contextBytesMax), "batch").ok).toBe(true);
		expect(readBatch(context(INGEST_LIMITS.contextBytesMax + 1), "batch")).toEqual(refusal(413, "body_too_large"));
		expect(readBatch({ batch: [], context: "text" }, "batch")).toEqual(refusal(400, "bad_field"));
		expect(readBatch({ batch: [], context: null }, "batch")).toEqual({ ok: true, events: [] });
	});

	it("refuses a context too deep to print", () => {
		const body = read(encode(`{"batch":[],"context":{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}}`));
		expect(readBatch(body.ok ? body.value : null, "batch")).toEqual(refusal(400, "bad_field"));
	});
});
