import { describe, expect, it } from "vitest";
import { correctTime, parseTime } from "../../collector/ingest/event-time.ts";

const RECEIVED_AT = Date.UTC(2026, 10, 22, 12, 0, 0);
const MINUTE = 60_000;
const DAY = 24 * 3600_000;
const iso = (ms: number): string => new Date(ms).toISOString();

describe("reading a time", () => {
	it.each([
		["2026-11-22T12:00:00.000Z", RECEIVED_AT],
		["2026-11-22T12:00:00Z", RECEIVED_AT],
		["2026-11-22T12:00Z", RECEIVED_AT],
		["2026-11-22t12:00:00z", RECEIVED_AT],
		["2026-11-22 12:00:00Z", RECEIVED_AT],
		["2026-11-22T20:00:00+08:00", RECEIVED_AT],
		["2026-11-22T20:00:00+0800", RECEIVED_AT],
		["2026-11-22T04:30:00-07:30", RECEIVED_AT],
		["2026-11-22T12:00:00", RECEIVED_AT],
		["2026-11-22", RECEIVED_AT - 12 * 3600_000],
		["2026-11-22T12:00:00.1Z", RECEIVED_AT + 100],
		["2026-11-22T12:00:00.123999999Z", RECEIVED_AT + 123],
		["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
		[RECEIVED_AT, RECEIVED_AT],
		[RECEIVED_AT + 0.9, RECEIVED_AT],
		[1e12, 1e12],
	])("reads %s", (value, ms) => {
		expect(parseTime(value)).toBe(ms);
	});

	it.each([
		["yesterday"],
		[""],
		["2026-02-30T00:00:00Z"],
		["2025-02-29"],
		["2026-13-01"],
		["2026-11-22T24:00:00Z"],
		["2026-11-22T12:60:00Z"],
		["2026-11-22T12:00:00+19:00"],
		["2026-11-22T12:00:00 Beijing"],
		["0000-00-00T00:00:00Z"],
		["+012026-11-22T12:00:00Z"],
		["22.11.2026"],
		["1795348800000"],
		[1e12 - 1],
		[1795348800],
		[Number.NaN],
		[Number.POSITIVE_INFINITY],
		[8.64e15 + 1],
		[null],
		[undefined],
		[{}],
		[true],
	])("does not guess %s", (value) => {
		expect(parseTime(value)).toBeNull();
	});
});

describe("correcting a clock", () => {
	const at = (event: object, sentAt?: unknown, trust: "public" | "server" = "public") =>
		correctTime(event, sentAt, RECEIVED_AT, trust);
	const is = (timestamp: number) => ({ ok: true, timestamp });
	const refused = (code: string, field = "timestamp") => expect.objectContaining({ ok: false, code, field });

	it("uses the time of receipt where the sender gave none", () => {
		expect(at({})).toEqual(is(RECEIVED_AT));
		expect(at({ timestamp: null, originalTimestamp: null })).toEqual(is(RECEIVED_AT));
		expect(at({}, iso(RECEIVED_AT - DAY))).toEqual(is(RECEIVED_AT));
	});

	it("prefers timestamp where RudderStack's server client stamped the call itself", () => {
		const event = { channel: "server", originalTimestamp: iso(RECEIVED_AT), timestamp: iso(RECEIVED_AT - DAY) };
		expect(at(event)).toEqual(is(RECEIVED_AT - DAY));
		expect(at({ ...event, timestamp: null })).toEqual(is(RECEIVED_AT));
		expect(at({ ...event, channel: "web" })).toEqual(is(RECEIVED_AT));
	});

	it("prefers originalTimestamp, and reads timestamp where that is absent", () => {
		const timestamp = iso(RECEIVED_AT - 5000);
		expect(at({ timestamp })).toEqual(is(RECEIVED_AT - 5000));
		expect(at({ timestamp, originalTimestamp: iso(RECEIVED_AT - 9000) })).toEqual(is(RECEIVED_AT - 9000));
	});

	it("leaves a clock alone that is off by 60 s and corrects one that is off by a millisecond more", () => {
		const event = { timestamp: iso(RECEIVED_AT - 10_000) };
		expect(at(event, iso(RECEIVED_AT - MINUTE))).toEqual(is(RECEIVED_AT - 10_000));
		expect(at(event, iso(RECEIVED_AT + MINUTE))).toEqual(is(RECEIVED_AT - 10_000));
		const slow = { timestamp: iso(RECEIVED_AT - MINUTE - 10_001) };
		expect(at(slow, iso(RECEIVED_AT - MINUTE))).toEqual(is(RECEIVED_AT - MINUTE - 10_001));
		expect(at(slow, iso(RECEIVED_AT - MINUTE - 1))).toEqual(is(RECEIVED_AT - 10_000));
		expect(at({ timestamp: iso(RECEIVED_AT + MINUTE) }, iso(RECEIVED_AT + MINUTE + 1))).toEqual(is(RECEIVED_AT - 1));
	});

	it("keeps the distances between the events of a wrong clock", () => {
		const sentAt = iso(RECEIVED_AT + 3 * DAY);
		const times = [9, 5, 1].map((s) => at({ timestamp: iso(RECEIVED_AT + 3 * DAY - s * 1000) }, sentAt));
		expect(times).toEqual([9, 5, 1].map((s) => is(RECEIVED_AT - s * 1000)));
	});

	it("cures a clock that was reset to 1970", () => {
		expect(at({ timestamp: "1970-01-01T00:00:10Z" }, "1970-01-01T00:00:15Z")).toEqual(is(RECEIVED_AT - 5000));
	});

	it("lets the event's own sentAt win, and ignores one that cannot be read", () => {
		const timestamp = iso(RECEIVED_AT - DAY);
		expect(at({ timestamp, sentAt: iso(RECEIVED_AT) }, iso(RECEIVED_AT - DAY))).toEqual(is(RECEIVED_AT - DAY));
		expect(at({ timestamp, sentAt: "soon" }, iso(RECEIVED_AT - DAY))).toEqual(is(RECEIVED_AT));
		expect(at({ timestamp }, "soon")).toEqual(is(RECEIVED_AT - DAY));
	});

	it("refuses what is no time, and times before 2000, naming the field", () => {
		expect(at({ timestamp: "soon" })).toEqual(refused("bad_timestamp"));
		expect(at({ timestamp: "soon", originalTimestamp: 12 })).toEqual(refused("bad_timestamp", "originalTimestamp"));
		expect(at({ timestamp: "0001-01-01T00:00:00Z" }, undefined, "server")).toEqual(refused("bad_timestamp"));
		expect(at({ timestamp: "1999-12-31T23:59:59.999Z" }, undefined, "server")).toEqual(refused("bad_timestamp"));
		expect(at({ timestamp: "2000-01-01T00:00:00Z" }, undefined, "server")).toEqual(is(Date.UTC(2000, 0, 1)));
	});

	it("takes 8 days from a public key and not a millisecond more", () => {
		expect(at({ timestamp: iso(RECEIVED_AT - 8 * DAY) })).toEqual(is(RECEIVED_AT - 8 * DAY));
		expect(at({ timestamp: iso(RECEIVED_AT - 8 * DAY - 1) })).toEqual(refused("timestamp_too_old"));
		expect(at({ timestamp: iso(RECEIVED_AT - 8 * DAY - 1) }, undefined, "server")).toEqual(
			is(RECEIVED_AT - 8 * DAY - 1),
		);
	});

	it("sets what a public key puts more than a minute ahead to the time of receipt", () => {
		expect(at({ timestamp: iso(RECEIVED_AT + MINUTE) })).toEqual(is(RECEIVED_AT + MINUTE));
		expect(at({ timestamp: iso(RECEIVED_AT + MINUTE + 1) })).toEqual(is(RECEIVED_AT));
		expect(at({ timestamp: "9999-12-31T23:59:59Z" })).toEqual(is(RECEIVED_AT));
	});

	it("takes one day ahead from a server and not a millisecond more", () => {
		expect(at({ timestamp: iso(RECEIVED_AT + DAY) }, undefined, "server")).toEqual(is(RECEIVED_AT + DAY));
		expect(at({ timestamp: iso(RECEIVED_AT + DAY + 1) }, undefined, "server")).toEqual(refused("bad_timestamp"));
		expect(at({ timestamp: "9999-12-31T23:59:59Z" }, undefined, "server")).toEqual(refused("bad_timestamp"));
	});
});
