/**
 * Rows of an analysis as a flat table: members of objects and places of lists become columns of their
 * own (`interval.low` → `intervalLow`, `hours[3]` → `hours3`), lists of names one text with ` > ` between.
 */

export interface FlatRows {
	/** Columns in the order in which they first occur. */
	names: string[];
	rows: { [column: string]: unknown }[];
}

export function flattenRows(rows: readonly object[]): FlatRows {
	const names = new Set<string>();
	const flat = rows.map((row) => {
		const cells: { [column: string]: unknown } = {};
		for (const [name, value] of Object.entries(row)) flatten(cells, name, value);
		for (const name of Object.keys(cells)) names.add(name);
		return cells;
	});
	return { names: [...names], rows: flat };
}

function flatten(cells: { [column: string]: unknown }, name: string, value: unknown): void {
	if (Array.isArray(value)) {
		if (value.every((one) => typeof one === "string")) cells[name] = value.join(" > ");
		else for (const [index, one] of value.entries()) flatten(cells, `${name}${index}`, one);
	} else if (typeof value === "object" && value !== null) {
		for (const [inner, one] of Object.entries(value)) {
			flatten(cells, `${name}${inner.charAt(0).toUpperCase()}${inner.slice(1)}`, one);
		}
	} else cells[name] = value;
}
