/**
 * The data model of the identity graph. Identifiers stand here as keyed hashes only
 * (`kind=hash`); what a person is called travels in pieces.
 */
import { INBOX_SCHEMA } from "../links.ts";
import { KEY_SLOTS_SCHEMA } from "../sealing/key-slots.ts";
import { SHARED_DEVICES_SCHEMA } from "./device-memory.ts";
import { ERASURE_LOG_SCHEMA } from "./erasure-log.ts";
import { IDLE_STREAMS_SCHEMA } from "./idle-streams.ts";
import { SEGMENTS_SCHEMA } from "./segments.ts";
import { TOMBSTONES_SCHEMA } from "./tombstones.ts";

export const IDENTITY_GRAPH_SCHEMA = [
	`CREATE TABLE IF NOT EXISTS meta (
		key TEXT PRIMARY KEY, -- 'config', 'plan', 'webhooks', 'config_told' (version of the settings that every stream shard was told), 'telling' (streams that a round under way may have told), 'rules' (CODE_RULES_VERSION of all answers), 'large_until' (ms: no large component is recomputed before), 'idle_turn' (idle-streams.ts)
		value TEXT NOT NULL
	) WITHOUT ROWID`,
	`CREATE TABLE IF NOT EXISTS keys (
		hash TEXT PRIMARY KEY,    -- SHA-256 of the key, hex
		body TEXT NOT NULL        -- KeyRecord
	) WITHOUT ROWID`,
	// One row for each stream that carries an identifier, or that a statement names.
	`CREATE TABLE IF NOT EXISTS streams (
		stream TEXT PRIMARY KEY,
		slot INTEGER,             -- of its key in seal_keys; null while the stream itself has not spoken
		claims BLOB,              -- sealed: StreamClaims, packed where it is long; null where the stream claims nothing
		told INTEGER NOT NULL     -- hash53 of the answer that its shard acknowledged last; 0: none
	) WITHOUT ROWID`,
	// Which streams carry an identifier, but for the stream that is called as it is.
	`CREATE TABLE IF NOT EXISTS nodes (
		node TEXT NOT NULL,
		stream TEXT NOT NULL,
		PRIMARY KEY (node, stream)
	) WITHOUT ROWID`,
	// Statements by each identifier that they name.
	`CREATE TABLE IF NOT EXISTS statements (
		node TEXT NOT NULL,
		stream TEXT NOT NULL,     -- that logged it
		key TEXT NOT NULL,        -- digest of what it says
		slot INTEGER NOT NULL,    -- of the stream's key
		body BLOB NOT NULL,       -- sealed: Statement
		PRIMARY KEY (node, stream, key)
	) WITHOUT ROWID`,
	// Where to begin the next recompute. The row is the mark of work.
	`CREATE TABLE IF NOT EXISTS dirty (
		id INTEGER PRIMARY KEY,
		node TEXT NOT NULL        -- an identifier, or the key of a stream behind 'stream:' or 'idle:'
	)`,
	// Marks that wait for the next recompute of a large component.
	`CREATE TABLE IF NOT EXISTS postponed (
		node TEXT PRIMARY KEY     -- as in dirty
	) WITHOUT ROWID`,
	// Identifiers known to be shared, at which a walk stops. No userIds.
	`CREATE TABLE IF NOT EXISTS shared (
		node TEXT PRIMARY KEY,
		streams TEXT NOT NULL,      -- JSON: the streams whose claims show it
		by_servers INTEGER NOT NULL -- 1: their claims of server trust do
	) WITHOUT ROWID`,
	// The profile that each identifier belongs to; by hash first, so that any identifier's hash finds its heir.
	`CREATE TABLE IF NOT EXISTS owners (
		hash TEXT NOT NULL,
		kind TEXT NOT NULL,
		profile TEXT NOT NULL,
		PRIMARY KEY (hash, kind)
	) WITHOUT ROWID`,
	`CREATE TABLE IF NOT EXISTS receipts (
		receipt TEXT PRIMARY KEY,
		body TEXT NOT NULL        -- ReceiptState
	) WITHOUT ROWID`,
	// None is ever deleted, so the largest id counts them.
	`CREATE TABLE IF NOT EXISTS share_links (
		id INTEGER PRIMARY KEY,
		code TEXT NOT NULL UNIQUE,
		parent TEXT,              -- code of the link that was shared on; null where the owner made it
		body TEXT NOT NULL        -- ShareLink
	)`,
	// Conversions that a profile shard has begun to tell a webhook of.
	`CREATE TABLE IF NOT EXISTS webhook_claims (
		id TEXT PRIMARY KEY,      -- of the call
		holder TEXT NOT NULL,     -- the shard that tells; empty: it has been told
		at INTEGER NOT NULL       -- ms
	) WITHOUT ROWID`,
	"CREATE INDEX IF NOT EXISTS share_links_parent ON share_links (parent) WHERE parent IS NOT NULL",
	ERASURE_LOG_SCHEMA,
	IDLE_STREAMS_SCHEMA,
	INBOX_SCHEMA,
	KEY_SLOTS_SCHEMA,
	SEGMENTS_SCHEMA,
	SHARED_DEVICES_SCHEMA,
	TOMBSTONES_SCHEMA,
];
