/** Pages of exports, and the headers that tell of them. */

/** Place in the change feed to give as `changedSince`: what changed after it was taken is told by the feed. */
export const CURSOR_HEADER = "x-strand-cursor";
/** Where the next page begins; absent on the last one. The same as in `Link: <…>; rel="next"`. */
export const NEXT_HEADER = "x-strand-next";

/** How much of the table lies before the next page, 0 to 1; about, and with a `limit` only. */
export const PROGRESS_HEADER = "x-strand-progress";

/** One page on its way out, and where the one after it begins; null at the end. */
export interface WalkedPage {
	bytes: Uint8Array;
	rows: number;
	next: string | null;
	/** How much of the table has been walked, 0 to 1. */
	share?: number;
}

/** @param rest comes after them */
export async function* eachPage(
	pages: readonly WalkedPage[],
	rest?: AsyncGenerator<WalkedPage>,
): AsyncGenerator<WalkedPage> {
	yield* pages;
	if (rest !== undefined) yield* rest;
}
