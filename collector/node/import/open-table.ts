/** Opens a file by its name's ending. */
import { extname } from "node:path";
import type { Encoding } from "../../ingest/import/index.ts";
import { openCsv } from "./read-csv.ts";
import { openNdjson } from "./read-ndjson.ts";
import { openXlsx } from "./read-xlsx.ts";
import { type Table, TableFault } from "./table.ts";

export interface OpenOptions {
	encoding: Encoding | "auto";
	sheet: string | undefined;
}

export async function openTable(file: string, { encoding, sheet }: OpenOptions): Promise<Table> {
	switch (extname(file).toLowerCase()) {
		case ".csv":
		case ".tsv":
		case ".txt":
			return openCsv(file, encoding);
		case ".xlsx":
			return openXlsx(file, sheet);
		case ".ndjson":
		case ".jsonl":
			return openNdjson(file, encoding);
		default:
			throw new TableFault(`${file}: a .csv, .tsv, .txt, .xlsx, .ndjson or .jsonl file is expected`);
	}
}
