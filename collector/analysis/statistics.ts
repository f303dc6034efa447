/**
 * Rates and their comparison, as R computes them: Wilson intervals, Fisher's exact test, the test of two
 * proportions, Mantel and Haenszel over strata, Benjamini and Hochberg over many tests.
 */
import type { Interval } from "./bootstrap.ts";
import { bisect, chiSquareTail, logChoose, normalQuantile } from "./special.ts";

/** Two groups by outcome: [[a hits, a misses], [b hits, b misses]], whole numbers of at least 0. */
export type TwoByTwo = readonly [readonly [number, number], readonly [number, number]];

export const CONFIDENCE = 0.95;

/**
 * Wilson score interval of a rate, without continuity correction.
 *
 * @param hits 0 to `trials`
 * @returns within [0, 1]; the whole of it without trials
 * @see Wilson, Probable inference, JASA 22 (1927); R: prop.test(correct = FALSE)
 */
export function wilsonInterval(hits: number, trials: number, confidence = CONFIDENCE): Interval {
	if (trials === 0) return { low: 0, high: 1 };
	const z = normalQuantile((1 - confidence) / 2);
	const rate = hits / trials;
	const middle = rate + (z * z) / (2 * trials);
	const half = z * Math.sqrt((rate * (1 - rate)) / trials + (z * z) / (4 * trials * trials));
	const scale = 1 + (z * z) / trials;
	// At the edges the formula gives 0 and 1 but for rounding.
	return {
		low: hits === 0 ? 0 : (middle - half) / scale,
		high: hits === trials ? 1 : (middle + half) / scale,
	};
}

export interface FisherResult {
	pTwoSided: number;
	/** Of an odds ratio above 1. */
	pGreater: number;
	pLess: number;
	/** Conditional maximum likelihood; 0 or Infinity at the edges, NaN where a margin is empty. */
	oddsRatio: number;
	interval: Interval;
}

/** Above this many hits or trials the exact sums are long and the χ² test agrees anyway. */
export const FISHER_TRIALS_MAX = 100_000;

/**
 * Fisher's exact test with the conditional odds ratio and its interval.
 *
 * @throws RangeError above {@link FISHER_TRIALS_MAX} trials: use {@link compareProportions}
 * @see R: fisher.test
 */
export function fisherExact([[a, b], [c, d]]: TwoByTwo, confidence = CONFIDENCE): FisherResult {
	const [first, second, hits] = [a + b, c + d, a + c];
	if (first + second > FISHER_TRIALS_MAX) throw new RangeError(`more than ${FISHER_TRIALS_MAX} trials`);
	const low = Math.max(0, hits - second);
	const high = Math.min(first, hits);
	const logs = Array.from(
		{ length: high - low + 1 },
		(_, i) => logChoose(first, low + i) + logChoose(second, hits - low - i),
	);
	/** Probabilities of a's hits, from `low` up, where the odds ratio is e^logOdds. */
	const densityAt = (logOdds: number) => {
		const tilted = logs.map((log, i) => log + (low + i) * logOdds);
		const top = tilted.reduce((max, log) => Math.max(max, log), Number.NEGATIVE_INFINITY);
		const weights = tilted.map((log) => Math.exp(log - top));
		const sum = weights.reduce((total, weight) => total + weight, 0);
		return weights.map((weight) => weight / sum);
	};
	const upTo = (density: number[]) => density.reduce((sum, p, i) => (low + i <= a ? sum + p : sum), 0);
	const from = (density: number[]) => density.reduce((sum, p, i) => (low + i >= a ? sum + p : sum), 0);
	const even = densityAt(0);
	// As R does: outcomes as likely as the one seen count in spite of rounding.
	const seen = (even[a - low] as number) * (1 + 1e-7);
	const pTwoSided = Math.min(
		1,
		even.reduce((sum, p) => (p <= seen ? sum + p : sum), 0),
	);
	const solve = (rising: (logOdds: number) => number) => Math.exp(bisect(rising, -60, 60));
	const mean = (logOdds: number) => densityAt(logOdds).reduce((sum, p, i) => sum + p * (low + i), 0);
	const tail = (1 - confidence) / 2;
	const point =
		low === high ? Number.NaN : a === low ? 0 : a === high ? Number.POSITIVE_INFINITY : solve((x) => mean(x) - a);
	return {
		pTwoSided,
		pGreater: Math.min(1, from(even)),
		pLess: Math.min(1, upTo(even)),
		oddsRatio: point,
		interval: {
			low: a === low ? 0 : solve((x) => from(densityAt(x)) - tail),
			high: a === high ? Number.POSITIVE_INFINITY : solve((x) => tail - upTo(densityAt(x))),
		},
	};
}

/**
 * χ² test of two proportions, no continuity correction; p is 1 where a margin is empty.
 *
 * @see R: prop.test(correct = FALSE)
 */
export function compareProportions([[a, b], [c, d]]: TwoByTwo): { chiSquare: number; p: number } {
	const trials = a + b + c + d;
	const margins = (a + b) * (c + d) * (a + c) * (b + d);
	if (margins === 0) return { chiSquare: 0, p: 1 };
	const chiSquare = (trials * (a * d - b * c) ** 2) / margins;
	return { chiSquare, p: chiSquareTail(chiSquare, 1) };
}

/** Smallest expected count that the χ² test is trusted with (Cochran's rule). */
const EXPECTED_MIN = 5;

/** Two-sided p of a difference between two rates: Fisher's exact test where counts are small, else χ². */
export function differenceP(table: TwoByTwo): number {
	const [[a, b], [c, d]] = table;
	const trials = a + b + c + d;
	const smallest = (Math.min(a + b, c + d) * Math.min(a + c, b + d)) / trials;
	const whole = [a, b, c, d].every(Number.isInteger);
	if (smallest >= EXPECTED_MIN || trials > FISHER_TRIALS_MAX || !whole) return compareProportions(table).p;
	return fisherExact(table).pTwoSided;
}

export interface StratifiedResult {
	/** Common odds ratio; NaN where no stratum tells anything. */
	oddsRatio: number;
	interval: Interval;
	/** Cochran, Mantel and Haenszel, no continuity correction. */
	chiSquare: number;
	p: number;
	/** Strata in which both groups and both outcomes occur. */
	informative: number;
}

/**
 * Compares two groups within strata, so that what differs between strata cannot pass for a difference between
 * groups (Simpson). Interval by Robins, Breslow and Greenland.
 *
 * @see R: mantelhaen.test(correct = FALSE)
 */
export function mantelHaenszel(strata: readonly TwoByTwo[], confidence = CONFIDENCE): StratifiedResult {
	let [r, s, pr, prqs, qs] = [0, 0, 0, 0, 0];
	let [excess, variance, informative] = [0, 0, 0];
	for (const [[a, b], [c, d]] of strata) {
		const n = a + b + c + d;
		if (n < 2) continue;
		const margins = (a + b) * (c + d) * (a + c) * (b + d);
		if (margins > 0) informative++;
		const [ri, si, pi, qi] = [(a * d) / n, (b * c) / n, (a + d) / n, (b + c) / n];
		r += ri;
		s += si;
		pr += pi * ri;
		prqs += pi * si + qi * ri;
		qs += qi * si;
		excess += a - ((a + b) * (a + c)) / n;
		variance += margins / (n * n * (n - 1));
	}
	const oddsRatio = r / s;
	const error = Math.sqrt(pr / (2 * r * r) + prqs / (2 * r * s) + qs / (2 * s * s));
	const reach = Math.exp(normalQuantile((1 - confidence) / 2) * error);
	const chiSquare = variance > 0 ? (excess * excess) / variance : 0;
	return {
		oddsRatio,
		interval: Number.isFinite(reach)
			? { low: oddsRatio / reach, high: oddsRatio * reach }
			: { low: 0, high: Number.POSITIVE_INFINITY },
		chiSquare,
		p: variance > 0 ? chiSquareTail(chiSquare, 1) : 1,
		informative,
	};
}

/**
 * Benjamini and Hochberg: p-values adjusted for their number, so that calling everything below q a finding
 * keeps the expected share of false ones below q.
 *
 * @returns same order as given
 * @see R: p.adjust(method = "BH")
 */
export function adjustByBenjaminiHochberg(ps: readonly number[]): number[] {
	const descending = ps.map((_, i) => i).sort((i, j) => (ps[j] as number) - (ps[i] as number));
	const adjusted = new Array<number>(ps.length);
	let least = 1;
	descending.forEach((i, place) => {
		least = Math.min(least, ((ps[i] as number) * ps.length) / (ps.length - place));
		adjusted[i] = least;
	});
	return adjusted;
}
