/** Whatever arrives, each event is accepted or rejected, once, with a documented answer, and its neighbours stay whole. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { acceptEvents } from "../../collector/ingest/accept-events.ts";
import { readBatch } from "../../collector/ingest/batch.ts";
import { readBody } from "../../collector/ingest/body.ts";
import { classifyTraffic } from "../../collector/ingest/classify-traffic.ts";
import { readCampaign } from "../../collector/ingest/read-campaign.ts";
import { TRAFFIC_CHANNELS } from "../../collector/ingest/traffic-rules.ts";
import { DATA_TYPES, ERROR_CODES, type EventType, LIMITS, STATEMENT_TYPES } from "../../sdk/wire.ts";

const RECEIVED_AT = Date.UTC(2026, 10, 22, 12, 0, 0);
const TYPES: EventType[] = [...DATA_TYPES, ...STATEMENT_TYPES];

const text = fc.oneof(
	fc.string({ unit: "binary", maxLength: 40 }),
	fc.constantFrom(
		"",
		" ",
		"\ud800",
		"__proto__",
		"constructor",
		"'; DROP TABLE log; --",
		'=HYPERLINK("x")',
		"x".repeat(300),
		"2026-11-22T11:00:00Z",
		"0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z",
	),
);
const anything = fc.oneof(
	text,
	fc.double(),
	fc.maxSafeInteger(),
	fc.boolean(),
	fc.constant(null),
	fc.jsonValue({ maxDepth: 4 }),
	fc.anything(),
);
const field = fc.constantFrom(
	"messageId",
	"anonymousId",
	"userId",
	"previousId",
	"previousIdType",
	"groupId",
	"event",
	"name",
	"channel",
	"direction",
	"value",
	"score",
	"ids",
	"slices",
	"externalIds",
	"traits",
	"context",
	"properties",
	"timestamp",
	"originalTimestamp",
	"sentAt",
	"__proto__",
	"constructor",
	"toString",
);
const nearlyEvent = fc
	.tuple(fc.constantFrom<unknown>(...TYPES, "nope", null, 1), fc.array(fc.tuple(field, anything), { maxLength: 8 }))
	.map(([type, entries]) => Object.fromEntries([["type", type], ...entries]) as unknown);
const goodEvent = fc
	.record({
		anonymousId: fc.uuid(),
		properties: fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }),
	})
	.map((facts) => ({ type: "page", messageId: `good-${facts.anonymousId}`, ...facts }));
const arrival = fc.record(
	{
		receivedAt: fc.constant(RECEIVED_AT),
		trust: fc.constantFrom("public" as const, "server" as const),
		sentAt: anything,
		userAgent: text,
	},
	{ requiredKeys: ["receivedAt", "trust"] },
);

describe("the door of the log, under fire", () => {
	it("partitions every batch, never throws, and always logs what the next rooms may rely on", () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(nearlyEvent, anything, goodEvent), { maxLength: 8 }), arrival, (events, about) => {
				const { accepted, rejected } = acceptEvents(events, about);
				expect(accepted.length + rejected.length).toBe(events.length);
				const refused = rejected.map(({ rejected: verdict }) => verdict.index);
				expect(refused).toEqual([...new Set(refused)].sort((a, b) => a - b));
				for (const { rejected: verdict, bytes } of rejected) {
					expect(ERROR_CODES).toContain(verdict.code);
					expect(Buffer.byteLength(bytes)).toBeLessThanOrEqual(LIMITS.rejectionBytesMax);
				}
				for (const event of accepted) {
					expect(TYPES).toContain(event.sent.type);
					expect(event.sent.messageId.length).toBeGreaterThan(0);
					expect(event.sent.messageId.length).toBeLessThanOrEqual(LIMITS.idCharsMax);
					expect(Number.isSafeInteger(event.timestamp)).toBe(true);
					expect(Object.getPrototypeOf(event.sent)).toBe(Object.prototype);
					expect(() => JSON.stringify(event)).not.toThrow();
					expect(TRAFFIC_CHANNELS).toContain(classifyTraffic(readCampaign(event)).traffic);
				}
			}),
			{ numRuns: 2_000 },
		);
	});

	it("never lets a bad event cost a good one", () => {
		fc.assert(
			fc.property(
				fc.array(anything, { maxLength: 5 }),
				goodEvent,
				fc.array(nearlyEvent, { maxLength: 5 }),
				(before, good, after) => {
					const about = { receivedAt: RECEIVED_AT, trust: "public" as const };
					const [alone] = acceptEvents([good], about).accepted;
					expect(alone).toBeDefined();
					const { accepted } = acceptEvents([...before, good, ...after], about);
					expect(accepted).toContainEqual(alone);
				},
			),
			{ numRuns: 1_000 },
		);
	});

	it("gives a repeat the same id and the same time, whenever it arrives", () => {
		fc.assert(
			fc.property(
				goodEvent,
				fc.integer({ min: 0, max: 7 * 24 * 3600_000 }),
				({ messageId: _id, ...event }, laterMs) => {
					const timed = { ...event, timestamp: new Date(RECEIVED_AT).toISOString() };
					const [first, second] = [0, laterMs].map(
						(ms) => acceptEvents([timed], { receivedAt: RECEIVED_AT + ms, trust: "public" }).accepted[0],
					);
					expect(second?.sent).toEqual(first?.sent);
					expect(second?.timestamp).toBe(first?.timestamp);
				},
			),
		);
	});

	it("reads any bytes to a value or a documented refusal", () => {
		const bytes = fc.oneof(
			fc.uint8Array({ maxLength: 200 }),
			fc.uint8Array({ maxLength: 100 }).map((tail) => Uint8Array.from([0x1f, 0x8b, ...tail])),
			fc.json().map((json) => new TextEncoder().encode(json)),
			fc.json().map((json) => Uint8Array.from(gzipSync(json))),
			fc.array(anything, { maxLength: 3 }).map((batch) => new TextEncoder().encode(JSON.stringify({ batch }) ?? "")),
		);
		fc.assert(
			fc.property(bytes, fc.constantFrom<"batch" | EventType>("batch", "track", "erase"), (body, path) => {
				const read = readBody(body, LIMITS);
				const batch = read.ok ? readBatch(read.value, path) : read;
				if (!batch.ok) {
					expect([400, 413]).toContain(batch.status);
					expect(ERROR_CODES).toContain(batch.code);
					return;
				}
				const { accepted, rejected } = acceptEvents(batch.events, {
					receivedAt: RECEIVED_AT,
					trust: "public",
					context: batch.context,
				});
				expect(accepted.length + rejected.length).toBe(batch.events.length);
			}),
			{ numRuns: 2_000 },
		);
	});
});
