/**
 * Seeded randomness for resampling: the same seed gives the same draws on every machine. The seed is always an
 * argument; nothing here asks the platform for chance.
 */

import { logGamma } from "./special.ts";

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

/** Below this mean multiplying uniforms is faster; Hörmann's method needs a mean of at least 10. */
const REJECTION_FROM_MEAN = 12;

/**
 * Poisson draw: Knuth's product of uniforms for small means, else Hörmann's transformed rejection, whose cost does
 * not grow with the mean.
 *
 * @param mean at least 0
 * @see Hörmann, The transformed rejection method for generating Poisson random variables (PTRS), 1993
 */
export function drawPoisson(mean: number, random: Random): number {
	if (mean < REJECTION_FROM_MEAN) {
		const limit = Math.exp(-mean);
		let count = 0;
		for (let product = random(); product > limit; product *= random()) count++;
		return count;
	}
	const b = 0.931 + 2.53 * Math.sqrt(mean);
	const a = -0.059 + 0.02483 * b;
	const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4);
	const squeeze = 0.9277 - 3.6224 / (b - 2);
	for (;;) {
		const u = random() - 0.5;
		const v = 1 - random();
		const us = 0.5 - Math.abs(u);
		const count = Math.floor(((2 * a) / us + b) * u + mean + 0.43);
		if (us >= 0.07 && v <= squeeze) return count;
		if (count < 0 || (us < 0.013 && v > us)) continue;
		const accepted = Math.log((v * inverseAlpha) / (a / (us * us) + b));
		if (accepted <= count * Math.log(mean) - mean - logGamma(count + 1)) return count;
	}
}
