/**
 * Paths as sequences: the most walked ones, where they end, and which parts of them converters walk more often
 * than others. All over counted paths (`path-counts.ts`), so they share one scan with attribution.
 */
import type { Interval } from "./bootstrap.ts";
import { labelsOfPath, type PathTable, sumOf } from "./path-table.ts";
import { adjustByBenjaminiHochberg, differenceP, wilsonInterval } from "./statistics.ts";

export interface PathRow {
	steps: string[];
	journeys: number;
	conversions: number;
	rate: number;
	/** Wilson, 95 %. */
	interval: Interval;
	/** Minor units. */
	value: number;
	/** Mean time from the first step to the conversion, ms; null without conversions (or without a clock: 0). */
	meanDurationMs: number | null;
}

/**
 * The most walked paths.
 *
 * @param by what is counted
 * @param limit rows at most
 */
export function listTopPaths(
	table: PathTable,
	limit: number,
	by: "journeys" | "conversions" | "value" = "journeys",
): PathRow[] {
	const rank = (p: number) =>
		by === "value"
			? (table.value[p] as number)
			: (table.conversions[p] as number) + (by === "journeys" ? (table.nulls[p] as number) : 0);
	return Array.from(table.conversions, (_, p) => p)
		.sort((a, b) => rank(b) - rank(a) || a - b)
		.slice(0, limit)
		.map((p) => {
			const conversions = table.conversions[p] as number;
			const journeys = conversions + (table.nulls[p] as number);
			return {
				steps: labelsOfPath(table, p),
				journeys,
				conversions,
				rate: journeys > 0 ? conversions / journeys : 0,
				interval: wilsonInterval(conversions, journeys),
				value: table.value[p] as number,
				meanDurationMs: conversions > 0 ? (table.durationMs[p] as number) / conversions : null,
			};
		});
}

export interface LengthRow {
	/** Steps of the path. */
	length: number;
	journeys: number;
	conversions: number;
	rate: number;
	meanDurationMs: number | null;
}

/** Conversion and time by number of steps, ascending; lengths that never occurred are left out. */
export function listByLength(table: PathTable): LengthRow[] {
	const rows = new Map<number, { journeys: number; conversions: number; durationMs: number }>();
	for (let p = 0; p < table.conversions.length; p++) {
		const length = (table.offsets[p + 1] as number) - (table.offsets[p] as number);
		const row = rows.get(length) ?? { journeys: 0, conversions: 0, durationMs: 0 };
		rows.set(length, row);
		row.journeys += (table.conversions[p] as number) + (table.nulls[p] as number);
		row.conversions += table.conversions[p] as number;
		row.durationMs += table.durationMs[p] as number;
	}
	return [...rows]
		.sort(([a], [b]) => a - b)
		.map(([length, { journeys, conversions, durationMs }]) => ({
			length,
			journeys,
			conversions,
			rate: journeys > 0 ? conversions / journeys : 0,
			meanDurationMs: conversions > 0 ? durationMs / conversions : null,
		}));
}

export interface DropOffRow {
	channel: string;
	/** Times that a path came to the channel. */
	visits: number;
	/** Paths that ended there without converting. */
	dropped: number;
	/** Paths that converted there. */
	converted: number;
	/** dropped / visits, in [0, 1]. */
	dropRate: number;
}

/** Where journeys end: for each channel how often it was the last step, most dropped first. */
export function listDropOff(table: PathTable): DropOffRow[] {
	const width = table.labels.length;
	const [visits, dropped, converted] = [new Float64Array(width), new Float64Array(width), new Float64Array(width)];
	for (let p = 0; p < table.conversions.length; p++) {
		const [conversions, nulls] = [table.conversions[p] as number, table.nulls[p] as number];
		const end = table.offsets[p + 1] as number;
		for (let i = table.offsets[p] as number; i < end; i++) {
			const label = table.steps[i] as number;
			visits[label] = (visits[label] as number) + conversions + nulls;
		}
		const last = table.steps[end - 1] as number;
		dropped[last] = (dropped[last] as number) + nulls;
		converted[last] = (converted[last] as number) + conversions;
	}
	return table.labels
		.map((channel, label) => ({
			channel,
			visits: visits[label] as number,
			dropped: dropped[label] as number,
			converted: converted[label] as number,
			dropRate: (visits[label] as number) > 0 ? (dropped[label] as number) / (visits[label] as number) : 0,
		}))
		.sort((a, b) => b.dropped - a.dropped || (a.channel < b.channel ? -1 : 1));
}

export interface SubsequenceOptions {
	/** `adjacent`: steps right after each other; `in-order`: two steps with anything between them. */
	kind: "adjacent" | "in-order";
	/** Longest part looked at, `adjacent` only; 2 or more. */
	lengthMax: number;
	/** Parts on fewer journeys than this are left out. */
	journeysMin: number;
	/** Rows at most. */
	limit: number;
}

export const DEFAULT_SUBSEQUENCE_OPTIONS: SubsequenceOptions = {
	kind: "adjacent",
	lengthMax: 4,
	journeysMin: 30,
	limit: 50,
};

export interface SubsequenceRow {
	steps: string[];
	/** Journeys that hold the part, each counted once however often it does. */
	journeys: number;
	conversions: number;
	/** Share of all converting journeys that hold it, over that of all others; null where no other does. */
	lift: number | null;
	/** Adjusted for the number of parts looked at. */
	q: number;
}

/** Parts of paths that converters walk more often than others: lift above 1, surest first. */
export function listConvertingSubsequences(
	table: PathTable,
	options: Partial<SubsequenceOptions> = {},
): SubsequenceRow[] {
	const all = { ...DEFAULT_SUBSEQUENCE_OPTIONS, ...options };
	const found = new Map<string, { conversions: number; nulls: number }>();
	for (let p = 0; p < table.conversions.length; p++) {
		const steps = table.steps.subarray(table.offsets[p], table.offsets[p + 1]);
		for (const key of all.kind === "adjacent" ? adjacentParts(steps, all.lengthMax) : orderedPairs(steps)) {
			const count = found.get(key) ?? { conversions: 0, nulls: 0 };
			found.set(key, count);
			count.conversions += table.conversions[p] as number;
			count.nulls += table.nulls[p] as number;
		}
	}
	const [converters, others] = [sumOf(table.conversions), sumOf(table.nulls)];
	const tested = [...found].filter(([, { conversions, nulls }]) => conversions + nulls >= all.journeysMin);
	const qs = adjustByBenjaminiHochberg(
		tested.map(([, { conversions, nulls }]) =>
			differenceP([
				[conversions, converters - conversions],
				[nulls, others - nulls],
			]),
		),
	);
	return tested
		.map(([key, { conversions, nulls }], i) => ({
			steps: Array.from(key, (unit) => table.labels[unit.charCodeAt(0)] as string),
			journeys: conversions + nulls,
			conversions,
			lift: conversions > 0 && nulls === 0 ? null : conversions === 0 ? 0 : conversions / converters / (nulls / others),
			q: qs[i] as number,
		}))
		.filter((row) => others > 0 && liftOf(row) > 1)
		.sort((a, b) => a.q - b.q || b.journeys - a.journeys || (a.steps.join("\n") < b.steps.join("\n") ? -1 : 1))
		.slice(0, all.limit);
}

function liftOf(row: SubsequenceRow): number {
	return row.lift ?? Number.POSITIVE_INFINITY;
}

function adjacentParts(steps: Uint16Array, lengthMax: number): Set<string> {
	const path = String.fromCharCode(...steps);
	const parts = new Set<string>();
	for (let length = 2; length <= Math.min(lengthMax, path.length); length++)
		for (let i = 0; i + length <= path.length; i++) parts.add(path.slice(i, i + length));
	return parts;
}

function orderedPairs(steps: Uint16Array): string[] {
	const first = new Map<number, number>();
	const last = new Map<number, number>();
	steps.forEach((label, i) => {
		if (!first.has(label)) first.set(label, i);
		last.set(label, i);
	});
	const pairs: string[] = [];
	for (const [a, from] of first) for (const [b, to] of last) if (from < to) pairs.push(String.fromCharCode(a, b));
	return pairs;
}
