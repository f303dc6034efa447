/**
 * How long a shard waits after a batch before it folds. What a round costs besides its streams (two rows, a message
 * and a few more rows for each profile shard) is shared by all batches that it folds: a busy shard gathers for
 * longer, a quiet one shows a visit at once.
 */

const QUIET_MS = 25;
const BUSY_MS = 250;
/** Batches of one second from which on a shard is busy. */
const BUSY_BATCHES = 8;
const SECOND_MS = 1_000;

export class FoldDelay {
	private second = 0;
	private batches = 0;
	private batchesBefore = 0;

	/**
	 * Counts a batch.
	 * @param now ms; may go backwards
	 * @returns ms to wait before it is folded
	 */
	next(now: number): number {
		const second = Math.floor(now / SECOND_MS);
		if (second !== this.second) {
			this.batchesBefore = second === this.second + 1 ? this.batches : 0;
			this.batches = 0;
			this.second = second;
		}
		this.batches++;
		return Math.max(this.batches, this.batchesBefore) >= BUSY_BATCHES ? BUSY_MS : QUIET_MS;
	}
}
