/** Counts rows that say the same as one before, in bounded memory. */

/** Ids remembered; 16 characters each, about 20 MB in all. */
export const REPEAT_IDS_MAX = 200_000;

/** Characters of an id that are compared: of 32 hexadecimal ones plenty to count by. */
const ID_CHARS = 16;

export interface Repeats {
	add(messageId: string): void;
	readonly count: number;
	/** Rows were added that nothing remembers, so that repeats of those are not counted. */
	readonly isPartial: boolean;
}

export function createRepeats(idsMax = REPEAT_IDS_MAX): Repeats {
	const seen = new Set<string>();
	let [count, isPartial] = [0, false];
	return {
		add(messageId) {
			const id = messageId.slice(-ID_CHARS);
			if (seen.has(id)) count++;
			else if (seen.size < idsMax) seen.add(id);
			else isPartial = true;
		},
		get count() {
			return count;
		},
		get isPartial() {
			return isPartial;
		},
	};
}
