/**
 * Poisson bootstrap over counted paths: every journey gets an independent Poisson(1) weight, so a path walked
 * w times gets Poisson(w), and counts can be resampled without the journeys. Journeys of one person are drawn
 * apart, so the intervals speak of journeys, not of people.
 *
 * @see Chamandy et al., Estimating uncertainty for massive data streams (Google, 2012)
 */
import type { Outcomes, PathTable } from "./path-table.ts";
import { createRandom, drawNormal, drawPoisson, type Random } from "./random.ts";

export const REPLICATES_MAX = 2_000;

export interface Interval {
	low: number;
	high: number;
}

/**
 * One resample. A path's value follows its drawn conversions at their mean, plus normal noise of the spread
 * that the conversions' values have around that mean.
 */
export function resampleOutcomes(table: PathTable, random: Random): Outcomes {
	const n = table.conversions.length;
	const drawn: Outcomes = {
		conversions: new Float64Array(n),
		value: new Float64Array(n),
		nulls: new Float64Array(n),
	};
	for (let p = 0; p < n; p++) {
		const conversions = table.conversions[p] as number;
		drawn.nulls[p] = drawPoisson(table.nulls[p] as number, random);
		if (conversions === 0) continue;
		const count = drawPoisson(conversions, random);
		drawn.conversions[p] = count;
		const value = table.value[p] as number;
		const residual = Math.max(0, (table.valueSquares[p] as number) - (value * value) / conversions);
		// Rounding alone leaves a residual where all values are equal.
		const spread = residual > 1e-9 * (table.valueSquares[p] as number) ? Math.sqrt(residual) : 0;
		if (count > 0) drawn.value[p] = (value / conversions) * count + (spread > 0 ? spread * drawNormal(random) : 0);
	}
	return drawn;
}

/**
 * Percentile intervals of whatever `measure` gives for each resample.
 *
 * @param measure same length every time
 * @param replicates 1 to {@link REPLICATES_MAX}
 * @param confidence in (0, 1), for example 0.95
 * @returns one interval for each place in what `measure` gives
 */
export function bootstrapIntervals(
	table: PathTable,
	measure: (outcomes: Outcomes) => Float64Array,
	{ replicates, seed, confidence }: { replicates: number; seed: number; confidence: number },
): Interval[] {
	if (!Number.isInteger(replicates) || replicates < 1 || replicates > REPLICATES_MAX)
		throw new RangeError(`replicates must be a whole number from 1 to ${REPLICATES_MAX}`);
	if (!(confidence > 0 && confidence < 1)) throw new RangeError("confidence must be in (0, 1)");
	const random = createRandom(seed);
	const draws = Array.from({ length: replicates }, () => measure(resampleOutcomes(table, random)));
	const tail = (1 - confidence) / 2;
	return Array.from(draws[0] as Float64Array, (_, i) => {
		const sorted = Float64Array.from(draws, (draw) => draw[i] as number).sort();
		return { low: quantileOf(sorted, tail), high: quantileOf(sorted, 1 - tail) };
	});
}

/** Quantile by linear interpolation (R's type 7). `sorted` ascending, not empty; `q` in [0, 1]. */
export function quantileOf(sorted: ArrayLike<number>, q: number): number {
	const place = q * (sorted.length - 1);
	const below = Math.floor(place);
	const low = sorted[below] as number;
	const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
	return low + (place - below) * (high - low);
}
