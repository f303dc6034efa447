/** Columns of a table, and what becomes of its rows: sorted, or a CSV file. */
import type { ComponentChildren } from "preact";

export type Value = string | number | null;

/** One column: what is shown, and the plain value that a CSV file gets and rows are sorted by. */
export interface Column<Row> {
	label: string;
	value(row: Row): Value;
	/** In place of the value. */
	show?(row: Row): ComponentChildren;
	isNumber?: boolean;
	/** Holds buttons or a drawing: no order. */
	isPlain?: boolean;
}

/** Which column a table is sorted by, and which way. */
export interface Order {
	/** Place of the column, from 0; -1: none, rows stay as given. */
	column: number;
	isDown: boolean;
}

/** As an address has it: `2-down`. Labels would change with the language. */
export function readOrder(text: string): Order {
	const [, place = "-1", way = "down"] = /^(\d{1,3})-(up|down)$/.exec(text) ?? [];
	return { column: Number(place), isDown: way === "down" };
}

export function writeOrder({ column, isDown }: Order): string {
	return `${column}-${isDown ? "down" : "up"}`;
}

/** As given until a column is chosen; what is blank comes last either way. */
export function sortRows<Row>(
	rows: readonly Row[],
	columns: readonly Column<Row>[],
	{ column: place, isDown }: Order,
): readonly Row[] {
	const column = columns[place];
	if (column === undefined) return rows;
	const sign = isDown ? -1 : 1;
	return [...rows].sort((x, y) => {
		const [a, b] = [column.value(x), column.value(y)];
		if (a === b) return 0;
		if (a === null || a === "") return 1;
		if (b === null || b === "") return -1;
		const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
		return order * sign;
	});
}

/** RFC 4180. Text that a spreadsheet would run as a formula gets an apostrophe; numbers never do. */
export function writeCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
	const cell = (value: Value): string => {
		if (value === null || typeof value === "number") return String(value ?? "");
		const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
		return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
	};
	const lines = [
		columns.map(({ label }) => cell(label)),
		...rows.map((row) => columns.map(({ value }) => cell(value(row)))),
	];
	return lines.map((cells) => `${cells.join(",")}\r\n`).join("");
}
