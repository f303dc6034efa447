/**
 * Distinct paths in columns and in one canonical order, so that every model is a plain loop and no result
 * depends on the order in which journeys were counted.
 */
import type { PathCounts, PathRecord } from "./path-counts.ts";

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
	const keys = [...counts.paths.keys()];
	const records = [...counts.paths.values()];
	const starts = new Uint32Array(keys.length + 1);
	keys.forEach((key, i) => {
		starts[i + 1] = (starts[i] as number) + key.length;
	});
	const unsorted = new Uint16Array(starts[keys.length] as number);
	keys.forEach((key, i) => {
		const start = starts[i] as number;
		for (let at = 0; at < key.length; at++) unsorted[start + at] = renumber[key.charCodeAt(at)] as number;
	});
	const order = Uint32Array.from(keys.keys()).sort((a, b) => compareSteps(unsorted, starts, a, b));
	const offsets = new Uint32Array(keys.length + 1);
	const steps = new Uint16Array(unsorted.length);
	order.forEach((i, p) => {
		steps.set(unsorted.subarray(starts[i], starts[i + 1]), offsets[p]);
		offsets[p + 1] = (offsets[p] as number) + (starts[i + 1] as number) - (starts[i] as number);
	});
	const columnOf = (read: (record: PathRecord) => number) => {
		const column = new Float64Array(records.length);
		for (let p = 0; p < column.length; p++) column[p] = read(records[order[p] as number] as PathRecord);
		return column;
	};
	return {
		labels,
		offsets,
		steps,
		conversions: columnOf((record) => record.conversions),
		value: columnOf((record) => record.value),
		valueSquares: columnOf((record) => record.valueSquares),
		nulls: columnOf((record) => record.nulls),
		durationMs: columnOf((record) => record.durationMs),
		positions: Array.from(order, (i) => (records[i] as PathRecord).positions),
		halfLifeMs: counts.options.halfLifeMs,
		directLabels: counts.options.directLabels,
	};
}

/** Paths by their steps, a path before those that go on from it. */
function compareSteps(steps: Uint16Array, starts: Uint32Array, a: number, b: number): number {
	const [startA, startB] = [starts[a] as number, starts[b] as number];
	const [lengthA, lengthB] = [(starts[a + 1] as number) - startA, (starts[b + 1] as number) - startB];
	const length = Math.min(lengthA, lengthB);
	for (let i = 0; i < length; i++) {
		const difference = (steps[startA + i] as number) - (steps[startB + i] as number);
		if (difference !== 0) return difference;
	}
	return lengthA - lengthB;
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
