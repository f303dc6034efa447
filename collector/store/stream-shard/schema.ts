/**
 * The data model of a stream shard. The row layout is the cost: an append is one row, a fold one
 * row a stream (its head), plus what one round shares among all streams that it folds. What tells of a person is
 * sealed under the stream's key (stream-keys.ts); keyed hashes, numbers and times are not.
 */
import { INBOX_SCHEMA } from "../links.ts";
import { KEY_SLOTS_SCHEMA } from "../sealing/key-slots.ts";
import { REJECTIONS_SCHEMA } from "./rejections.ts";

export const STREAM_SHARD_SCHEMA = [
	`CREATE TABLE IF NOT EXISTS meta (
		key TEXT PRIMARY KEY, -- 'config', 'aging' (how far content that is too old has been looked for), 'rules' (version that heads are folded under), 'progress' (how far folding has come, what a round under way may send, and its end), 'refold' (stream reached)
		value TEXT NOT NULL
	) WITHOUT ROWID`,
	// One row a batch: the segments of all streams that it holds (codec.ts), each sealed.
	`CREATE TABLE IF NOT EXISTS log (
		id INTEGER PRIMARY KEY,
		body BLOB NOT NULL
	)`,
	// One row a stream (head-place.ts). Sealed: hashes of recent messageIds, then packed columns of Head (pack-columns.ts), as far as a megabyte goes.
	`CREATE TABLE IF NOT EXISTS heads (
		id INTEGER PRIMARY KEY,
		stream TEXT NOT NULL,
		slot INTEGER NOT NULL,    -- of the stream's key in seal_keys
		due INTEGER,              -- the first cut, ms, at which content goes by age (aging.ts); null: none
		body BLOB NOT NULL
	)`,
	// Of few streams. Sealed: page 0: what a head has over its first megabyte, in parts 1, 2, …. Pages 1, 2, …: packed archived windows;
	// page -1: of the graph's answer, where the head holds a part of it. They too go on in parts after a megabyte: a row holds 2 MB at most.
	`CREATE TABLE IF NOT EXISTS head_pages (
		stream TEXT NOT NULL,
		page INTEGER NOT NULL,
		part INTEGER NOT NULL,
		slot INTEGER NOT NULL,
		body BLOB NOT NULL,
		PRIMARY KEY (stream, page, part)
	) WITHOUT ROWID`,
	// Sealed: sorted hashes (message-ids.ts) of messageIds that left the head's list of recent ones.
	`CREATE TABLE IF NOT EXISTS seen (
		stream TEXT NOT NULL,
		bucket INTEGER NOT NULL,
		body BLOB NOT NULL,
		PRIMARY KEY (stream, bucket)
	) WITHOUT ROWID`,
	// What the graph said and no fold has read yet: the row is the mark of work.
	`CREATE TABLE IF NOT EXISTS answers (
		stream TEXT PRIMARY KEY,
		arrived INTEGER NOT NULL, -- ms, never twice: a newer one is never deleted for an older, and a receipt waits for those up to its mark
		body BLOB NOT NULL      -- StreamAnswer, packed and sealed
	) WITHOUT ROWID`,
	...REJECTIONS_SCHEMA,
	// Streams whose fold failed by a fault of ours: set aside so that they block nobody.
	`CREATE TABLE IF NOT EXISTS stuck (
		stream TEXT PRIMARY KEY,
		since INTEGER NOT NULL,   -- first log row not folded
		strays TEXT NOT NULL,     -- JSON of what an interrupted fold may have sent
		at INTEGER NOT NULL,      -- ms
		error TEXT NOT NULL
	) WITHOUT ROWID`,
	// How events differed from the tracking plan.
	`CREATE TABLE IF NOT EXISTS plan_warnings (
		day INTEGER NOT NULL,     -- since the epoch, UTC
		event TEXT NOT NULL,
		problem TEXT NOT NULL,
		property TEXT NOT NULL,
		count INTEGER NOT NULL,
		at INTEGER NOT NULL,      -- last seen, ms
		message_id BLOB,          -- sealed: an event that shows it; null: it went with an erasure
		PRIMARY KEY (day, event, problem, property)
	) WITHOUT ROWID`,
	INBOX_SCHEMA,
	KEY_SLOTS_SCHEMA,
];
