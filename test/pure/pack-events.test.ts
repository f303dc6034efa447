/** What is logged comes back to the letter. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import { packEvents, unpackEvents } from "../../collector/store/pack-events.ts";
import { SEGMENT_WORDS } from "../../collector/store/segment-words.ts";

const AT = Date.parse("2026-01-01T00:00:00.000Z");

function logged(sent: object, timestamp = AT): LoggedEvent {
	return {
		sent: { type: "page", messageId: "m", ...sent } as LoggedEvent["sent"],
		timestamp,
		receivedAt: AT + 5,
		trust: "public",
		added: {},
	};
}

const events = fc.array(
	fc.record({
		sent: fc.record(
			{
				messageId: fc.oneof(
					fc.uuid({ version: 4 }),
					fc.uuid({ version: 7 }),
					fc.uuid().map((id) => id.toUpperCase()),
					fc.string({ minLength: 1 }),
				),
				originalTimestamp: fc.oneof(
					fc.constant("2026-01-01T00:00:00.000Z"),
					fc.string(),
					fc.integer(),
					fc.constant(null),
				),
				anonymousId: fc.string(),
				properties: fc.dictionary(fc.string(), fc.jsonValue()),
			},
			{ requiredKeys: ["messageId"] },
		),
		timestamp: fc.oneof(fc.constant(AT), fc.integer({ min: 0, max: 8.64e15 })),
	}),
	{ minLength: 1, maxLength: 12 },
);

describe("a packed segment", () => {
	it("gives back every event as it was, whatever its ids and times", () => {
		fc.assert(
			fc.property(events, (given) => {
				const before = given.map(({ sent, timestamp }) =>
					logged(JSON.parse(JSON.stringify(sent)) as object, timestamp),
				);
				expect(JSON.stringify(unpackEvents(packEvents(before)))).toBe(JSON.stringify(before));
			}),
		);
	});

	it("takes 10 bytes and not 36 for a UUIDv7 of the event's time", () => {
		const time = AT.toString(16).padStart(12, "0");
		const sizeOf = (ids: string[]) => packEvents(ids.map((messageId) => logged({ messageId }))).byteLength;
		const ids = Array.from({ length: 50 }, () => {
			const random = crypto.randomUUID();
			return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(15)}`;
		});
		expect((sizeOf(ids) - sizeOf(ids.slice(0, 25))) / 25).toBeLessThan(14);
	});

	it("of form 4 is read still", () => {
		const packed =
			"KHAAgAAAAAAAAABwAIAAAAAAAAABILmx0fAAAEAAgAAAAAAAAAGLNia+zjEzNwLVcCAAzlCWBgaQekfHUAcpZ8AqG0Rww+oWrHEHLUNxF7LYClKkkhZhDWoZCWuDRxtAQy8vv0Q3Ube0FNriYixVQq0zIbkjD9wlK8ZVXoF63nqpFYmgrqu+gZIObklDfJJGsJ4nyGmxOlhYsJ4pqE2QqGSlVAHqXIKlow0xhYyQhfCkMmNIWKCWFbEA";
		const ids = ["019b76da-a800-7000-8000-000000000000", "019b76da-a801-7000-8000-000000000001", "not-a-uuid"];
		const before = ids.map((messageId, n) => ({
			sent: {
				type: n === 1 ? "track" : "page",
				messageId,
				anonymousId: "b9b1d1f0-0000-4000-8000-000000000001",
				originalTimestamp: new Date(AT + n).toISOString(),
				properties: { url: `https://www.shop.example/${n}`, n: null, list: [n, { a: "x" }] },
			},
			timestamp: AT + n,
			receivedAt: AT + 900,
			trust: n === 1 ? "server" : "public",
			added: { browser: "Chrome" },
		}));
		expect(JSON.stringify(unpackEvents(new Uint8Array(Buffer.from(packed, "base64"))))).toBe(JSON.stringify(before));
	});

	it("keeps its dictionary: another one would make what is stored unreadable", () => {
		expect(createHash("sha256").update(SEGMENT_WORDS).digest("hex").slice(0, 16)).toBe("1716c7b6d284c867");
	});
});
