/**
 * BiCGSTAB on (I − Q) x = r, preconditioned by one sweep over the states in the order in which walks leave the
 * chain: with Q = L + U, L leading to states swept before, it works on I − (I − L)⁻¹ U. What has no way back is
 * solved by the sweep alone.
 *
 * The error at the start is at most Σ visits(s) · |residual(s)|, and a state's visits with nothing removed,
 * `left(s) / left(0)`, are an upper bound known from the counts alone: an answer is given only where this bound
 * of the true residual holds.
 *
 * @see van der Vorst, Bi-CGSTAB, SIAM J. Sci. Stat. Comput. 13 (1992)
 */
import type { Chain } from "./absorption.ts";

const ITERATIONS_MAX = 200;
/** Fresh starts from where the last round came to, with the true residual. */
const ROUNDS_MAX = 5;

/** The chain's reachable part, its states numbered in sweep order. */
interface System {
	/** Number → state of the chain; the start is the last. */
	states: Int32Array;
	/** Transitions of number i are `firstEdge[i]` up to, not including, `firstEdge[i + 1]`. */
	firstEdge: Int32Array;
	/** Target's number where it is swept before, else that number + the count of states. */
	slot: Int32Array;
	/** Probability of the transition. */
	share: Float64Array;
	/** Visits of each state, relative to the start's. */
	visits: Float64Array;
	/** Work space of the sweep: what it has solved so far, then its argument. */
	slots: Float64Array;
	/** 1 for numbers whose states are removed: nothing is ever earned from there. */
	removed: Uint8Array;
}

export interface Solution {
	/** Expected reward from the start. */
	start: number;
	/** The same by number: a guess for the next call. */
	values: Float64Array;
}

export interface Removal {
	isRemoved: (state: number) => boolean;
	/** Of the same rewards with less removed; the nearer it is, the fewer rounds. */
	guess: Solution | null;
}

/**
 * @returns a solver for any rewards on `chain`, with any states but the start removed; null where `errorMax` was not
 * reached. Removing keeps the order of the sweep, so that all that is read of the chain is read once.
 */
export function createIteration(
	chain: Chain,
): (reward: Float64Array, errorMax: number, removal?: Removal) => Solution | null {
	const system = readSystem(chain);
	const { states, removed } = system;
	const n = states.length;
	return (reward, errorMax, removal) => {
		for (let i = 0; i < n; i++) removed[i] = removal?.isRemoved(states[i] as number) ? 1 : 0;
		const target = Float64Array.from(states, (s) => (reward[s] as number) / (chain.left[s] as number));
		const x = removal?.guess?.values.slice() ?? new Float64Array(n);
		for (let i = 0; i < n; i++) if (removed[i] === 1) x[i] = 0;
		const r = new Float64Array(n);
		for (let round = 0; round <= ROUNDS_MAX; round++) {
			if (writeResidual(system, target, x, r) <= errorMax) return { start: x[n - 1] as number, values: x };
			solveLower(system, r);
			if (!improve(system, x, r, errorMax)) return null;
		}
		return null;
	};
}

/** Depth-first from the start, numbering each state when all that it leads to has been seen. */
function readSystem({ from, to, taken, left }: Chain): System {
	const edgesFrom = new Int32Array(left.length + 1);
	for (const s of from) edgesFrom[s + 1] = (edgesFrom[s + 1] as number) + 1;
	for (let s = 0; s < left.length; s++) edgesFrom[s + 1] = (edgesFrom[s + 1] as number) + (edgesFrom[s] as number);
	const next = edgesFrom.slice(0, left.length);
	const number = new Int32Array(left.length).fill(-1);
	const seen = new Uint8Array(left.length);
	const order: number[] = [];
	const stack = [0];
	seen[0] = 1;
	while (stack.length > 0) {
		const s = stack[stack.length - 1] as number;
		const e = next[s] as number;
		if (e === edgesFrom[s + 1]) {
			number[s] = order.push(s) - 1;
			stack.pop();
			continue;
		}
		next[s] = e + 1;
		const target = to[e] as number;
		if (seen[target]) continue;
		seen[target] = 1;
		stack.push(target);
	}
	const n = order.length;
	const firstEdge = new Int32Array(n + 1);
	const slot = new Int32Array(from.length);
	const share = new Float64Array(from.length);
	let edge = 0;
	order.forEach((s, i) => {
		for (let e = edgesFrom[s] as number; e < (edgesFrom[s + 1] as number); e++) {
			const target = number[to[e] as number] as number;
			slot[edge] = target < i ? target : target + n;
			share[edge++] = (taken[e] as number) / (left[s] as number);
		}
		firstEdge[i + 1] = edge;
	});
	return {
		states: Int32Array.from(order),
		firstEdge,
		slot,
		share,
		visits: Float64Array.from(order, (s) => (left[s] as number) / (left[0] as number)),
		slots: new Float64Array(2 * n),
		removed: new Uint8Array(n),
	};
}

/** out = x − (I − L)⁻¹ U x, in one pass over the transitions; 0 where states are removed. */
function apply({ firstEdge, slot, share, slots, removed }: System, x: Float64Array, out: Float64Array): void {
	const n = x.length;
	slots.set(x, n);
	for (let i = 0; i < n; i++) {
		if (removed[i] === 1) {
			slots[i] = 0;
			out[i] = 0;
			continue;
		}
		let sum = 0;
		for (let e = firstEdge[i] as number, end = firstEdge[i + 1] as number; e < end; e++)
			sum += (share[e] as number) * (slots[slot[e] as number] as number);
		slots[i] = sum;
		out[i] = (x[i] as number) - sum;
	}
}

/** x = (I − L)⁻¹ x. */
function solveLower({ firstEdge, slot, share, removed }: System, x: Float64Array): void {
	const n = x.length;
	for (let i = 0; i < n; i++) {
		if (removed[i] === 1) continue;
		let sum = x[i] as number;
		for (let e = firstEdge[i] as number; e < (firstEdge[i + 1] as number); e++) {
			const target = slot[e] as number;
			if (target < n) sum += (share[e] as number) * (x[target] as number);
		}
		x[i] = sum;
	}
}

/** r = target − (I − Q) x; returns how far off x can be at the start. */
function writeResidual(system: System, target: Float64Array, x: Float64Array, r: Float64Array): number {
	const { firstEdge, slot, share, removed } = system;
	const n = x.length;
	for (let i = 0; i < n; i++) {
		if (removed[i] === 1) {
			r[i] = 0;
			continue;
		}
		let sum = (target[i] as number) - (x[i] as number);
		for (let e = firstEdge[i] as number; e < (firstEdge[i + 1] as number); e++)
			sum += (share[e] as number) * (x[(slot[e] as number) % n] as number);
		r[i] = sum;
	}
	return weigh(system, r);
}

function weigh({ visits }: System, r: Float64Array): number {
	let sum = 0;
	for (let i = 0; i < r.length; i++) sum += (visits[i] as number) * Math.abs(r[i] as number);
	return sum;
}

/**
 * One round from `x` with the preconditioned residual `r`, both changed in place, until the running residual is
 * small (it drifts from the true one, so the caller looks again) or the method breaks down.
 *
 * @returns false where `x` is spoilt
 */
function improve(system: System, x: Float64Array, r: Float64Array, errorMax: number): boolean {
	const n = x.length;
	const shadow = r.slice();
	const p = r.slice();
	const v = new Float64Array(n);
	const t = new Float64Array(n);
	let rho = dot(shadow, r);
	for (let iteration = 0; iteration < ITERATIONS_MAX; iteration++) {
		apply(system, p, v);
		const alpha = rho / dot(shadow, v);
		if (!Number.isFinite(alpha)) return true;
		for (let i = 0; i < n; i++) {
			x[i] = (x[i] as number) + alpha * (p[i] as number);
			r[i] = (r[i] as number) - alpha * (v[i] as number);
		}
		apply(system, r, t);
		const tt = dot(t, t);
		const omega = tt > 0 ? dot(t, r) / tt : 0;
		for (let i = 0; i < n; i++) {
			x[i] = (x[i] as number) + omega * (r[i] as number);
			r[i] = (r[i] as number) - omega * (t[i] as number);
		}
		const bound = weigh(system, r);
		if (!Number.isFinite(bound)) return false;
		if (bound <= errorMax / 2) return true;
		const before = rho;
		rho = dot(shadow, r);
		const beta = (rho / before) * (alpha / omega);
		if (!Number.isFinite(beta) || beta === 0) return true;
		for (let i = 0; i < n; i++) p[i] = (r[i] as number) + beta * ((p[i] as number) - omega * (v[i] as number));
	}
	return true;
}

function dot(a: Float64Array, b: Float64Array): number {
	let sum = 0;
	for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
	return sum;
}
