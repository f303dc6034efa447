/**
 * Expected reward of an absorbing chain, solved, not simulated. Two independent solvers: iteration, which is fast
 * and proves its own error, and elimination, which is exact on any chain and takes over where the proof fails.
 */
import { eliminate } from "./elimination.ts";
import { createIteration, type Solution } from "./iteration.ts";

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
 * transition ends there.
 *
 * `reward` is by state the total handed out there, in the same counts as `left`; `scale` is what the error is
 * relative to: the answer with nothing removed, above 0.
 */
export function createRewardSolver(chain: Chain): (reward: Float64Array, scale: number) => number {
	if (chain.left.length <= ELIMINATED_STATES_MAX) return (reward) => eliminate(chain, reward);
	const iterate = createIteration(chain);
	return (reward, scale) => iterate(reward, scale * RELATIVE_ERROR_MAX)?.start ?? eliminate(chain, reward);
}

/**
 * The same with all states of one label removed, label by label: walks that come there end without reward.
 *
 * @param labelOf by state; the start has a label of its own
 */
export function createRemovalSolver(
	chain: Chain,
	labelOf: Int32Array,
): (label: number, reward: Float64Array, scale: number) => number {
	if (chain.left.length <= ELIMINATED_STATES_MAX) {
		return (label, reward) => eliminate(removeLabel(chain, labelOf, label), reward);
	}
	const iterate = createIteration(chain);
	const guesses = new Map<Float64Array, Solution | null>();
	return (label, reward, scale) => {
		const errorMax = scale * RELATIVE_ERROR_MAX;
		const guess = guesses.get(reward) ?? iterate(reward, errorMax);
		guesses.set(reward, guess);
		const found = iterate(reward, errorMax, { isRemoved: (state) => labelOf[state] === label, guess });
		return found?.start ?? eliminate(removeLabel(chain, labelOf, label), reward);
	};
}

/** What leads into the label's states is left out, which removes them. */
function removeLabel({ from, to, taken, left }: Chain, labelOf: Int32Array, label: number): Chain {
	const isKept = (_: number, e: number) => labelOf[to[e] as number] !== label;
	return { from: from.filter(isKept), to: to.filter(isKept), taken: taken.filter(isKept), left };
}
