/**
 * Rule-based attribution: each conversion's credit falls on the steps of its own path by a fixed rule.
 * Credits sum to conversions and to value, whatever the paths.
 */
import type { Outcomes, PathTable } from "./path-table.ts";
import { isDirect } from "./transform.ts";
import { decayWeights, POSITION_SHARES, type PositionShares, positionWeights, wShapedWeights } from "./weights.ts";

export const HEURISTICS = [
	"first",
	"last",
	"last-non-direct",
	"linear",
	"linear-unique",
	"position",
	"w",
	"time-decay",
] as const;

/**
 * - `linear`: every touch alike, so a channel met twice earns twice
 * - `linear-unique`: every channel of the path alike, however often it was met
 * - `last-non-direct`: the last touch that is not direct; direct only where there is nothing else
 * - `position`, `w`, `time-decay`: see `weights.ts`
 */
export type Heuristic = (typeof HEURISTICS)[number];

/** By label, in the table's order. */
export interface Credits {
	conversions: Float64Array;
	value: Float64Array;
	/** Of the Markov model: in [0, 1]. */
	removalEffects?: Float64Array;
}

export interface HeuristicOptions {
	shares: PositionShares;
	/** Time between neighbouring steps of paths that came without a clock; the last is at age 0. Ms. */
	stepMs: number;
}

export const DEFAULT_HEURISTIC_OPTIONS: HeuristicOptions = { shares: POSITION_SHARES, stepMs: 24 * 3_600_000 };

/** Credits of one rule over all paths. `outcomes` is the table itself or a resample of it. */
export function creditHeuristic(
	model: Heuristic,
	table: PathTable,
	outcomes: Outcomes = table,
	options: Partial<HeuristicOptions> = {},
): Credits {
	const all = { ...DEFAULT_HEURISTIC_OPTIONS, ...options };
	const credits: Credits = {
		conversions: new Float64Array(table.labels.length),
		value: new Float64Array(table.labels.length),
	};
	const weigh = weigherOf(model, table, all);
	for (let p = 0; p < table.conversions.length; p++) {
		const conversions = outcomes.conversions[p] as number;
		if (conversions === 0) continue;
		weigh(credits, p, conversions, outcomes.value[p] as number);
	}
	return credits;
}

type Weigher = (credits: Credits, p: number, conversions: number, value: number) => void;

function weigherOf(model: Heuristic, table: PathTable, options: HeuristicOptions): Weigher {
	const { offsets, steps } = table;
	const firstOf = (p: number) => offsets[p] as number;
	const endOf = (p: number) => offsets[p + 1] as number;
	const one = (place: (p: number) => number): Weigher => {
		return (credits, p, conversions, value) => give(credits, steps[place(p)] as number, conversions, value);
	};
	const each = (weightsOf: (n: number) => Float64Array): Weigher => {
		const known = new Map<number, Float64Array>();
		return (credits, p, conversions, value) => {
			const n = endOf(p) - firstOf(p);
			const weights = known.get(n) ?? weightsOf(n);
			known.set(n, weights);
			for (let i = 0; i < n; i++) {
				const weight = weights[i] as number;
				give(credits, steps[firstOf(p) + i] as number, weight * conversions, weight * value);
			}
		};
	};
	switch (model) {
		case "first":
			return one(firstOf);
		case "last":
			return one((p) => endOf(p) - 1);
		case "last-non-direct": {
			const direct = table.labels.map((label) => isDirect(label, table.directLabels));
			return one((p) => {
				for (let i = endOf(p) - 1; i >= firstOf(p); i--) if (!direct[steps[i] as number]) return i;
				return endOf(p) - 1;
			});
		}
		case "linear":
			return each((n) => new Float64Array(n).fill(1 / n));
		case "linear-unique":
			return linearUnique(table);
		case "position":
			return each((n) => positionWeights(n, options.shares));
		case "w":
			return byPosition(table, 2, each(wShapedWeights));
		case "time-decay": {
			const agesOf = (n: number) => Array.from({ length: n }, (_, i) => (n - 1 - i) * options.stepMs);
			return byPosition(
				table,
				0,
				each((n) => decayWeights(agesOf(n), table.halfLifeMs)),
			);
		}
	}
}

/** Stamps labels with the path that met them last, so that no set is built. */
function linearUnique(table: PathTable): Weigher {
	const stamp = new Int32Array(table.labels.length).fill(-1);
	const unique = new Uint16Array(table.steps.length);
	return (credits, p, conversions, value) => {
		let count = 0;
		for (let i = table.offsets[p] as number; i < (table.offsets[p + 1] as number); i++) {
			const label = table.steps[i] as number;
			if (stamp[label] === p) continue;
			stamp[label] = p;
			unique[count++] = label;
		}
		for (let i = 0; i < count; i++) give(credits, unique[i] as number, conversions / count, value / count);
	};
}

/** Sums by position where the clock or a milestone set them, scaled to a resample; else the plain rule. */
function byPosition(table: PathTable, block: 0 | 2, plain: Weigher): Weigher {
	return (credits, p, conversions, value) => {
		const from = table.offsets[p] as number;
		const n = (table.offsets[p + 1] as number) - from;
		const sums = table.positions[p];
		if (!sums || sums.length < (block + 2) * n) return plain(credits, p, conversions, value);
		const scale = conversions / (table.conversions[p] as number);
		const known = table.value[p] as number;
		for (let i = 0; i < n; i++) {
			const credit = (sums[block * n + i] as number) * scale;
			// A resample may give value to a path whose own value was 0: then it follows the conversions.
			const worth =
				known === 0 ? (credit / conversions) * value : ((sums[(block + 1) * n + i] as number) / known) * value;
			give(credits, table.steps[from + i] as number, credit, worth);
		}
	};
}

function give(credits: Credits, label: number, conversions: number, value: number): void {
	credits.conversions[label] = (credits.conversions[label] as number) + conversions;
	credits.value[label] = (credits.value[label] as number) + value;
}
