/**
 * CSV by RFC 4180: commas, CRLF, quotes doubled, a header row. Absent values are empty cells. The
 * `excel` flavour adds a byte order mark, defuses text that a spreadsheet would run as a formula, and writes
 * times as a spreadsheet reads them; numbers stay numbers.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
import type { Column } from "./columns.ts";
import type { Row } from "./row.ts";

export type CsvFlavour = "plain" | "excel";

const NEEDS_QUOTES = /[",\r\n]/;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}/;
/** What a spreadsheet takes for a formula at the start of a cell; control characters may hide one. */
const STARTS_FORMULA = /^[=+\-@\p{Cc}]/u;

export function writeCsvHeader(columns: readonly Pick<Column, "name">[], flavour: CsvFlavour): string {
	const mark = flavour === "excel" ? "\uFEFF" : "";
	return `${mark}${columns.map(({ name }) => quote(name)).join(",")}\r\n`;
}

/** @param rows times already written as text; of columns without a type none is a time */
export function writeCsvRows(
	columns: readonly (Pick<Column, "name"> & Partial<Pick<Column, "type">>)[],
	rows: Iterable<Row>,
	flavour: CsvFlavour,
): string {
	let text = "";
	const isPlain = flavour === "excel";
	for (const row of rows) {
		const cells = columns.map(({ name, type }) => {
			const value = row[name];
			return writeCell(isPlain && type === "time" ? writePlainTime(value) : value, flavour);
		});
		text += `${cells.join(",")}\r\n`;
	}
	return text;
}

/** `2026-03-01T20:00:00.000+08:00` → `2026-03-01 20:00:00.000`: as a clock there showed it. */
function writePlainTime(value: unknown): unknown {
	return typeof value === "string" && ISO_TIME.test(value) ? `${value.slice(0, 10)} ${value.slice(11, 23)}` : value;
}

export function writeCell(value: unknown, flavour: CsvFlavour): string {
	if (value === undefined || value === null) return "";
	if (typeof value === "number" || typeof value === "boolean") return String(value);
	const text = typeof value === "string" ? value : JSON.stringify(value);
	return quote(flavour === "excel" && STARTS_FORMULA.test(text) ? `'${text}` : text);
}

function quote(text: string): string {
	// An empty text is told from an absent value by its quotes.
	return text === "" || NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
