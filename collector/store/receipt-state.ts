/** How far an erasure has come (receipts.ts). */
import type { WorkMark } from "./stream-shard/shard-status.ts";

export interface ReceiptState {
	/** Steps that are past, of four. */
	step: number;
	/** What the step under way waits for: of each shard, or of the graph; null while it has not begun. */
	shards: WorkMark[] | null;
	graph: number | null;
}

export const BEGUN: ReceiptState = { step: 0, shards: null, graph: null };
export const DONE: ReceiptState = { step: 4, shards: null, graph: null };
