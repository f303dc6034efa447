import { describe, expect, it } from "vitest";
import {
	createRowReader,
	detectEncoding,
	detectSeparator,
	parseImportMap,
} from "../../collector/ingest/import/index.ts";
import { createTimeReader } from "../../collector/ingest/import/local-time.ts";

function mapOf(json: unknown) {
	const parsed = parseImportMap(json);
	if (!parsed.ok) throw new Error(parsed.message);
	return parsed.map;
}

describe("times of tables", () => {
	it.each([
		["2026-03-01 08:30:00", "Asia/Shanghai", "2026-03-01T00:30:00.000Z"],
		["2026年3月1日 8时30分", "Asia/Shanghai", "2026-03-01T00:30:00.000Z"],
		["2026/3/1", "Asia/Shanghai", "2026-02-28T16:00:00.000Z"],
		["2026-03-01T08:30:00+09:00", "Asia/Shanghai", "2026-02-28T23:30:00.000Z"],
		["2026-07-01 2:15 PM", "America/New_York", "2026-07-01T18:15:00.000Z"],
		// Clocks were put back at 2:00: of the two 1:30, the earlier.
		["2026-11-01 01:30", "America/New_York", "2026-11-01T05:30:00.000Z"],
	])("reads %s in %s", (text, zone, expected) => {
		const read = createTimeReader(zone, undefined)(text);
		expect(read.ok && new Date(read.ms).toISOString()).toBe(expected);
	});

	it.each(["2026-02-30 10:00", "2026-03-01 25:00", "1/2/2026", "soon"])("refuses %s", (text) => {
		expect(createTimeReader("UTC", undefined)(text).ok).toBe(false);
	});
});

describe("rows of tables", () => {
	const map = mapOf({ template: "orders", timeZone: "UTC", currency: "CNY" });
	const reader = createRowReader(["手机号", "付款时间", "订单号", "实付金额"], map, () => true);

	it("give the same id when they say the same order, whatever else changed", () => {
		const [first, second] = ["19.99", "25"].map((sum) => reader.read(["13812345678", "2026-01-01", "A1", sum], 2));
		expect(first?.ok && second?.ok && first.event.messageId === second.event.messageId).toBe(true);
	});

	it.each([
		["19.99", 1999],
		["¥1,234.5", 123_450],
		["-3", -300],
	])("read %s as money without rounding it away", (text, amount) => {
		const read = reader.read(["13812345678", "2026-01-01", "A1", text], 2);
		expect(read?.ok && read.event.value).toEqual({ amount, currency: "CNY", kind: "revenue" });
	});

	it("are refused where a spreadsheet has cut the number", () => {
		const read = reader.read(["1.38123E+10", "2026-01-01", "A1", "1"], 7);
		expect(read).toMatchObject({ ok: false, faults: [{ row: 7, column: "手机号" }] });
	});

	it("need a customer and a time among the headers", () => {
		expect(() => createRowReader(["付款时间"], map, () => true)).toThrow("no column names a customer");
		expect(() => createRowReader(["手机号"], map, () => true)).toThrow("time");
		expect(() => createRowReader(["手机号", "手机", "付款时间"], map, () => true)).toThrow("two columns fill phone");
	});
});

describe("text files", () => {
	it("are told apart by their bytes and their first line", () => {
		expect(detectEncoding(new TextEncoder().encode("客户"), false)).toBe("utf-8");
		expect(detectEncoding(Uint8Array.of(0xbf, 0xcd, 0xbb, 0xa7), false)).toBe("gb18030");
		expect(detectEncoding(Uint8Array.of(0xff, 0xfe, 0x61, 0), false)).toBe("utf-16le");
		expect(detectSeparator('"a;b;c",d,e\n1;2')).toBe("comma");
		expect(detectSeparator("a\tb\tc")).toBe("tab");
	});
});
