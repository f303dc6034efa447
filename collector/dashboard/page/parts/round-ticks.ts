/** About so many numbers below the drawing. */
const TICKS = 5;

/** Multiples of 1, 2 or 5 from 0 up to `max`. @param max above 0 */
export function roundTicks(max: number): number[] {
	const power = 10 ** Math.floor(Math.log10(max / TICKS));
	const step = ([1, 2, 5].find((one) => max / (one * power) <= TICKS) ?? 10) * power;
	return Array.from({ length: Math.floor(max / step) + 1 }, (_, index) => index * step);
}
