/** Rows → byte stream, in each of the three formats. */
import type { Column } from "./columns.ts";
import { type CsvFlavour, writeCsvHeader, writeCsvRows } from "./csv.ts";
import { createParquetFile } from "./parquet.ts";
import { collectRest, parseRows } from "./row.ts";

export const FORMATS = ["ndjson", "csv", "parquet"] as const;
export type Format = (typeof FORMATS)[number];

export const CONTENT_TYPES: { readonly [Name in Format]: string } = {
	ndjson: "application/x-ndjson; charset=utf-8",
	csv: "text/csv; charset=utf-8; header=present",
	parquet: "application/vnd.apache.parquet",
};

export interface FormatOptions {
	format: Format;
	columns: readonly Column[];
	csv: CsvFlavour;
}

/**
 * @param pages UTF-8 NDJSON, whole lines each
 * @returns bytes; a page or a row group is all that is held
 */
export async function* formatPages(
	pages: AsyncIterable<Uint8Array>,
	{ format, columns, csv }: FormatOptions,
): AsyncGenerator<Uint8Array> {
	if (format === "ndjson") {
		for await (const page of pages) if (page.byteLength > 0) yield page;
		return;
	}
	const read = createReader(columns);
	if (format === "csv") {
		const utf8 = new TextEncoder();
		yield utf8.encode(writeCsvHeader(columns, csv));
		for await (const page of pages) {
			if (page.byteLength > 0) yield utf8.encode(writeCsvRows(columns, read(page).rows, csv));
		}
		return;
	}
	const file = createParquetFile(columns);
	for await (const page of pages) {
		const { rows, chars } = read(page);
		const bytes = file.add(rows, chars);
		if (bytes.byteLength > 0) yield bytes;
	}
	yield file.finish();
}

/** A table with a column `rest` (source empty) gathers there what has no column. */
function createReader(columns: readonly Column[]) {
	const decoder = new TextDecoder();
	const names = new Set(columns.map(({ name }) => name));
	const hasRest = columns.some(({ source }) => source === "");
	return (page: Uint8Array) => {
		const text = decoder.decode(page);
		const rows = parseRows(text);
		return { rows: hasRest ? rows.map((row) => collectRest(row, names)) : rows, chars: text.length };
	};
}
