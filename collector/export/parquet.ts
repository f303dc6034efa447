/**
 * Parquet: typed columns, times as UTC instants of millisecond precision, nested values as Parquet's
 * JSON type. Row groups are written as they fill, so that memory holds one of them whatever the length
 * of the table; only the footer's few hundred bytes a row group add up.
 */
import { ByteWriter, ParquetWriter, schemaFromColumnData } from "hyparquet-writer";
import type { Column, ColumnType } from "./columns.ts";
import type { Row } from "./row.ts";

/** A row group is closed once it holds this many rows… */
const GROUP_ROWS_MAX = 20_000;
/** …or its rows came as this much text, characters. Journeys are large: one may have 10,000 touchpoints. */
const GROUP_CHARS_MAX = 4 * 1024 * 1024;

type BasicType = "STRING" | "TIMESTAMP" | "INT64" | "DOUBLE" | "BOOLEAN" | "JSON";

const TYPES: { readonly [Type in ColumnType]: BasicType } = {
	text: "STRING",
	time: "TIMESTAMP",
	integer: "INT64",
	number: "DOUBLE",
	boolean: "BOOLEAN",
	json: "JSON",
};

export interface ParquetFile {
	/** @returns bytes to send on; often none */
	add(rows: readonly Row[], chars: number): Uint8Array;
	/** @returns the last bytes; nothing may be added afterwards */
	finish(): Uint8Array;
}

/** Rows before the header is written are kept, so that even an empty table has its columns. */
export function createParquetFile(columns: readonly Column[]): ParquetFile {
	const bytes = new ByteWriter();
	const empty = columns.map(({ name, type }) => ({ name, data: [], type: TYPES[type], nullable: true }));
	const writer = new ParquetWriter({
		writer: bytes,
		schema: schemaFromColumnData({ columnData: empty }),
		createdBy: "strand",
	});
	let group: Row[] = [];
	let chars = 0;
	const take = (): Uint8Array => {
		const taken = bytes.getBytes().slice();
		bytes.index = 0;
		return taken;
	};
	const close = () => {
		if (group.length === 0) return;
		const rows = group;
		const columnData = columns.map(({ name, type }) => ({
			name,
			data: rows.map((row) => readValue(row[name], type)),
			type: TYPES[type],
			nullable: true,
		}));
		writer.write({ columnData, rowGroupSize: rows.length });
		[group, chars] = [[], 0];
	};
	return {
		add(rows, rowChars) {
			group = group.concat(rows);
			chars += rowChars;
			if (group.length >= GROUP_ROWS_MAX || chars >= GROUP_CHARS_MAX) close();
			return take();
		},
		finish() {
			close();
			writer.finish();
			return take();
		},
	};
}

/** What does not fit the column's type is left out: one odd value must not cost the file. */
function readValue(value: unknown, type: ColumnType): unknown {
	if (value === undefined || value === null) return undefined;
	switch (type) {
		case "text":
			return typeof value === "string" ? value : JSON.stringify(value);
		case "time": {
			const ms = Date.parse(String(value));
			return Number.isNaN(ms) ? undefined : new Date(ms);
		}
		case "integer":
			return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
		case "number":
			return typeof value === "number" ? value : undefined;
		case "boolean":
			return typeof value === "boolean" ? value : undefined;
		case "json":
			return value;
	}
}
