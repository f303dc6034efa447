/**
 * The data model of a profile shard: each profile's chain as pieces, in the order that a reader
 * wants them. One row a piece, found by its key's index: a table ordered by the key itself would keep a quarter of a
 * page in a row and give each piece an overflow page for the rest, which took twice the bytes.
 */
import { INBOX_SCHEMA } from "../links.ts";

export const PROFILE_SHARD_SCHEMA = [
	`CREATE TABLE IF NOT EXISTS pieces (
		profile TEXT NOT NULL,
		stream TEXT NOT NULL,
		win INTEGER NOT NULL,     -- window of the stream
		first_at INTEGER NOT NULL, -- ms, of the events that it stands for
		last_at INTEGER NOT NULL,
		path BLOB NOT NULL,       -- columns that analyses read (stored-path.ts): text, packed where long
		detail BLOB NOT NULL,     -- packed (detail-codec.ts): lines of touchpoints, then the rest of the Piece (stored-detail.ts)
		PRIMARY KEY (profile, stream, win)
	)`,
	// What changed, one row a message: the change feed reads it by number.
	`CREATE TABLE IF NOT EXISTS changes (
		seq INTEGER PRIMARY KEY,
		at INTEGER NOT NULL,      -- ms, our clock
		profiles TEXT NOT NULL    -- JSON: ids whose chain changed
	)`,
	INBOX_SCHEMA,
];
