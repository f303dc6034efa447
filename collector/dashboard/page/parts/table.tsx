import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { useFormat } from "../format.ts";
import { useWords } from "../words/index.ts";

type Value = string | number | null;

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

interface TableProps<Row> {
	caption: string;
	columns: readonly Column<Row>[];
	rows: readonly Row[];
}

/** Rows shown until all are asked for: more would make the page slow. */
const ROWS_SHOWN = 500;

/** Scrolls sideways by itself, so that the page never does; a click on a column's head sorts by it. */
export function Table<Row>({ caption, columns, rows }: TableProps<Row>) {
	const words = useWords();
	const format = useFormat();
	const [order, setOrder] = useState({ column: "", isDown: true });
	const [isWhole, setWhole] = useState(false);
	const sorted = sortRows(rows, columns, order);
	const shown = isWhole ? sorted : sorted.slice(0, ROWS_SHOWN);
	return (
		<>
			{/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
			<section class="scroll" tabIndex={0} aria-label={caption}>
				<table>
					<caption class="unseen">{caption}</caption>
					<thead>
						<tr>
							{columns.map(({ label, isNumber, isPlain }) => {
								const isSorted = order.column === label;
								const direction = order.isDown ? "descending" : "ascending";
								return (
									<th
										key={label}
										scope="col"
										class={isNumber ? "number" : ""}
										{...(isSorted ? { "aria-sort": direction } : {})}
									>
										{isPlain ? (
											label
										) : (
											<button
												type="button"
												class="sort"
												onClick={() =>
													setOrder({ column: label, isDown: isSorted ? !order.isDown : isNumber === true })
												}
											>
												{label}
											</button>
										)}
									</th>
								);
							})}
						</tr>
					</thead>
					<tbody>
						{shown.map((row, index) => (
							<tr key={index}>
								{columns.map((column) => (
									<td key={column.label} class={column.isNumber ? "number" : ""}>
										{column.show ? column.show(row) : writeValue(column.value(row), format.number)}
									</td>
								))}
							</tr>
						))}
					</tbody>
				</table>
			</section>
			{shown.length < rows.length && (
				<button type="button" class="quiet" onClick={() => setWhole(true)}>
					{words.common.showAll(format.number(rows.length))}
				</button>
			)}
		</>
	);
}

function writeValue(value: Value, write: (value: number) => string): string | null {
	return typeof value === "number" && Number.isInteger(value) ? write(value) : value === null ? null : String(value);
}

/** As given until a column is chosen; what is blank comes last either way. */
export function sortRows<Row>(
	rows: readonly Row[],
	columns: readonly Column<Row>[],
	{ column: label, isDown }: { column: string; isDown: boolean },
): readonly Row[] {
	const column = columns.find((one) => one.label === label);
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
