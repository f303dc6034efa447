/** What a stream shard tells of its work. */
import type { ReportedLosses } from "./reported-losses.ts";
import type { DeliveryCounts } from "./shard-rows.ts";

export interface WorkMark {
	/** Of the log. */
	row: number;
	/** Number of an answer. */
	arrived: number;
}

export interface StreamShardStatus {
	/** Unfolded log rows, unread answers and unfinished rounds. */
	pending: number;
	changes: number;
	stuck: number;
	refolding: number;
	/** 1: content that is too old is looked for and taken. */
	aging: number;
	rejections: number;
	backlogEvents: number;
	counts: DeliveryCounts;
	reported: ReportedLosses;
	/** `receivedAt` of the oldest unfolded event, ms; null: none. */
	waitingSince: number | null;
	logRows: number;
	databaseBytes: number;
	rowsRead: number;
	rowsWritten: number;
	lastError: string | null;
}
