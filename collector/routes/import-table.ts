/** The body of an import as a table: its headers, and its rows as often as they are asked for, one at a time, so that an import holds no more than the text. */
import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { detectEncoding, detectSeparator, ENCODINGS, SEPARATORS } from "../ingest/import/index.ts";
import { type AppContext, Refusal } from "./http.ts";
import { readChoice, refuse } from "./query.ts";

/** UTF-16 units of one row; a quote that is never closed would else swallow the table. */
const ROW_CHARS_MAX = 1024 * 1024;
/** Different members of an NDJSON table. */
const MEMBERS_MAX = 1_000;
/** UTF-16 units handed to the parser at once. */
const SLICE_CHARS = 64 * 1024;

export interface BodyTable {
	headers: string[];
	/** Numbered as a person sees them: the header is row 1. */
	rows(): AsyncGenerator<{ row: number; cells: string[] }>;
	/** Characters of the whole. */
	chars: number;
}

/** @throws Refusal for what is no table, once its rows are read at the latest */
export async function readTable(c: AppContext, bytes: Uint8Array): Promise<BodyTable> {
	const asked = readChoice(c, "encoding", ENCODINGS, "auto");
	const encoding = asked === "auto" ? detectEncoding(bytes, false) : asked;
	let text: string;
	try {
		text = new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
	} catch {
		return refuse("encoding", `The table is not ${encoding} throughout: say its encoding.`);
	}
	const type = c.req.header("content-type") ?? "";
	if (/ndjson|jsonl|json-seq/.test(type)) return readObjects(text);
	if (!/csv|tab-separated|text\/plain/.test(type)) {
		throw new Refusal(400, "bad_parameter", "Send text/csv or application/x-ndjson.", { field: "content-type" });
	}
	return readCsv(text);
}

async function readCsv(text: string): Promise<BodyTable> {
	const delimiter = SEPARATORS[detectSeparator(text)] ?? ",";
	for await (const { cells } of readRecords(text, delimiter)) {
		const headers = cells.map((header) => header.trim());
		const rows = async function* () {
			for await (const record of readRecords(text, delimiter)) if (record.row > 1) yield record;
		};
		return { headers, rows, chars: text.length };
	}
	throw new Refusal(400, "bad_parameter", "The table is empty: it needs a row of headers.");
}

async function* readRecords(text: string, delimiter: string): AsyncGenerator<{ row: number; cells: string[] }> {
	const parser = parse({ delimiter, relax_column_count: true, max_record_size: ROW_CHARS_MAX });
	const source = Readable.from(slicesOf(text));
	source.pipe(parser);
	let row = 0;
	try {
		for await (const cells of parser) yield { row: ++row, cells: cells as string[] };
	} catch (error) {
		// Its message names the line.
		if (error instanceof CsvError) throw new Refusal(400, "bad_parameter", `Not CSV: ${error.message}`);
		throw error;
	} finally {
		source.destroy();
	}
}

function* slicesOf(text: string): Generator<string> {
	for (let at = 0; at < text.length; at += SLICE_CHARS) yield text.slice(at, at + SLICE_CHARS);
}

function readObjects(text: string): BodyTable {
	const names = new Set<string>();
	for (const { value } of eachObject(text)) for (const name in value) names.add(name);
	if (names.size > MEMBERS_MAX) {
		throw new Refusal(400, "bad_parameter", `The rows have more than ${MEMBERS_MAX} different members.`);
	}
	const headers = [...names];
	const rows = async function* () {
		for (const { row, value } of eachObject(text)) yield { row, cells: headers.map((name) => writeCell(value[name])) };
	};
	return { headers, rows, chars: text.length };
}

function* eachObject(text: string): Generator<{ row: number; value: { [name: string]: unknown } }> {
	let row = 0;
	for (let at = 0; at < text.length; ) {
		const found = text.indexOf("\n", at);
		const end = found < 0 ? text.length : found;
		const line = text.slice(at, end);
		at = end + 1;
		row++;
		if (line.trim() !== "") yield { row, value: readObject(line, row) };
	}
}

function readObject(line: string, row: number): { [name: string]: unknown } {
	let value: unknown;
	try {
		value = JSON.parse(line);
	} catch {
		// Told below, as for what is JSON and no object.
	}
	if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as { [name: string]: unknown };
	throw new Refusal(400, "not_json", `Line ${row} is no JSON object.`);
}

function writeCell(value: unknown): string {
	if (value === undefined || value === null) return "";
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}
