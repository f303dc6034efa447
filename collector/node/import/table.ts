/** A table in a file, whatever its format: headers, then rows one by one. */

/** Row numbers are those that a person sees: the header is row 1. */
export interface TableRow {
	row: number;
	/** In the order of the headers; empty where a cell is. */
	cells: string[];
}

export interface Table {
	headers: string[];
	rows: AsyncIterable<TableRow>;
	/** What had to be found out, for the user to check: encoding, separator, sheet. */
	notes: string[];
}

/** A fault of the file itself, in words for its owner. */
export class TableFault extends Error {}
