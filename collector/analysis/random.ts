/**
 * Seeded randomness for resampling: the same seed gives the same draws on every machine. The seed is always an
 * argument; nothing here asks the platform for chance.
 */

/** Uniform numbers in [0, 1). */
export type Random = () => number;

/**
 * Mulberry32: 32 bits of state, ample for bootstrap weights, not for secrets.
 *
 * @param seed whole number; only its lowest 32 bits count
 * @see https://github.com/bryc/code/blob/master/jshash/PRNGs.md
 */
export function createRandom(seed: number): Random {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Standard normal draw (Box and Muller). */
export function drawNormal(random: Random): number {
	return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** Above this mean the rounded normal is within 1 % of Poisson in every quantile that an interval uses. */
const NORMAL_FROM_MEAN = 500;
/** `exp(-mean)` must stay far above the smallest double. */
const PRODUCT_TO_MEAN = 30;

/**
 * Poisson draw. Large means are split into parts that Knuth's product method can take; very large ones are
 * drawn from the rounded normal.
 *
 * @param mean at least 0
 */
export function drawPoisson(mean: number, random: Random): number {
	if (mean > NORMAL_FROM_MEAN) return Math.max(0, Math.round(mean + Math.sqrt(mean) * drawNormal(random)));
	let count = 0;
	for (let rest = mean; rest > 0; rest -= PRODUCT_TO_MEAN) {
		const limit = Math.exp(-Math.min(rest, PRODUCT_TO_MEAN));
		for (let product = random(); product > limit; product *= random()) count++;
	}
	return count;
}
