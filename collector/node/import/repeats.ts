/** Counts rows that say the same as one before, in memory that is taken once: 4 MB. */

/** Different rows remembered. */
export const REPEAT_IDS_MAX = 200_000;

/** Hexadecimal digits of an id that are compared: what a number holds, of 32 plenty to count by. */
const ID_DIGITS = 13;

export interface Repeats {
	/** @param messageId a hash, in hexadecimal digits */
	add(messageId: string): void;
	readonly count: number;
	/** Rows were added that nothing remembers, so that repeats of those are not counted. */
	readonly isPartial: boolean;
}

export function createRepeats(idsMax = REPEAT_IDS_MAX): Repeats {
	// A Set of 200,000 texts takes 20 MB of heap, and a slice keeps the text that it is of.
	const places = new Float64Array(2 ** Math.ceil(Math.log2(2 * idsMax)));
	let [known, count, isPartial] = [0, 0, false];
	return {
		add(messageId) {
			const id = Number.parseInt(messageId.slice(-ID_DIGITS), 16) + 1;
			let at = id % places.length;
			while (places[at] !== 0 && places[at] !== id) at = (at + 1) % places.length;
			if (places[at] === id) count++;
			else if (known < idsMax) {
				places[at] = id;
				known++;
			} else isPartial = true;
		},
		get count() {
			return count;
		},
		get isPartial() {
			return isPartial;
		},
	};
}
