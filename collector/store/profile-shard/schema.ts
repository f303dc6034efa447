/**
 * The data model of a profile shard: each profile's chain as pieces, in the order that a reader
 * wants them. One row a piece, found by its number (piece-place.ts): an index would be a second row to pay for, and a table ordered by
 * names keeps a quarter of a page in a row and gives each piece an overflow page for the rest, which took twice the bytes.
 */
import { INBOX_SCHEMA } from "../links.ts";
import { KEY_SLOTS_SCHEMA } from "../sealing/key-slots.ts";
import { CHANGES_SCHEMA } from "./change-log.ts";
import { PIECES_SCHEMA } from "./piece-rows.ts";
import { TWINS_SCHEMA } from "./twin-count.ts";

export const PROFILE_SHARD_SCHEMA = [PIECES_SCHEMA, CHANGES_SCHEMA, ...TWINS_SCHEMA, INBOX_SCHEMA, KEY_SLOTS_SCHEMA];
