/** The export room's door: columns, and rows → NDJSON, CSV, Parquet. */

export {
	CHANGE_COLUMNS,
	type Column,
	type ColumnType,
	TABLE_NAMES,
	TABLES,
	type Table,
	type TableName,
} from "./columns.ts";
export { type CsvFlavour, writeCell, writeCsvHeader, writeCsvRows } from "./csv.ts";
export { eventRow } from "./event-row.ts";
export { CONTENT_TYPES, FORMATS, type Format, type FormatOptions, formatPages } from "./format.ts";
export type { Row } from "./row.ts";
export { createRowReader, createRowWriter, createTimeWriter, type RowColumn, type TimeStyle } from "./row-writer.ts";
