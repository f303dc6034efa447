/**
 * Shapley values: what a player adds to a coalition, averaged over every order in which the coalition can
 * form. Three readings meet in practice and are kept apart by name.
 *
 * - `creditShapley`: v(S) = conversions of journeys inside S. Its closed form is linear over unique labels.
 * - `shapleyOfGame`: v as the caller gives it, solved over all coalitions.
 * - `creditShapleyRates`: v(S) = conversion rate of journeys whose labels are exactly S, one game for each set
 *   that was seen, scaled to its conversions (DP6 Marketing-Attribution-Models, size cap included).
 *
 * @see Shapley, A value for n-person games (1953)
 */
import { type Credits, creditHeuristic } from "./heuristics.ts";
import type { Outcomes, PathTable } from "./path-table.ts";

/** Players of one explicit game: 2^20 coalitions are 8 MB and a fraction of a second. */
export const PLAYERS_MAX = 20;

/** Closed form for v(S) = conversions (value) of journeys whose labels all lie in S. */
export function creditShapley(table: PathTable, outcomes: Outcomes = table): Credits {
	return creditHeuristic("linear-unique", table, outcomes);
}

/**
 * Shapley values of any game.
 *
 * @param players how many, 0 to {@link PLAYERS_MAX}
 * @param worthOf v of the coalition whose members' bits are set; v(∅) is taken as given
 * @returns one value a player, summing to v(all) − v(∅)
 * @throws RangeError on more players
 */
export function shapleyOfGame(players: number, worthOf: (coalition: number) => number): Float64Array {
	if (players > PLAYERS_MAX) throw new RangeError(`a game has at most ${PLAYERS_MAX} players`);
	const worth = Float64Array.from({ length: 2 ** players }, (_, coalition) => worthOf(coalition));
	// |S|! (n − |S| − 1)! / n!, as a product so that no factorial overflows.
	const weights = new Float64Array(players);
	if (players > 0) weights[0] = 1 / players;
	for (let size = 1; size < players; size++) weights[size] = ((weights[size - 1] as number) * size) / (players - size);
	const values = new Float64Array(players);
	for (let coalition = 0; coalition < worth.length; coalition++) {
		const weight = weights[countBits(coalition)] as number;
		for (let player = 0; player < players; player++) {
			if (coalition & (1 << player)) continue;
			const gain = (worth[coalition | (1 << player)] as number) - (worth[coalition] as number);
			values[player] = (values[player] as number) + weight * gain;
		}
	}
	return values;
}

function countBits(bits: number): number {
	let count = 0;
	for (let rest = bits; rest !== 0; rest &= rest - 1) count++;
	return count;
}

/**
 * Shapley values of a game given by name, for example `{ A: 7, B: 6, "A+B": 15 }`; coalitions not named are
 * worth 0.
 *
 * @param separator between the names of a coalition, in any order
 * @throws RangeError above {@link PLAYERS_MAX} players
 */
export function shapleyOfCoalitions(worth: Record<string, number>, separator = "+"): Record<string, number> {
	const players = [...new Set(Object.keys(worth).flatMap((name) => name.split(separator)))].sort();
	const bitOf = new Map(players.map((player, i) => [player, 1 << i]));
	const byBits = new Map<number, number>();
	for (const [name, amount] of Object.entries(worth)) {
		let bits = 0;
		for (const player of name.split(separator)) bits |= bitOf.get(player) as number;
		byBits.set(bits, amount);
	}
	const values = shapleyOfGame(players.length, (coalition) => byBits.get(coalition) ?? 0);
	return Object.fromEntries(players.map((player, i) => [player, values[i] as number]));
}

export interface RateOptions {
	/** Whether the order of first meetings tells sets apart. */
	ordered: boolean;
	/** Labels kept of one path, the last ones met; others get no credit. 1 to {@link PLAYERS_MAX}. */
	sizeMax: number;
}

interface LabelSet {
	labels: number[];
	conversions: number;
	value: number;
	nulls: number;
}

/** Credits by conversion rates; they sum to conversions and to value, and a label that
 * lowers rates has a negative one. See the module's head. */
export function creditShapleyRates(table: PathTable, outcomes: Outcomes, options: RateOptions): Credits {
	const { sizeMax } = options;
	if (!Number.isInteger(sizeMax) || sizeMax < 1 || sizeMax > PLAYERS_MAX)
		throw new RangeError(`sizeMax must be a whole number from 1 to ${PLAYERS_MAX}`);
	const sets = collectSets(table, outcomes, options);
	const credits: Credits = {
		conversions: new Float64Array(table.labels.length),
		value: new Float64Array(table.labels.length),
	};
	for (const { labels, conversions, value } of sets.values()) {
		if (conversions === 0) continue;
		const values = shapleyOfGame(labels.length, (coalition) => {
			const known = sets.get(keyOf(labels.filter((_, i) => coalition & (1 << i))));
			return known && known.conversions > 0 ? known.conversions / (known.conversions + known.nulls) : 0;
		});
		const sum = values.reduce((total, share) => total + share, 0);
		labels.forEach((label, i) => {
			const share = (values[i] as number) / sum;
			credits.conversions[label] = (credits.conversions[label] as number) + share * conversions;
			credits.value[label] = (credits.value[label] as number) + share * value;
		});
	}
	return credits;
}

function collectSets(table: PathTable, outcomes: Outcomes, { ordered, sizeMax }: RateOptions): Map<string, LabelSet> {
	const sets = new Map<string, LabelSet>();
	for (let p = 0; p < table.conversions.length; p++) {
		let labels = [...new Set(table.steps.subarray(table.offsets[p], table.offsets[p + 1]))];
		// Labels are numbered in their own sort order, so this is the order of names.
		if (!ordered) labels.sort((a, b) => a - b);
		labels = labels.slice(-sizeMax);
		const key = keyOf(labels);
		const set = sets.get(key) ?? { labels, conversions: 0, value: 0, nulls: 0 };
		sets.set(key, set);
		set.conversions += outcomes.conversions[p] as number;
		set.value += outcomes.value[p] as number;
		set.nulls += outcomes.nulls[p] as number;
	}
	return sets;
}

function keyOf(labels: readonly number[]): string {
	return String.fromCharCode(...labels);
}
