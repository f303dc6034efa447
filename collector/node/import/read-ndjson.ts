/** NDJSON, one object a row; its members are the columns. */
import type { Encoding } from "../../ingest/import/index.ts";
import { decodeFile } from "./decode.ts";
import { type Table, TableFault, type TableRow } from "./table.ts";

/** UTF-16 units of one line. */
const LINE_CHARS_MAX = 1024 * 1024;

/** Different members in one file. */
const MEMBERS_MAX = 1_000;

/**
 * Reads the file once for the names of its members, since no row need have all.
 *
 * @throws TableFault on a line that is no JSON object, naming it (lines count from 1)
 */
export async function openNdjson(file: string, encoding: Encoding | "auto"): Promise<Table> {
	const used = encoding === "auto" ? "utf-8" : encoding;
	const names = new Set<string>();
	for await (const { value } of readObjects(decodeFile(file, used))) for (const name in value) names.add(name);
	if (names.size > MEMBERS_MAX) throw new TableFault(`the rows have more than ${MEMBERS_MAX} different members`);
	const headers = [...names];
	return { headers, rows: readCells(file, used, headers), notes: [`encoding ${used}`] };
}

async function* readCells(file: string, encoding: Encoding, headers: readonly string[]): AsyncGenerator<TableRow> {
	for await (const { row, value } of readObjects(decodeFile(file, encoding))) {
		yield { row, cells: headers.map((name) => writeCell(value[name])) };
	}
}

type ObjectRow = { row: number; value: { [name: string]: unknown } };

async function* readObjects(text: AsyncGenerator<string>): AsyncGenerator<ObjectRow> {
	let row = 0;
	for await (const line of readLines(text)) {
		row++;
		if (line.trim() === "") continue;
		let value: unknown;
		try {
			value = JSON.parse(line);
		} catch {
			throw new TableFault(`row ${row}: not JSON`);
		}
		if (typeof value !== "object" || value === null || Array.isArray(value)) {
			throw new TableFault(`row ${row}: not an object`);
		}
		yield { row, value: value as ObjectRow["value"] };
	}
}

function writeCell(value: unknown): string {
	if (value === undefined || value === null) return "";
	return typeof value === "object" ? JSON.stringify(value) : String(value);
}

async function* readLines(text: AsyncGenerator<string>): AsyncGenerator<string> {
	let rest = "";
	for await (const chunk of text) {
		const lines = (rest + chunk).split("\n");
		rest = lines.pop() ?? "";
		if (rest.length > LINE_CHARS_MAX) throw new TableFault(`a line has more than ${LINE_CHARS_MAX} characters`);
		yield* lines;
	}
	if (rest !== "") yield rest;
}
