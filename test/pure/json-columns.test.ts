/** Records stored by column come back as they were. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readColumns, writeColumns } from "../../collector/store/json-columns.ts";

const key = fc.oneof(fc.constantFrom("a", "b", "c", "url", "__proto__", "constructor", "1", "0", ""), fc.string());
const leaf = fc.oneof(fc.constantFrom(null, 0, -1, 1, true, false, "", "x", [], {}, [null], [-1, 1]), fc.jsonValue());
const { record } = fc.letrec<{ value: unknown; record: object }>((tie) => ({
	value: fc.oneof({ depthSize: "small" }, leaf, tie("record")),
	record: fc.dictionary(key, tie("value"), { maxKeys: 3 }),
}));

describe("JSON by columns", () => {
	it("gives back every record as it was, in the order of its keys", () => {
		fc.assert(
			fc.property(fc.array(record, { maxLength: 12 }), (records) => {
				// As it comes off the wire: keys like "__proto__" are ordinary ones there.
				const text = JSON.stringify(records);
				expect(JSON.stringify(readColumns(writeColumns(JSON.parse(text) as object[])))).toBe(text);
			}),
			{ numRuns: 200 },
		);
	});

	it("shares no part between two records, so that a change of one stays its own", () => {
		const [a, b] = readColumns(writeColumns([{ x: { y: [1] } }, { x: { y: [1] } }])) as { x: { y: number[] } }[];
		a?.x.y.push(2);
		expect(b).toEqual({ x: { y: [1] } });
	});

	it("leaves out what is undefined, as JSON does", () => {
		expect(readColumns(writeColumns([{ a: undefined, b: 1 }, { a: 1 }]))).toEqual([{ b: 1 }, { a: 1 }]);
	});

	it("says once what is the same in every record", () => {
		const sizeOf = (count: number) =>
			writeColumns(Array.from({ length: count }, () => ({ page: "x".repeat(99) }))).length;
		expect(sizeOf(50) - sizeOf(10)).toBeLessThan(5);
	});
});
