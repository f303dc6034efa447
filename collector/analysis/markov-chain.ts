/**
 * The order-k chain of a set of paths: a state is the last k labels (fewer at the start of a path), the
 * transitions are the maximum-likelihood estimates, and a path ends in conversion or in nothing. Steps that
 * stay in their state are left out: they change no probability of ever visiting a state.
 */
import type { Outcomes, PathTable } from "./path-table.ts";

export const ORDER_MAX = 5;

/** The chain's shape; weights come with each sample. State 0 is the start. */
export interface ChainShape {
	/** Label of each state, −1 for the start. */
	labelOf: Int32Array;
	/** Transitions between different states, sorted by `from`. */
	from: Int32Array;
	to: Int32Array;
	/** Place in the table's `steps` → transition taken into that step, −1 where the state stayed. */
	edgeOfStep: Int32Array;
	/** Path → its last state. */
	endOfPath: Int32Array;
}

/** @throws RangeError where `order` is not a whole number from 1 to {@link ORDER_MAX} */
export function shapeChain(table: PathTable, order: number): ChainShape {
	if (!Number.isInteger(order) || order < 1 || order > ORDER_MAX)
		throw new RangeError(`order must be a whole number from 1 to ${ORDER_MAX}`);
	const width = table.labels.length;
	const keys = [""];
	const labels = [-1];
	const stateOfKey = new Map<string, number>([["", 0]]);
	const next = new Map<number, { state: number; edge: number }>();
	const found: { from: number; to: number }[] = [];
	const edgeOfStep = new Int32Array(table.steps.length);
	const endOfPath = new Int32Array(table.conversions.length);
	for (let p = 0; p < endOfPath.length; p++) {
		let state = 0;
		for (let i = table.offsets[p] as number; i < (table.offsets[p + 1] as number); i++) {
			const label = table.steps[i] as number;
			let move = next.get(state * width + label);
			if (!move) {
				const key = (keys[state] + String.fromCharCode(label)).slice(-order);
				let to = stateOfKey.get(key);
				if (to === undefined) {
					to = keys.length;
					keys.push(key);
					labels.push(label);
					stateOfKey.set(key, to);
				}
				move = { state: to, edge: to === state ? -1 : found.push({ from: state, to }) - 1 };
				next.set(state * width + label, move);
			}
			edgeOfStep[i] = move.edge;
			state = move.state;
		}
		endOfPath[p] = state;
	}
	const order_ = found.map((_, e) => e).sort((a, b) => at(found, a).from - at(found, b).from || a - b);
	const place = new Int32Array(found.length);
	order_.forEach((edge, i) => {
		place[edge] = i;
	});
	return {
		labelOf: Int32Array.from(labels),
		from: Int32Array.from(order_, (e) => at(found, e).from),
		to: Int32Array.from(order_, (e) => at(found, e).to),
		edgeOfStep: edgeOfStep.map((edge) => (edge < 0 ? -1 : (place[edge] as number))),
		endOfPath,
	};
}

function at<T>(list: readonly T[], i: number): T {
	return list[i] as T;
}

/** Counts on the chain: how often each transition was taken and how paths ended in each state. */
export interface ChainFlow {
	shape: ChainShape;
	/** By transition. */
	taken: Float64Array;
	/** By state: paths that left it, by a transition or by ending there. */
	left: Float64Array;
	/** By state: conversions straight from it, and their value. */
	converted: Float64Array;
	value: Float64Array;
}

export function countFlow(shape: ChainShape, table: PathTable, outcomes: Outcomes = table): ChainFlow {
	const states = shape.labelOf.length;
	const taken = new Float64Array(shape.from.length);
	const left = new Float64Array(states);
	const converted = new Float64Array(states);
	const value = new Float64Array(states);
	for (let p = 0; p < shape.endOfPath.length; p++) {
		const weight = (outcomes.conversions[p] as number) + (outcomes.nulls[p] as number);
		if (weight === 0) continue;
		for (let i = table.offsets[p] as number; i < (table.offsets[p + 1] as number); i++) {
			const edge = shape.edgeOfStep[i] as number;
			if (edge >= 0) taken[edge] = (taken[edge] as number) + weight;
		}
		const end = shape.endOfPath[p] as number;
		left[end] = (left[end] as number) + weight;
		converted[end] = (converted[end] as number) + (outcomes.conversions[p] as number);
		value[end] = (value[end] as number) + (outcomes.value[p] as number);
	}
	for (let e = 0; e < taken.length; e++) {
		const from = shape.from[e] as number;
		left[from] = (left[from] as number) + (taken[e] as number);
	}
	return { shape, taken, left, converted, value };
}
