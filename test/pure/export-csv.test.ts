import { describe, expect, it } from "vitest";
import { formatPages, TABLES, writeCell, writeCsvHeader, writeCsvRows } from "../../collector/export/index.ts";

describe("CSV", () => {
	it.each([
		["a,b", '"a,b"'],
		['say "x"', '"say ""x"""'],
		["two\nlines", '"two\nlines"'],
		["", '""'],
		[undefined, ""],
		[null, ""],
		[-5, "-5"],
		[{ a: [1] }, '"{""a"":[1]}"'],
	])("writes %j by RFC 4180", (value, cell) => {
		expect(writeCell(value, "plain")).toBe(cell);
	});

	it.each(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])("defuses %j for Excel only", (text) => {
		expect(writeCell(text, "excel").replace(/^"/, "").startsWith("'")).toBe(true);
		expect(writeCell(text, "plain").replace(/^"/, "").startsWith("'")).toBe(false);
	});

	it("leaves numbers alone, also below zero", () => {
		expect(writeCell(-12.5, "excel")).toBe("-12.5");
	});

	it("puts cells under their headers, whatever order a row has", () => {
		const columns = [{ name: "a" }, { name: "b" }];
		expect(writeCsvHeader(columns, "plain") + writeCsvRows(columns, [{ b: 2, a: 1 }, { b: 3 }], "plain")).toBe(
			"a,b\r\n1,2\r\n,3\r\n",
		);
	});

	it("gathers what an event has no column for", async () => {
		const page = new TextEncoder().encode('{"messageId":"m","type":"page","colour":"red"}\n');
		const chunks: Uint8Array[] = [];
		async function* pages() {
			yield page;
		}
		for await (const chunk of formatPages(pages(), { format: "csv", columns: TABLES.events.columns, csv: "plain" }))
			chunks.push(chunk);
		expect(Buffer.concat(chunks).toString("utf8")).toContain('"{""colour"":""red""}"');
	});
});
