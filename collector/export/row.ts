/** A row on its way out: values by column name, absent ones left out; times as ISO 8601 text. */
export type Row = { readonly [column: string]: unknown };

/** @param text whole lines of NDJSON; empty: no rows */
export function parseRows(text: string): Row[] {
	if (text === "") return [];
	// One parse of one array is faster than one a line.
	return JSON.parse(`[${text.trimEnd().replaceAll("\n", ",")}]`) as Row[];
}

/**
 * `rest` of an event: every field that has no column of its own.
 *
 * @param names columns that the table has
 */
export function collectRest(row: Row, names: ReadonlySet<string>): Row {
	const rest = Object.fromEntries(Object.entries(row).filter(([name]) => !names.has(name)));
	return Object.keys(rest).length === 0 ? row : { ...row, rest };
}
