import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Chain, createRemovalSolver, createRewardSolver } from "../../collector/analysis/absorption.ts";
import { eliminate } from "../../collector/analysis/elimination.ts";
import { createIteration } from "../../collector/analysis/iteration.ts";

/** Chain in counts from transitions and endings; state 0 is the start. */
function chainOf(
	states: number,
	moves: [from: number, to: number, count: number][],
	endings: [at: number, count: number][],
): Chain {
	const sorted = moves.filter(([from, to]) => from !== to).sort(([a], [b]) => a - b);
	const left = new Float64Array(states);
	for (const [from, , count] of sorted) left[from] = (left[from] as number) + count;
	for (const [at, count] of endings) left[at] = (left[at] as number) + count;
	return {
		from: Int32Array.from(sorted, ([from]) => from),
		to: Int32Array.from(sorted, ([, to]) => to),
		taken: Float64Array.from(sorted, ([, , count]) => count),
		left,
	};
}

/** A walk of `rounds` rounds between two states for every one that ends, half of those in reward. */
function pingPong(rounds: number): Chain {
	return chainOf(
		3,
		[
			[0, 1, 2],
			[1, 2, 2 * rounds],
			[2, 1, 2 * rounds - 1],
		],
		[
			[2, 1],
			[1, 1],
		],
	);
}

describe("expected reward", () => {
	it("is exact where walks go round a million times before they end", () => {
		const chain = pingPong(1_000_000);
		const rewardAt2 = Float64Array.of(0, 0, 1);
		// From 1 the walk ends with probability a, else goes to 2, ends there with b, else returns.
		const [a, b] = [1 / 2_000_001, 1 / 2_000_000];
		const wanted = ((1 - a) * b) / (a + b - a * b);
		expect(Math.abs(eliminate(chain, rewardAt2) / wanted - 1)).toBeLessThan(1e-14);
		expect(Math.abs(createRewardSolver(chain)(rewardAt2, 0.5) / wanted - 1)).toBeLessThan(1e-12);
	});

	it("comes out the same by both solvers on the walks of any set of paths", () => {
		const walk = fc.array(fc.integer({ min: 1, max: 39 }), { minLength: 1, maxLength: 30 });
		fc.assert(
			fc.property(fc.array(walk, { minLength: 1, maxLength: 60 }), (walks) => {
				const moves: [number, number, number][] = [];
				const reward = new Float64Array(40);
				const endings = walks.map((states, i): [number, number] => {
					states.forEach((state, at) => {
						moves.push([at === 0 ? 0 : (states[at - 1] as number), state, 1]);
					});
					const end = states.at(-1) as number;
					reward[end] = (reward[end] as number) + (i % 3);
					return [end, 1];
				});
				const chain = chainOf(40, moves, endings);
				const wanted = walks.reduce((sum, _, i) => sum + (i % 3), 0) / walks.length;
				expect(Math.abs(eliminate(chain, reward) - wanted)).toBeLessThan(1e-12);
				expect(Math.abs((createIteration(chain)(reward, 1e-12)?.start ?? Number.NaN) - wanted)).toBeLessThan(1e-12);
			}),
			{ numRuns: 1_000 },
		);
	});

	it("is, with a label removed, what elimination finds of the chain without it", () => {
		const walk = fc.array(fc.integer({ min: 1, max: 39 }), { minLength: 1, maxLength: 30 });
		fc.assert(
			fc.property(fc.array(walk, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 12 }), (walks, labels) => {
				const reward = new Float64Array(40);
				const moves = walks.flatMap((states) =>
					states.map((state, at): [number, number, number] => [at === 0 ? 0 : (states[at - 1] as number), state, 1]),
				);
				const endings = walks.map((states, i): [number, number] => {
					const end = states.at(-1) as number;
					reward[end] = (reward[end] as number) + (i % 3);
					return [end, 1];
				});
				const chain = chainOf(40, moves, endings);
				const labelOf = Int32Array.from({ length: 40 }, (_, state) => (state === 0 ? -1 : state % labels));
				const solve = createRemovalSolver(chain, labelOf);
				for (let label = 0; label < labels; label++) {
					const kept = [...chain.from.keys()].filter((e) => labelOf[chain.to[e] as number] !== label);
					const pick = (column: Int32Array) => Int32Array.from(kept, (e) => column[e] as number);
					const taken = Float64Array.from(kept, (e) => chain.taken[e] as number);
					const without = { from: pick(chain.from), to: pick(chain.to), taken, left: chain.left };
					expect(Math.abs(solve(label, reward, 1) - eliminate(without, reward))).toBeLessThan(2e-12);
				}
			}),
			{ numRuns: 200 },
		);
	});

	it("is handed to elimination where iteration cannot prove its answer", () => {
		// One walk over a row of 60 states that crosses each step a million times forth and all but once back.
		const states = 60;
		const moves: [number, number, number][] = [[0, 1, 1]];
		for (let s = 1; s < states - 1; s++) moves.push([s, s + 1, 1_000_000], [s + 1, s, 999_999]);
		const chain = chainOf(states, moves, [[states - 1, 1]]);
		const reward = new Float64Array(states);
		reward[states - 1] = 1;
		expect(createIteration(chain)(reward, 1e-40)).toBeNull();
		expect(Math.abs(createRewardSolver(chain)(reward, 1) - 1)).toBeLessThan(1e-12);
	});
});
