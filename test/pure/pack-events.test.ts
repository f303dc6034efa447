/** What is logged comes back to the letter. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import { packEvents, unpackEvents } from "../../collector/store/pack-events.ts";

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
});
