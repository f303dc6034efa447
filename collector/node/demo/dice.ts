/** Draws from one seeded source of chance, so that the same seed tells the same story. */
import { createRandom } from "../../analysis/random.ts";

export interface Dice {
	/** In [0, 1). */
	roll(): number;
	/** True with probability `p`. */
	chance(p: number): boolean;
	/** Whole number from `from` to `to`, both included. */
	whole(from: number, to: number): number;
	one<T>(items: readonly T[]): T;
	/** By weight, none of which is negative and one of which is above 0. */
	weighted<T extends { weight: number }>(items: readonly T[]): T;
	/** Index by weight. */
	index(weights: readonly number[]): number;
}

/** @param seed whole number */
export function createDice(seed: number): Dice {
	const roll = createRandom(seed);
	const index = (weights: readonly number[]): number => {
		let left = roll() * weights.reduce((sum, weight) => sum + weight, 0);
		const found = weights.findIndex((weight) => {
			left -= weight;
			return left < 0;
		});
		return found < 0 ? weights.length - 1 : found;
	};
	return {
		roll,
		chance: (p) => roll() < p,
		whole: (from, to) => from + Math.floor(roll() * (to - from + 1)),
		one: (items) => items[Math.floor(roll() * items.length)] as (typeof items)[number],
		weighted: (items) => items[index(items.map(({ weight }) => weight))] as (typeof items)[number],
		index,
	};
}
