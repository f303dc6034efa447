/**
 * The data model of a profile shard: each profile's chain as pieces, in the order that a reader wants them, some to a row (piece-blocks.ts).
 * They are found by their number (piece-place.ts): an index would be a second row to pay for.
 */
import { INBOX_SCHEMA } from "../links.ts";
import { KEY_SLOTS_SCHEMA } from "../sealing/key-slots.ts";
import { CHANGES_SCHEMA } from "./change-log.ts";
import { PIECE_BLOCKS_SCHEMA } from "./piece-blocks.ts";
import { TWINS_SCHEMA } from "./twin-count.ts";

export const PROFILE_SHARD_SCHEMA = [
	PIECE_BLOCKS_SCHEMA,
	CHANGES_SCHEMA,
	...TWINS_SCHEMA,
	INBOX_SCHEMA,
	KEY_SLOTS_SCHEMA,
];
