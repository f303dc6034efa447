/**
 * Expected reward of an absorbing chain, solved, not simulated. Two independent solvers: BiCGSTAB, which is
 * fast and proves its own error, and elimination of states without any subtraction (Grassmann, Taksar and
 * Heyman), which is exact on any chain and takes over where the proof fails.
 */

/**
 * A chain in counts of real walks, so that as many come into a state (but the start, state 0) as leave it. No
 * transition stays in its state; `from` is ascending; transitions may be left out, which removes them.
 */
export interface Chain {
	from: Int32Array;
	to: Int32Array;
	/** By transition, at least 0. */
	taken: Float64Array;
	/** By state: all that left it: transitions (listed here or not) and endings. */
	left: Float64Array;
}

/** Proven relative error of {@link expectReward}. */
export const RELATIVE_ERROR_MAX = 1e-12;
const ITERATIONS_MAX = 400;
/** Up to this many states elimination costs next to nothing and is exact to the last digits. */
const ELIMINATED_STATES_MAX = 32;

/**
 * Expected sum of rewards from the start. What leaves a state by no listed transition ends there, so that a
 * state is removed by leaving out the transitions into it.
 *
 * @param reward by state: total reward handed out there, in the same counts as `left`
 * @param scale what the error is relative to: the answer with nothing removed, above 0
 */
export function expectReward(chain: Chain, reward: Float64Array, scale: number): number {
	if (chain.left.length <= ELIMINATED_STATES_MAX) return eliminate(chain, reward);
	return iterate(chain, reward, scale * RELATIVE_ERROR_MAX) ?? eliminate(chain, reward);
}

/**
 * BiCGSTAB on (I − Q) x = r. The error at the start is at most Σ visits(s) · |residual(s)|, and a state's
 * visits with nothing removed, `left(s) / left(0)`, are an upper bound known from the counts alone.
 *
 * @returns null where the bound was not reached
 * @see van der Vorst, Bi-CGSTAB, SIAM J. Sci. Stat. Comput. 13 (1992)
 */
export function iterate(chain: Chain, reward: Float64Array, errorMax: number): number | null {
	const { from, to, taken, left } = chain;
	const n = left.length;
	const started = left[0] as number;
	const share = taken.map((count, e) => count / (left[from[e] as number] as number));
	const target = reward.map((amount, s) => ((left[s] as number) > 0 ? amount / (left[s] as number) : 0));
	const apply = (x: Float64Array, out: Float64Array) => {
		out.set(x);
		for (let e = 0; e < share.length; e++) {
			const s = from[e] as number;
			out[s] = (out[s] as number) - (share[e] as number) * (x[to[e] as number] as number);
		}
	};
	const x = target.slice();
	const r = new Float64Array(n);
	const boundOf = () => {
		apply(x, r);
		let bound = 0;
		for (let s = 0; s < n; s++) {
			r[s] = (target[s] as number) - (r[s] as number);
			bound += (left[s] as number) * Math.abs(r[s] as number);
		}
		return bound / started;
	};
	if (boundOf() <= errorMax) return x[0] as number;
	// On chains with few ways back, residuals move from state to state and stand square to the first of them: a
	// shadow with something of every state, the golden ratio's multiples, keeps the method from stopping there.
	const shadow = r.map((_, s) => 1 + ((s * 0.618033988749895) % 1));
	const p = r.slice();
	const v = new Float64Array(n);
	const t = new Float64Array(n);
	let rho = dot(shadow, r);
	for (let iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
		apply(p, v);
		const alpha = rho / dot(shadow, v);
		for (let s = 0; s < n; s++) {
			x[s] = (x[s] as number) + alpha * (p[s] as number);
			r[s] = (r[s] as number) - alpha * (v[s] as number);
		}
		apply(r, t);
		const tt = dot(t, t);
		const omega = tt > 0 ? dot(t, r) / tt : 0;
		let bound = 0;
		for (let s = 0; s < n; s++) {
			x[s] = (x[s] as number) + omega * (r[s] as number);
			r[s] = (r[s] as number) - omega * (t[s] as number);
			bound += (left[s] as number) * Math.abs(r[s] as number);
		}
		if (!Number.isFinite(bound)) return null;
		// The running residual drifts from the true one: only the true one is a proof.
		if (bound / started <= errorMax) return boundOf() <= errorMax ? (x[0] as number) : null;
		const before = rho;
		rho = dot(shadow, r);
		const beta = (rho / before) * (alpha / omega);
		for (let s = 0; s < n; s++) p[s] = (r[s] as number) + beta * ((p[s] as number) - omega * (v[s] as number));
	}
	return null;
}

function dot(a: Float64Array, b: Float64Array): number {
	let sum = 0;
	for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
	return sum;
}

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
