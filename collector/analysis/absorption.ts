/**
 * Expected reward of an absorbing chain, solved, not simulated. Two independent solvers: iteration, which is fast
 * and proves its own error, and elimination, which is exact on any chain and takes over where the proof fails.
 */
import { eliminate } from "./elimination.ts";
import { createIteration } from "./iteration.ts";

/**
 * A chain in counts of real walks, so that as many come into a state (but the start, state 0) as leave it. No
 * transition stays in its state; `from` is ascending; transitions may be left out, which removes them.
 */
export interface Chain {
	from: Int32Array;
	to: Int32Array;
	/** By transition, above 0. */
	taken: Float64Array;
	/** By state: all that left it: transitions (listed here or not) and endings. */
	left: Float64Array;
}

/** Proven relative error of {@link createRewardSolver}'s answers. */
export const RELATIVE_ERROR_MAX = 1e-12;
/** Up to this many states elimination costs next to nothing and is exact to the last digits. */
const ELIMINATED_STATES_MAX = 32;

/**
 * Expected sum of rewards from the start, for any rewards on one chain. What leaves a state by no listed
 * transition ends there, so that a state is removed by leaving out the transitions into it.
 *
 * `reward` is by state the total handed out there, in the same counts as `left`; `scale` is what the error is
 * relative to: the answer with nothing removed, above 0.
 */
export function createRewardSolver(chain: Chain): (reward: Float64Array, scale: number) => number {
	if (chain.left.length <= ELIMINATED_STATES_MAX) return (reward) => eliminate(chain, reward);
	const iterate = createIteration(chain);
	return (reward, scale) => iterate(reward, scale * RELATIVE_ERROR_MAX) ?? eliminate(chain, reward);
}
