/** CSV, in any of its separators, read row by row. */
import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { detectSeparator, type Encoding, SEPARATORS } from "../../ingest/import/index.ts";
import { decodeFile, probeEncoding } from "./decode.ts";
import { type Table, TableFault, type TableRow } from "./table.ts";

/** UTF-16 units of one row; a quote that is never closed would else swallow the file. */
const ROW_CHARS_MAX = 1024 * 1024;

/** @throws TableFault with the line, where the file breaks the rules of CSV */
export async function openCsv(file: string, encoding: Encoding | "auto"): Promise<Table> {
	const used = encoding === "auto" ? await probeEncoding(file) : encoding;
	const separator = detectSeparator(await readHead(decodeFile(file, used)));
	const rows = readRecords(decodeFile(file, used), SEPARATORS[separator] ?? ",");
	const first = await rows.next();
	if (first.done) throw new TableFault("the file is empty: expected a row of headers");
	return {
		headers: first.value.cells.map((header) => header.trim()),
		rows,
		notes: [`encoding ${used}`, `separator ${separator}`],
	};
}

/** The first line, and perhaps more. */
async function readHead(text: AsyncGenerator<string>): Promise<string> {
	let head = "";
	for await (const chunk of text) {
		head += chunk;
		if (head.includes("\n") || head.length > ROW_CHARS_MAX) break;
	}
	return head;
}

async function* readRecords(text: AsyncGenerator<string>, delimiter: string): AsyncGenerator<TableRow> {
	const parser = parse({ delimiter, relax_column_count: true, max_record_size: ROW_CHARS_MAX });
	const source = Readable.from(text);
	source.on("error", (error) => parser.destroy(error));
	source.pipe(parser);
	let row = 0;
	try {
		for await (const cells of parser) yield { row: ++row, cells: cells as string[] };
	} catch (error) {
		if (!(error instanceof CsvError)) throw error;
		// Its message names the line.
		throw new TableFault(`not CSV: ${error.message}`);
	} finally {
		source.destroy();
	}
}
