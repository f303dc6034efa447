/** Walking the marks of a drawing by keyboard. */

/**
 * Index of the mark that a key leads to.
 *
 * @param at −1: none is told of yet
 * @returns null for other keys, and where there is no mark
 */
export function placeAfter(key: string, at: number, count: number, columns: number): number | null {
	const steps: Record<string, number> = {
		ArrowRight: at + 1,
		ArrowLeft: at - 1,
		ArrowDown: at < 0 ? 0 : at + columns,
		ArrowUp: at - columns,
		Home: 0,
		End: count - 1,
	};
	const to = steps[key];
	if (to === undefined || count === 0) return null;
	if (to < 0) return Math.max(0, at);
	return to >= count ? Math.max(0, at) : to;
}
