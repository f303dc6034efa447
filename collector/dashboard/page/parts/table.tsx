import { useState } from "preact/hooks";
import { useFormat } from "../format.ts";
import { changeParams, useAddress } from "../state/address.ts";
import { useWords } from "../words/index.ts";
import { type Column, type Order, readOrder, sortRows, type Value, writeOrder } from "./rows.ts";

interface TableProps<Row> {
	caption: string;
	/** Of the view's tables; its order stands in the address under it. */
	name: string;
	columns: readonly Column<Row>[];
	rows: readonly Row[];
}

/** Rows shown until all are asked for: more would make the page slow. */
const ROWS_SHOWN = 500;

/** Scrolls sideways by itself, so that the page never does; a click on a column's head sorts by it. */
export function Table<Row>({ caption, name, columns, rows }: TableProps<Row>) {
	const words = useWords();
	const format = useFormat();
	const order = readOrder(useAddress().params[orderParam(name)] ?? "");
	const sortBy = (next: Order) => changeParams({ [orderParam(name)]: writeOrder(next) });
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
							{columns.map(({ label, isNumber, isPlain }, column) => {
								const isSorted = order.column === column;
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
												onClick={() => sortBy({ column, isDown: isSorted ? !order.isDown : isNumber === true })}
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
									<td key={column.label} class={column.isNumber ? "number" : column.isPlain ? "plain" : ""}>
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

/** Parameter of the address that a table's order stands in. */
export function orderParam(name: string): string {
	return `order-${name}`;
}

function writeValue(value: Value, write: (value: number) => string): string | null {
	return typeof value === "number" && Number.isInteger(value) ? write(value) : value === null ? null : String(value);
}
