/** A batch's part for one stream shard, and the shard's word on it. */
import type { PlanWarning } from "../../ingest/index.ts";
import type { Segment } from "../codec.ts";
import type { Rejection } from "./rejections.ts";
import type { LossReport } from "./reported-losses.ts";
import type { Sending } from "./senders.ts";

export interface AppendRequest {
	segments: Segment[];
	rejections: Rejection[];
	/** Whom to count it to; absent: nobody. */
	sending?: Sending;
	/** The batch is a further try; said to one of its shards. */
	isRetry?: boolean;
	/** What the batch's sender lost before; said to one shard. */
	losses?: LossReport;
	/** Unfolded events that the shard may hold; at or above: `overloaded`. Comes along, since a shard learns the settings only when it folds. */
	backlogEventsMax?: number;
	/** How events of the batch differed from the tracking plan. */
	warnings?: (PlanWarning & Pick<Rejection, "carried">)[];
}

export type AppendAnswer = "ok" | "overloaded" | "storage_full";
