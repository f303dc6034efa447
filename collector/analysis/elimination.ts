/** Expected reward of an absorbing chain by taking its states out one by one: slow on large chains, always exact. */
import type { Chain } from "./absorption.ts";

/**
 * Takes states out of the chain one by one, fewest neighbours first, handing what passed through each to its
 * neighbours, until only the start is left. But for one subtraction at the beginning (exact on whole counts) it adds, multiplies and divides
 * counts above 0 only, so that rounding stays relative to each count. Cost grows with the neighbours that states gain on the way.
 *
 * @see Grassmann, Taksar, Heyman, Regenerative analysis and steady state distributions, Oper. Res. 33 (1985)
 */
export function eliminate(chain: Chain, reward: Float64Array): number {
	const n = chain.left.length;
	const out: Map<number, number>[] = Array.from({ length: n }, () => new Map());
	const into: Set<number>[] = Array.from({ length: n }, () => new Set());
	// What leaves for good: endings and transitions into removed states.
	const gone = chain.left.slice();
	for (let e = 0; e < chain.taken.length; e++) {
		const [s, next, count] = [chain.from[e] as number, chain.to[e] as number, chain.taken[e] as number];
		if (count === 0) continue;
		const row = out[s] as Map<number, number>;
		row.set(next, (row.get(next) ?? 0) + count);
		(into[next] as Set<number>).add(s);
		gone[s] = Math.max(0, (gone[s] as number) - count);
	}
	const earned = reward.slice();
	const degreeOf = (s: number) => (out[s] as Map<number, number>).size * (into[s] as Set<number>).size;
	const byDegree = Array.from({ length: n - 1 }, (_, i) => i + 1).sort((a, b) => degreeOf(a) - degreeOf(b));
	for (const s of byDegree) {
		const onward = out[s] as Map<number, number>;
		let total = gone[s] as number;
		for (const count of onward.values()) total += count;
		for (const before of into[s] as Set<number>) {
			const row = out[before] as Map<number, number>;
			const share = total > 0 ? (row.get(s) as number) / total : 0;
			row.delete(s);
			for (const [next, count] of onward) {
				// A way back to where it came from is a stay, which changes nothing but the time spent.
				if (next === before) continue;
				row.set(next, (row.get(next) ?? 0) + share * count);
				(into[next] as Set<number>).add(before);
			}
			gone[before] = (gone[before] as number) + share * (gone[s] as number);
			earned[before] = (earned[before] as number) + share * (earned[s] as number);
		}
		for (const next of onward.keys()) (into[next] as Set<number>).delete(s);
	}
	return (earned[0] as number) / (gone[0] as number);
}
