/** A place in the change feed as text: the number of the last change known, a shard each. */

export type ChangeCursor = { ok: true; numbers: number[] } | { ok: false; message: string };

/** @param held numbers that each shard can still tell of */
export function parseChangeCursor(text: string, held: readonly { first: number; last: number }[]): ChangeCursor {
	const numbers = /^\d{1,15}(\.\d{1,15})*$/.test(text) ? text.split(".").map(Number) : [];
	if (numbers.length !== held.length || numbers.some((number, shard) => number > (held[shard]?.last ?? 0))) {
		return { ok: false, message: "Not a cursor of this workspace: use the x-strand-cursor of an earlier answer." };
	}
	if (numbers.some((number, shard) => number < (held[shard]?.first ?? 0))) {
		return { ok: false, message: "Too old: changes are kept for 30 days. Export everything anew." };
	}
	return { ok: true, numbers };
}

export function writeChangeCursor(numbers: readonly number[]): string {
	return numbers.join(".");
}
