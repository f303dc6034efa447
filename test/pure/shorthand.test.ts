/** Ids and times said in fewer bytes come back to the letter, whatever stands around them. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ByteReader, ByteWriter } from "../../collector/store/compact-bytes.ts";
import { expand, Room, shorten } from "../../collector/store/shorthand.ts";

function shortenAll(text: string): { short: string; bytes: Uint8Array } {
	const writer = new ByteWriter();
	const short = shorten(text, writer);
	return { short, bytes: writer.finish() };
}

function thereAndBack(text: string): string {
	const { short, bytes } = shortenAll(text);
	return new TextDecoder().decode(expand(new TextEncoder().encode(short), new ByteReader(bytes)));
}

const FEW_IDS = Array.from({ length: 24 }, (_, n) => `01a20581-a11a-7${100 + n}-a239-25cf7fa036d4`);

const word = fc.oneof(
	fc.uuid({ version: 7 }),
	fc.uuid({ version: 4 }),
	fc.uuid({ version: 7 }).map((id) => id.toUpperCase()),
	fc.constantFrom(...FEW_IDS),
	fc
		.date({ min: new Date(0), max: new Date("9999-12-31T23:59:59.999Z"), noInvalidDate: true })
		.map((at) => at.toISOString()),
	fc.constantFrom(
		"2026-02-30T00:00:00.000Z",
		"2026-01-01T24:00:00.000Z",
		"2026-13-01T00:00:00.000Z",
		"2026-01-01T00:60:00.000Z",
		"0000-01-01T00:00:00.000Z",
		"2026-01-01",
		"\u0001v",
		"\u0001",
		"茶-é-😀",
		"-",
		"----",
	),
	fc.string({ unit: "binary" }),
);

describe("shorthand", () => {
	it("gives back any JSON to the letter", () => {
		fc.assert(
			fc.property(
				fc.array(
					fc.oneof(
						word,
						fc.array(word).map((some) => some.join("")),
					),
					{ maxLength: 60 },
				),
				(words) => {
					const text = words.map((one) => JSON.stringify({ one, [one]: [one] })).join("\n");
					expect(thereAndBack(text)).toBe(text);
				},
			),
			{ numRuns: 500 },
		);
	});

	it("says an id again without its bytes while few others were said since, and then anew", () => {
		const bytesOf = (ids: readonly string[]) => shortenAll(JSON.stringify(ids)).bytes.length;
		const some = FEW_IDS.slice(0, 16);
		expect(bytesOf([...some, ...some])).toBe(bytesOf(some));
		const more = FEW_IDS.slice(0, 17);
		expect(bytesOf([...more, ...more])).toBeGreaterThan(2 * bytesOf(more) - 2 * 8);
	});

	it("takes the bytes of what has passed for a time, and two for a minute", () => {
		const at = Date.parse("2026-01-01T23:59:00.000Z");
		const times = [0, 1_000, 9_000].map((ms) => new Date(at + ms).toISOString());
		const first = shortenAll(JSON.stringify(times.slice(0, 1))).bytes.length;
		expect(shortenAll(JSON.stringify(times)).bytes.length).toBe(first + 2 * 2);
	});

	it("expands texts one after the other in one room, and those before stay as they are when it grows", () => {
		fc.assert(
			fc.property(fc.array(fc.array(word), { minLength: 2, maxLength: 12 }), fc.nat(400), (lists, roomBytes) => {
				const room = new Room(roomBytes);
				const texts = lists.map((words) => JSON.stringify(words));
				const expanded = texts.map((text) => {
					const { short, bytes } = shortenAll(text);
					return expand(new TextEncoder().encode(short), new ByteReader(bytes), room);
				});
				expect(expanded.map((one) => new TextDecoder().decode(one))).toEqual(texts);
			}),
			{ numRuns: 200 },
		);
	});

	it("says of bytes that end too early that they do", () => {
		const { short, bytes } = shortenAll(JSON.stringify(FEW_IDS));
		const cut = new ByteReader(bytes.subarray(0, bytes.length - 1));
		expect(() => expand(new TextEncoder().encode(short), cut)).toThrow(RangeError);
	});
});
