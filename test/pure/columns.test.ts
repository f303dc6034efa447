/** Records stored by column come back as they were. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OBJECTS, TEXTS } from "../../collector/store/column-makers.ts";
import { readColumns } from "../../collector/store/column-reader.ts";
import { writeColumns } from "../../collector/store/column-writer.ts";
import { ByteReader } from "../../collector/store/compact-bytes.ts";
import { makeWords, packColumns, unpackColumns } from "../../collector/store/pack-columns.ts";

const FEW_IDS = Array.from({ length: 6 }, (_, n) => `01a20581-a11a-7${100 + n}-a239-25cf7fa036d${n % 3}`);
const AT = Date.parse("2026-01-01T00:00:00.000Z");

const key = fc.oneof(
	fc.constantFrom("a", "b", "c", "url", "__proto__", "constructor", "1", "0", "", '"', "\0", "\ud800"),
	fc.string(),
);
const text = fc.oneof(
	fc.constantFrom("", "x", '"', '"x"', "\0", "a\0b", "\ud83d", "茶 é 😀", "2026-02-30T00:00:00.000Z", ...FEW_IDS),
	fc.constantFrom(
		...FEW_IDS.map((id) => `${id}.x`),
		`${FEW_IDS[0]}.`,
		`${FEW_IDS[1]}-x`,
		FEW_IDS[2]?.toUpperCase() ?? "",
	),
	fc.integer({ min: AT, max: AT + 3 }).map((at) => new Date(at).toISOString()),
	fc.uuid(),
	fc.string({ unit: "binary" }),
);
const number = fc.oneof(
	fc.integer({ min: -2, max: 300 }),
	fc.integer({ min: AT, max: AT + 3 }),
	fc.constantFrom(
		2 ** 39,
		2 ** 42,
		2 ** 51 - 1,
		2 ** 51,
		-(2 ** 52),
		2 ** 53 - 1,
		1e300,
		5e-324,
		0.1,
		-1.05,
		1e-7,
		0.1 + 0.2,
	),
	fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const leaf = fc.oneof(
	text,
	number,
	fc.constantFrom(null, true, false, [], {}, [null], [-1, 1], [[]], [{ a: [] }, { a: 1 }]),
	fc.jsonValue(),
);
const { record } = fc.letrec<{ value: unknown; record: object }>((tie) => ({
	value: fc.oneof({ depthSize: "small" }, leaf, tie("record"), fc.array(tie("value"), { maxLength: 4 })),
	record: fc.dictionary(key, tie("value"), { maxKeys: 3 }),
}));

/** As it comes off the wire: keys like "__proto__" are ordinary ones there. */
function offWire(records: readonly object[]): { json: string; values: object[] } {
	const json = JSON.stringify(records);
	const values = JSON.parse(json) as object[];
	return { json: JSON.stringify(values), values };
}

function thereAndBack(records: readonly object[]): unknown[] {
	const { raw, said } = writeColumns(records);
	return readColumns(new ByteReader(raw), said, OBJECTS);
}

describe("records by columns", () => {
	it("come back as they were, in the order of their keys, as values and as JSON", () => {
		fc.assert(
			fc.property(fc.array(record, { maxLength: 12 }), (records) => {
				const { json, values } = offWire(records);
				const { raw, said } = writeColumns(values);
				expect(JSON.stringify(readColumns(new ByteReader(raw), said, OBJECTS))).toBe(json);
				expect(`[${readColumns(new ByteReader(raw), said, TEXTS).join(",")}]`).toBe(json);
			}),
			{ numRuns: 1_000 },
		);
	});

	it("come back where many are alike, so that runs are long", () => {
		fc.assert(
			fc.property(
				fc.array(record, { minLength: 1, maxLength: 3 }),
				fc.array(fc.nat(2), { maxLength: 200 }),
				(few, order) => {
					const { json, values } = offWire(order.map((place) => few[place % few.length] as object));
					expect(JSON.stringify(thereAndBack(values))).toBe(json);
				},
			),
		);
	});

	it("may be of more forms than have an operation of their own, and as deep as one likes", () => {
		const forms = Array.from({ length: 80 }, (_, n) => ({ [`key${n}`]: n }));
		let deep: object = {};
		for (let n = 0; n < 200; n++) deep = n % 2 === 0 ? { deep } : { list: [deep] };
		const records = [...forms, ...forms, deep];
		expect(thereAndBack(records)).toEqual(records);
	});

	it("share no part, so that a change of one stays its own", () => {
		const same = { x: { y: [1], z: { q: 1 } } };
		const [a, b] = thereAndBack([same, same]) as { x: { y: number[]; z: { q: number } } }[];
		a?.x.y.push(2);
		if (a !== undefined) a.x.z.q = 2;
		expect(b).toEqual({ x: { y: [1], z: { q: 1 } } });
	});

	it("are left without what is undefined, as JSON leaves it out", () => {
		expect(thereAndBack([{ a: undefined, b: 1 }, { a: 1 }])).toEqual([{ b: 1 }, { a: 1 }]);
	});

	it("say once what is the same in every one", () => {
		const sizeOf = (count: number) => {
			const { raw, said } = writeColumns(
				Array.from({ length: count }, () => ({ page: "x".repeat(99), at: { a: 1, b: "y" } })),
			);
			return raw.length + said.length;
		};
		expect(sizeOf(50) - sizeOf(10)).toBeLessThan(5);
	});
});

describe("packed columns", () => {
	const words = makeWords([[{ url: "https://www.example.com/", n: 1 }]]);
	const records = [{ url: "https://www.example.com/a", at: "2026-01-01T00:00:00.000Z", list: [{ a: 1 }, "x"] }];

	it("come back, and are shorter where they are like the samples of the dictionary", () => {
		const packed = packColumns(records, words);
		expect(unpackColumns(packed, words, OBJECTS)).toEqual(records);
		expect(packed.length).toBeLessThan(packColumns(records, new Uint8Array()).length);
	});

	it("that are damaged give an error or other records, and never more than they hold", () => {
		const packed = packColumns(Array.from({ length: 9 }, () => records).flat(), words);
		fc.assert(
			fc.property(fc.nat(packed.length - 1), fc.nat(255), fc.nat(packed.length), (at, byte, end) => {
				const damaged = packed.slice(0, end);
				damaged[at] = byte;
				try {
					unpackColumns(damaged, words, TEXTS);
				} catch (error) {
					expect(error).toBeInstanceOf(Error);
				}
			}),
			{ numRuns: 500 },
		);
	});
});
