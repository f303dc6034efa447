import type { ComponentChildren } from "preact";

/** One column: what is shown, and the plain value that a CSV file gets. */
export interface Column<Row> {
	label: string;
	value(row: Row): string | number | null;
	/** In place of the value. */
	show?(row: Row): ComponentChildren;
	isNumber?: boolean;
}

interface TableProps<Row> {
	caption: string;
	columns: readonly Column<Row>[];
	rows: readonly Row[];
}

/** Scrolls sideways by itself, so that the page never does. */
export function Table<Row>({ caption, columns, rows }: TableProps<Row>) {
	return (
		// biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
		<section class="scroll" tabIndex={0} aria-label={caption}>
			<table>
				<caption class="unseen">{caption}</caption>
				<thead>
					<tr>
						{columns.map(({ label, isNumber }) => (
							<th key={label} scope="col" class={isNumber ? "number" : ""}>
								{label}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{rows.map((row, index) => (
						<tr key={index}>
							{columns.map((column) => (
								<td key={column.label} class={column.isNumber ? "number" : ""}>
									{column.show ? column.show(row) : column.value(row)}
								</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
		</section>
	);
}

/** RFC 4180. Text that a spreadsheet would run as a formula gets an apostrophe; numbers never do. */
export function writeCsv<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
	const cell = (value: string | number | null): string => {
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
