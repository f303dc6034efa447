/**
 * Markov attribution: a label's removal effect is the share of conversions (or of value) that the chain would
 * lose if every path ended where it first met the label; credit is shared in proportion to these effects.
 *
 * @see Anderl, Becker, von Wangenheim, Schumann, Mapping the customer journey, IJRM 33 (2016)
 */
import { type Chain, createRemovalSolver } from "./absorption.ts";
import type { Credits } from "./heuristics.ts";
import { type ChainFlow, type ChainShape, countFlow } from "./markov-chain.ts";
import { type Outcomes, type PathTable, sumOf } from "./path-table.ts";

export interface RemovalEffects {
	/** Conversions / (conversions + nulls): the order-k chain keeps it, for every k. 0 without paths. */
	conversionProbability: number;
	/** By label, in [0, 1]: P(the path visits the label | it converts). */
	conversions: Float64Array;
	/** By label, on value: a conversion from a state is worth the state's mean; equal to the above where all values are negative or 0. */
	value: Float64Array;
}

/** Removal effects of every label, each solved exactly (proven relative error 1e-12). */
export function removalEffects(flow: ChainFlow, labelCount: number): RemovalEffects {
	const { left, converted, value } = flow;
	const paths = left[0] as number;
	const effects = new Float64Array(labelCount);
	const conversionProbability = paths > 0 ? sumOf(converted) / paths : 0;
	if (conversionProbability === 0) return { conversionProbability, conversions: effects, value: effects };
	const valueMean = sumOf(value) / paths;
	const ratio = valueMean / conversionProbability;
	const uniform = value.every(
		(amount, s) => Math.abs(amount - ratio * (converted[s] as number)) <= 1e-12 * Math.abs(amount),
	);
	// A refund can make a removal effect negative or their sum 0: then value follows conversions.
	const separate = !uniform && value.every((amount) => amount >= 0);
	const valueEffects = separate ? new Float64Array(labelCount) : effects;
	const solve = createRemovalSolver(chainOf(flow), flow.shape.labelOf);
	for (let label = 0; label < labelCount; label++) {
		effects[label] = lost(solve(label, converted, conversionProbability), conversionProbability);
		if (separate) valueEffects[label] = lost(solve(label, value, valueMean), valueMean);
	}
	return { conversionProbability, conversions: effects, value: valueEffects };
}

/** What cannot be told from 0 is 0: a label that no converting path can meet earns nothing. */
function lost(without: number, all: number): number {
	const effect = 1 - without / all;
	return effect < 1e-11 ? 0 : Math.min(1, effect);
}

/** Only what was walked: a resample may have left transitions out. */
function chainOf({ shape, taken, left }: ChainFlow): Chain {
	const isWalked = (_: number, e: number) => taken[e] !== 0;
	const { from, to } = shape;
	return { from: from.filter(isWalked), to: to.filter(isWalked), taken: taken.filter(isWalked), left };
}

/**
 * Credits by removal effect; they sum to conversions and to value.
 *
 * @param shape from {@link shapeChain}, so that resamples share it
 */
export function creditMarkov(table: PathTable, shape: ChainShape, outcomes: Outcomes = table): Credits {
	const effects = removalEffects(countFlow(shape, table, outcomes), table.labels.length);
	return {
		conversions: share(effects.conversions, sumOf(outcomes.conversions)),
		value: share(effects.value, sumOf(outcomes.value)),
		removalEffects: effects.conversions,
	};
}

function share(effects: Float64Array, total: number): Float64Array {
	const sum = sumOf(effects);
	return effects.map((effect) => (sum > 0 ? (effect / sum) * total : 0));
}

/** Maximum-likelihood transition of the order-1 chain. */
export interface Transition {
	/** A label, or {@link START}. */
	from: string;
	/** A label, {@link CONVERSION} or {@link NULL}. */
	to: string;
	count: number;
	/** Share of all that went on from `from`, in (0, 1]. */
	probability: number;
}

export const START = "(start)";
export const CONVERSION = "(conversion)";
export const NULL = "(null)";

/**
 * The order-1 transition matrix, as a list without zeros, in the order of labels.
 *
 * @param stays whether a label that follows itself counts as a transition
 */
export function listTransitions(table: PathTable, stays = true): Transition[] {
	const names = [...table.labels, START, CONVERSION, NULL];
	const [start, conversion, nothing] = [names.length - 3, names.length - 2, names.length - 1];
	const counts = new Map<number, number>();
	const left = new Float64Array(names.length);
	const add = (from: number, to: number, weight: number) => {
		if (weight === 0 || (from === to && !stays)) return;
		counts.set(from * names.length + to, (counts.get(from * names.length + to) ?? 0) + weight);
		left[from] = (left[from] as number) + weight;
	};
	for (let p = 0; p < table.conversions.length; p++) {
		const [conversions, nulls] = [table.conversions[p] as number, table.nulls[p] as number];
		let from = start;
		for (let i = table.offsets[p] as number; i < (table.offsets[p + 1] as number); i++) {
			add(from, table.steps[i] as number, conversions + nulls);
			from = table.steps[i] as number;
		}
		add(from, conversion, conversions);
		add(from, nothing, nulls);
	}
	return [...counts]
		.sort(([a], [b]) => a - b)
		.map(([key, count]) => {
			const from = Math.floor(key / names.length);
			return {
				from: names[from] as string,
				to: names[key % names.length] as string,
				count,
				probability: count / (left[from] as number),
			};
		});
}
