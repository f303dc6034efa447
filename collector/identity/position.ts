/**
 * The total order ≺ (rule 1): by `timestamp`, then `messageId`; the stream only parts two events
 * of the same messageId in two streams.
 */
import type { Position } from "../model.ts";
import { compareText } from "./node-key.ts";

export function comparePositions(a: Position, b: Position): number {
	return a.t - b.t || compareText(a.m, b.m) || compareText(a.s, b.s);
}

/**
 * @param items ascending by `at`
 * @returns index of the last item at or before `at`, −1 where none is
 */
export function lastAtOrBefore<T>(items: readonly T[], at: Position, positionOf: (item: T) => Position): number {
	return lastWhere(items, (item) => comparePositions(positionOf(item), at) <= 0);
}

/**
 * @param holds true of the first items and false of all after them
 * @returns index of the last item of which it is true, −1 where there is none
 */
export function lastWhere<T>(items: readonly T[], holds: (item: T) => boolean): number {
	let low = 0;
	let high = items.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if (holds(items[middle] as T)) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}
