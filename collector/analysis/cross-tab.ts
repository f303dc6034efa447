/**
 * Counts by any two dimensions, with the sum of one measure beside them: source × landing page, channel × week,
 * channel mix over time, engaged time by page (one dimension: give the other one label).
 */

import { OTHERS } from "./path.ts";

/** Cells in one table; beyond it {@link addToCrossTab} throws: choose a coarser dimension. */
export const CELLS_MAX = 200_000;

export interface Cell {
	count: number;
	/** Sum of the measure, in its own unit. */
	measure: number;
}

/** Plain data; merged by adding. */
export interface CrossTab {
	/** Row label → column label → cell. */
	rows: Map<string, Map<string, Cell>>;
	cells: number;
}

export function createCrossTab(): CrossTab {
	return { rows: new Map(), cells: 0 };
}

/**
 * Adds one case to its cell, in place.
 *
 * @param measure for example engaged ms; 0 where only counts matter
 * @throws RangeError above {@link CELLS_MAX} cells
 */
export function addToCrossTab(tab: CrossTab, row: string, column: string, measure = 0, count = 1): void {
	let cells = tab.rows.get(row);
	if (!cells) {
		cells = new Map();
		tab.rows.set(row, cells);
	}
	let cell = cells.get(column);
	if (!cell) {
		if (tab.cells >= CELLS_MAX) throw new RangeError(`more than ${CELLS_MAX} cells: choose a coarser dimension`);
		tab.cells++;
		cell = { count: 0, measure: 0 };
		cells.set(column, cell);
	}
	cell.count += count;
	cell.measure += measure;
}

/** Folds `from` into `into` and returns it. Associative and commutative. */
export function mergeCrossTabs(into: CrossTab, from: CrossTab): CrossTab {
	for (const [row, cells] of from.rows)
		for (const [column, { count, measure }] of cells) addToCrossTab(into, row, column, measure, count);
	return into;
}

export interface CrossTabOptions {
	/** Rows and columns shown at most, those with the highest counts; the others are summed as {@link OTHERS}. */
	rowsMax: number;
	columnsMax: number;
	/** Order of what is shown: highest count first, or by name (dates, weekdays). */
	sortRows: "count" | "name";
	sortColumns: "count" | "name";
}

export const DEFAULT_CROSS_TAB_OPTIONS: CrossTabOptions = {
	rowsMax: 100,
	columnsMax: 100,
	sortRows: "count",
	sortColumns: "count",
};

export interface CrossTable {
	columns: string[];
	rows: {
		label: string;
		count: number;
		measure: number;
		/** In the order of `columns`. */
		cells: (Cell & {
			/** Of the row's and of the column's count, in [0, 1]. */
			rowShare: number;
			columnShare: number;
		})[];
	}[];
	/** In the order of `columns`. */
	columnTotals: Cell[];
	total: Cell;
}

/** Same cells, same table, whatever the order they came in; equal counts stand by name. */
export function finishCrossTab(tab: CrossTab, options: Partial<CrossTabOptions> = {}): CrossTable {
	const all = { ...DEFAULT_CROSS_TAB_OPTIONS, ...options };
	const rowTotals = new Map<string, number>();
	const columnCounts = new Map<string, number>();
	for (const [row, cells] of tab.rows)
		for (const [column, { count }] of cells) {
			rowTotals.set(row, (rowTotals.get(row) ?? 0) + count);
			columnCounts.set(column, (columnCounts.get(column) ?? 0) + count);
		}
	const rowNames = chooseLabels(rowTotals, all.rowsMax, all.sortRows);
	const columns = chooseLabels(columnCounts, all.columnsMax, all.sortColumns);
	const rowAt = new Map(rowNames.map((label, i) => [label, i]));
	const columnAt = new Map(columns.map((label, i) => [label, i]));
	const grid = rowNames.map(() => columns.map((): Cell => ({ count: 0, measure: 0 })));
	const columnTotals = columns.map((): Cell => ({ count: 0, measure: 0 }));
	const sums = rowNames.map((): Cell => ({ count: 0, measure: 0 }));
	const total: Cell = { count: 0, measure: 0 };
	for (const [row, cells] of tab.rows)
		for (const [column, { count, measure }] of cells) {
			const r = rowAt.get(row) ?? rowNames.length - 1;
			const c = columnAt.get(column) ?? columns.length - 1;
			for (const cell of [grid[r]?.[c], sums[r], columnTotals[c], total]) {
				if (!cell) continue;
				cell.count += count;
				cell.measure += measure;
			}
		}
	return {
		columns,
		rows: rowNames.map((label, r) => ({
			label,
			...(sums[r] as Cell),
			cells: (grid[r] as Cell[]).map((cell, c) => ({
				...cell,
				rowShare: share(cell.count, (sums[r] as Cell).count),
				columnShare: share(cell.count, (columnTotals[c] as Cell).count),
			})),
		})),
		columnTotals,
		total,
	};
}

function share(part: number, whole: number): number {
	return whole > 0 ? part / whole : 0;
}

function chooseLabels(counts: Map<string, number>, max: number, sort: "count" | "name"): string[] {
	const byName = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
	const ranked = [...counts]
		.sort(([a, countA], [b, countB]) => countB - countA || byName(a, b))
		.map(([label]) => label);
	const shown = ranked.slice(0, max);
	if (sort === "name") shown.sort(byName);
	if (ranked.length > max) shown.push(OTHERS);
	return shown;
}
