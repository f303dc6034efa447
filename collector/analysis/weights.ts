/**
 * How one conversion's credit falls on the positions of one path. Each function returns one weight per
 * step, in path order, each in [0, 1], summing to 1 within 1e-12, for any path of at least one step.
 */

/** Shares of the first and the last touch; what is left is shared evenly between them. */
export interface PositionShares {
	first: number;
	last: number;
}

/** 40/20/40, the usual U shape. */
export const POSITION_SHARES: PositionShares = { first: 0.4, last: 0.4 };
/** W shape: first touch, lead creation and opportunity have this much each, the rest shares what is left. */
export const W_SHARE = 0.3;

/**
 * First and last touch have set shares and the middle shares the rest evenly. One touch has all; with two,
 * the middle's share is halved between them (40/20/40 gives 50/50, 30/0/70 gives 30/70).
 *
 * @throws RangeError where a share is below 0 or both sum to more than 1
 */
export function positionWeights(n: number, shares: PositionShares = POSITION_SHARES): Float64Array {
	const { first, last } = shares;
	const middle = 1 - first - last;
	if (!(first >= 0 && last >= 0 && middle >= -1e-12)) throw new RangeError("position shares must be in [0, 1]");
	if (n === 1) return Float64Array.of(1);
	if (n === 2) return Float64Array.of(first + middle / 2, last + middle / 2);
	const weights = new Float64Array(n).fill(middle / (n - 2));
	weights[0] = first;
	weights[n - 1] = last;
	return weights;
}

/**
 * W shape: 30 % each for the first touch, the one where the lead was created and the one where the
 * opportunity opened; the others share 10 %. A touch that plays two parts has both shares. Where no touch is
 * left to share the 10 %, the three parts are scaled up to 1.
 *
 * @param lead, opportunity positions; −1 where the path does not mark one: then the opportunity stands at the
 * last touch and the lead midway between the first touch and the opportunity (rounded towards the first)
 */
export function wShapedWeights(n: number, lead = -1, opportunity = -1): Float64Array {
	const opportunityAt = opportunity < 0 ? n - 1 : opportunity;
	const leadAt = lead < 0 ? Math.floor(opportunityAt / 2) : lead;
	const weights = new Float64Array(n);
	for (const i of [0, leadAt, opportunityAt]) weights[i] = (weights[i] as number) + W_SHARE;
	const others = weights.reduce((count, weight) => count + (weight === 0 ? 1 : 0), 0);
	const rest = 1 - 3 * W_SHARE;
	return weights.map((weight) => (others === 0 ? weight / (3 * W_SHARE) : weight === 0 ? rest / others : weight));
}

/**
 * Time decay: weight 2^(−age / half-life), normalised. Ages count from the youngest touch, which changes no
 * weight and keeps very old paths from rounding to 0.
 *
 * @param agesMs time from each step to the conversion
 * @param halfLifeMs above 0
 */
export function decayWeights(agesMs: readonly number[], halfLifeMs: number): Float64Array {
	const n = agesMs.length;
	let youngest = Number.POSITIVE_INFINITY;
	for (let i = 0; i < n; i++) youngest = Math.min(youngest, agesMs[i] as number);
	const weights = new Float64Array(n);
	let sum = 0;
	for (let i = 0; i < n; i++) {
		weights[i] = 2 ** ((youngest - (agesMs[i] as number)) / halfLifeMs);
		sum += weights[i] as number;
	}
	for (let i = 0; i < n; i++) weights[i] = (weights[i] as number) / sum;
	return weights;
}
