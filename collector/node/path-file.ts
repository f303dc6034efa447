/**
 * Reads counted paths from CSV: columns `path`, `total_conversions` and, where there are such,
 * `total_conversion_value` and `total_null`, in any order beside any others; ` > ` stands between steps.
 * One row of memory per distinct path, however many rows the file has.
 */
import type { Readable } from "node:stream";
import Papa from "papaparse";
import { addCountedPath, type PathCounts } from "../analysis/path-counts.ts";

const COLUMNS = ["path", "total_conversions", "total_conversion_value", "total_null"] as const;
const REQUIRED_COLUMN_COUNT = 2;

interface PathSums {
	conversions: number;
	value: number;
	nulls: number;
	/** Where the path stands first. */
	row: number;
}

/**
 * Adds every row of `input` to `counts`.
 *
 * @param input UTF-8, with or without a byte order mark
 * @returns rows read, the header not counted
 * @throws Error that names the row (the header is row 1) and the column of the first fault
 */
export async function readPaths(input: Readable, counts: PathCounts): Promise<number> {
	const sums = new Map<string, PathSums>();
	let places: number[] | null = null;
	let row = 0;
	const take = (cells: string[]) => {
		row++;
		if (!places) {
			places = findColumns(cells);
			return;
		}
		if (cells.length === 1 && cells[0]?.trim() === "") return;
		const path = (cells[places[0] as number] ?? "").trim();
		const known = sums.get(path) ?? { conversions: 0, value: 0, nulls: 0, row };
		sums.set(path, known);
		const read = (i: number) => {
			const place = places?.[i] as number;
			return place < 0 ? 0 : numberOf(cells[place], row, COLUMNS[i] as string);
		};
		const [conversions, value, nulls] = [read(1), read(2), read(3)];
		if (conversions === 0 && value !== 0)
			throw new Error(`row ${row}: total_conversion_value without total_conversions`);
		known.conversions += conversions;
		known.value += value;
		known.nulls += nulls;
	};
	// Papa Parse decodes chunk by chunk and would break characters that two chunks share.
	input.setEncoding("utf8");
	await parse(input, take, () => row + 1);
	if (!places) throw new Error("the file is empty: expected a header with path and total_conversions");
	for (const [path, { row: firstRow, ...totals }] of sums) {
		const labels = path.split(">").map((label) => label.trim());
		if (labels.includes(""))
			throw new Error(`row ${firstRow}, path: ${path === "" ? "it is empty" : "a step is empty"}`);
		addCountedPath(counts, { labels, ...totals });
	}
	return row - 1;
}

function findColumns(header: string[]): number[] {
	const names = header.map((cell) =>
		cell
			.replace(/^\uFEFF/, "")
			.trim()
			.toLowerCase(),
	);
	return COLUMNS.map((column, i) => {
		const place = names.indexOf(column);
		if (place < 0 && i < REQUIRED_COLUMN_COUNT) throw new Error(`row 1: there is no column "${column}"`);
		return place;
	});
}

function numberOf(cell: string | undefined, row: number, column: string): number {
	const number = cell === undefined || cell.trim() === "" ? Number.NaN : Number(cell);
	if (Number.isFinite(number) && (number >= 0 || column === "total_conversion_value")) return number;
	const wanted = column === "total_conversion_value" ? "a number" : "a number of at least 0";
	throw new Error(`row ${row}, ${column}: "${cell ?? ""}" is not ${wanted}`);
}

/**
 * Papa Parse loses what a callback throws inside a stream's event, and `abort` calls `complete` at once: the first
 * fault is carried out by hand.
 */
function parse(input: Readable, take: (cells: string[]) => void, nextRow: () => number): Promise<void> {
	return new Promise((resolve, reject) => {
		let fault: Error | null = null;
		Papa.parse<string[]>(input, {
			chunk: (chunk, parser) => {
				try {
					for (const cells of chunk.data) take(cells);
					const quotes = chunk.errors.find((error) => error.type === "Quotes");
					if (quotes) throw new Error(`row ${nextRow()}: ${quotes.message}`);
				} catch (error) {
					fault = error as Error;
					parser.abort();
				}
			},
			complete: () => (fault ? reject(fault) : resolve()),
			error: reject,
		});
	});
}
