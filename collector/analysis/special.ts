/** The few special functions that the tests and intervals stand on. Relative error below 1e-12 where used. */

const LANCZOS = [
	0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
	12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

/**
 * ln Γ(x) for x above 0 (Lanczos, g = 7).
 *
 * @see https://en.wikipedia.org/wiki/Lanczos_approximation
 */
export function logGamma(x: number): number {
	const base = x + 6.5;
	let sum = LANCZOS[0] as number;
	for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] as number) / (x + i - 1);
	return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(base) - base + Math.log(sum);
}

/** ln of n over k; whole numbers, 0 ≤ k ≤ n. */
export function logChoose(n: number, k: number): number {
	return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
}

const EPSILON = 1e-16;
const TERMS_MAX = 10_000;

/**
 * Regularised upper incomplete gamma Q(a, x): series below a + 1, Lentz's continued fraction above.
 *
 * @param a above 0
 * @param x at least 0
 * @see Press et al., Numerical Recipes, 6.2
 */
export function upperGamma(a: number, x: number): number {
	if (x <= 0) return 1;
	const front = Math.exp(a * Math.log(x) - x - logGamma(a));
	if (x < a + 1) {
		let term = 1 / a;
		let sum = term;
		for (let n = 1; n < TERMS_MAX && term > sum * EPSILON; n++) {
			term *= x / (a + n);
			sum += term;
		}
		return 1 - front * sum;
	}
	let b = x + 1 - a;
	let c = Number.MAX_VALUE;
	let d = 1 / b;
	let fraction = d;
	for (let n = 1; n < TERMS_MAX; n++) {
		const an = -n * (n - a);
		b += 2;
		d = 1 / (an * d + b);
		c = b + an / c;
		fraction *= c * d;
		if (Math.abs(c * d - 1) < EPSILON) break;
	}
	return front * fraction;
}

/** P(χ² with `degrees` degrees of freedom ≥ x). */
export function chiSquareTail(x: number, degrees: number): number {
	return upperGamma(degrees / 2, x / 2);
}

/** P(standard normal ≥ z). */
export function normalTail(z: number): number {
	const both = upperGamma(0.5, (z * z) / 2);
	return z >= 0 ? both / 2 : 1 - both / 2;
}

/**
 * The z whose upper tail is `tail`; for example 0.025 gives 1.959964.
 *
 * @param tail in (0, 1)
 */
export function normalQuantile(tail: number): number {
	if (!(tail > 0 && tail < 1)) throw new RangeError("tail must be in (0, 1)");
	return bisect((z) => tail - normalTail(z), -40, 40);
}

/** The zero of a rising function between `low` and `high`, to the last digits. */
export function bisect(rising: (x: number) => number, low: number, high: number): number {
	let [from, to] = [low, high];
	for (let i = 0; i < 200; i++) {
		const middle = (from + to) / 2;
		if (middle <= from || middle >= to) break;
		if (rising(middle) < 0) from = middle;
		else to = middle;
	}
	return (from + to) / 2;
}
