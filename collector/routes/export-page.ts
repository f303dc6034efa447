/** Pages of exports, and the headers that tell of them. */

/** Place in the change feed to give as `changedSince`: what changed after it was taken is told by the feed. */
export const CURSOR_HEADER = "x-strand-cursor";
/** Where the next page begins; absent on the last one. The same as in `Link: <…>; rel="next"`. */
export const NEXT_HEADER = "x-strand-next";

/** One page on its way out, and where the one after it begins; null at the end. */
export interface WalkedPage {
	bytes: Uint8Array;
	rows: number;
	next: string | null;
}

export async function* eachPage(pages: readonly WalkedPage[]): AsyncGenerator<WalkedPage> {
	yield* pages;
}
