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
	/** In the order of {@link COLUMNS} after the first. */
	sums: [conversions: number, value: number, nulls: number];
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
		const known = sums.get(path) ?? { sums: [0, 0, 0], row };
		sums.set(path, known);
		for (let i = 0; i < known.sums.length; i++) {
			const place = places[i + 1] as number;
			if (place < 0) continue;
			known.sums[i] = (known.sums[i] as number) + numberOf(cells[place], row, COLUMNS[i + 1] as string);
		}
		if (
			known.sums[0] === 0 &&
			known.sums[1] !== 0 &&
			(places[1] as number) >= 0 &&
			Number(cells[places[1] as number]) === 0
		)
			throw new Error(`row ${row}: total_conversion_value without total_conversions`);
	};
	await parse(input, take, () => row + 1);
	if (!places) throw new Error("the file is empty: expected a header with path and total_conversions");
	for (const [path, { sums: totals, row: firstRow }] of sums) {
		const labels = path.split(">").map((label) => label.trim());
		if (labels.includes(""))
			throw new Error(`row ${firstRow}, path: ${path === "" ? "it is empty" : "a step is empty"}`);
		addCountedPath(counts, { labels, conversions: totals[0], value: totals[1], nulls: totals[2] });
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

/** Papa Parse keeps going when a callback throws inside a stream's event: the first fault is carried out by hand. */
function parse(input: Readable, take: (cells: string[]) => void, nextRow: () => number): Promise<void> {
	return new Promise((resolve, reject) => {
		let fault: unknown = null;
		Papa.parse<string[]>(input, {
			chunk: (chunk, parser) => {
				if (fault) return;
				try {
					for (const cells of chunk.data) take(cells);
					const quotes = chunk.errors.find((error) => error.type === "Quotes");
					if (quotes) throw new Error(`row ${nextRow()}: ${quotes.message}`);
				} catch (error) {
					fault = error;
					parser.abort();
					reject(error);
				}
			},
			complete: () => resolve(),
			error: reject,
		});
	});
}
