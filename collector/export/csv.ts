/**
 * CSV by RFC 4180: commas, CRLF, quotes doubled, a header row. Absent values are empty cells. The
 * `excel` flavour adds a byte order mark and defuses text that a spreadsheet would run as a formula;
 * numbers stay numbers.
 *
 * @see https://www.rfc-editor.org/rfc/rfc4180
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
import type { Column } from "./columns.ts";
import type { Row } from "./row.ts";

export type CsvFlavour = "plain" | "excel";

const NEEDS_QUOTES = /[",\r\n]/;
/** What a spreadsheet takes for a formula at the start of a cell; control characters may hide one. */
const STARTS_FORMULA = /^[=+\-@\p{Cc}]/u;

export function writeCsvHeader(columns: readonly Pick<Column, "name">[], flavour: CsvFlavour): string {
	const mark = flavour === "excel" ? "\uFEFF" : "";
	return `${mark}${columns.map(({ name }) => quote(name)).join(",")}\r\n`;
}

/** @param rows times already written as text */
export function writeCsvRows(
	columns: readonly Pick<Column, "name">[],
	rows: Iterable<Row>,
	flavour: CsvFlavour,
): string {
	let text = "";
	for (const row of rows) text += `${columns.map(({ name }) => writeCell(row[name], flavour)).join(",")}\r\n`;
	return text;
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
