/**
 * Distinct paths in columns and in one canonical order, so that every model is a plain loop and no result
 * depends on the order in which journeys were counted.
 */
import type { PathCounts } from "./path-counts.ts";

/** Outcomes by path; a bootstrap replaces these and nothing else. */
export interface Outcomes {
	conversions: Float64Array;
	/** Minor units. */
	value: Float64Array;
	nulls: Float64Array;
}

export interface PathTable extends Outcomes {
	/** Ascending by code unit; steps name labels by their place here. */
	labels: string[];
	/** Path p's steps are `steps[offsets[p]]` up to, not including, `steps[offsets[p + 1]]`; never empty. */
	offsets: Uint32Array;
	steps: Uint16Array;
	valueSquares: Float64Array;
	durationMs: Float64Array;
	/** As in the accumulator: see `PathRecord.positions`. */
	positions: (readonly number[] | null)[];
	halfLifeMs: number;
	directLabels: readonly string[];
}

/** @returns the counted paths, sorted; an empty accumulator gives a table without paths */
export function tabulatePaths(counts: PathCounts): PathTable {
	const labels = [...counts.labels.keys()].sort();
	const rank = new Map(labels.map((label, i) => [label, i]));
	const renumber = [...counts.labels.keys()].map((label) => rank.get(label) as number);
	const rows = [...counts.paths].map(([key, record]) => {
		let sorted = "";
		for (let i = 0; i < key.length; i++) sorted += String.fromCharCode(renumber[key.charCodeAt(i)] as number);
		return { key: sorted, record };
	});
	rows.sort((a, b) => (a.key < b.key ? -1 : 1));
	const offsets = new Uint32Array(rows.length + 1);
	rows.forEach(({ key }, p) => {
		offsets[p + 1] = (offsets[p] as number) + key.length;
	});
	const steps = new Uint16Array(offsets[rows.length] as number);
	rows.forEach(({ key }, p) => {
		for (let i = 0; i < key.length; i++) steps[(offsets[p] as number) + i] = key.charCodeAt(i);
	});
	return {
		labels,
		offsets,
		steps,
		conversions: Float64Array.from(rows, ({ record }) => record.conversions),
		value: Float64Array.from(rows, ({ record }) => record.value),
		valueSquares: Float64Array.from(rows, ({ record }) => record.valueSquares),
		nulls: Float64Array.from(rows, ({ record }) => record.nulls),
		durationMs: Float64Array.from(rows, ({ record }) => record.durationMs),
		positions: rows.map(({ record }) => record.positions),
		halfLifeMs: counts.options.halfLifeMs,
		directLabels: counts.options.directLabels,
	};
}

/** Path p's labels by name. */
export function labelsOfPath(table: PathTable, p: number): string[] {
	const steps = table.steps.subarray(table.offsets[p], table.offsets[p + 1]);
	return Array.from(steps, (label) => table.labels[label] as string);
}

export function sumOf(numbers: ArrayLike<number>): number {
	let sum = 0;
	for (let i = 0; i < numbers.length; i++) sum += numbers[i] as number;
	return sum;
}
