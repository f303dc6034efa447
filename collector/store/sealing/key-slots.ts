/**
 * An object's sealing keys, in numbered slots. A destroyed key must be nowhere on disk, so its bytes may
 * never have been moved: blocks of keys are only ever appended, never deleted, and are overwritten in place
 * by blocks of the same size. Every slot is filled with a random key from the beginning: to take one writes
 * nothing, and to destroy one is to put another in its place.
 */
import type { Sql } from "../ports.ts";
import { KEY_BYTES, open, seal } from "./seal.ts";

/** A block fills a page of 4,096 bytes and never overflows it. */
const BLOCK_KEYS = 120;
const BLOCK_BYTES = BLOCK_KEYS * KEY_BYTES;
/** Blocks held in memory, of 3.8 kB each; at the limit all are forgotten. */
const BLOCKS_MAX = 1_000;
/** Of the first key block. The row before it holds no key in use: SQLite moves a table's first row when it adds a second. */
const FIRST_BLOCK = 1;

export const KEY_SLOTS_SCHEMA = `CREATE TABLE IF NOT EXISTS seal_keys (
	id INTEGER PRIMARY KEY, -- block: the first is never used
	body BLOB NOT NULL      -- ${BLOCK_KEYS} keys of ${KEY_BYTES} bytes
)`;

/** One for each object: it remembers keys, so that two would not see each other's changes. */
export class KeySlots {
	private readonly sql: Sql;
	private readonly blocks = new Map<number, Uint8Array>();

	constructor(sql: Sql) {
		this.sql = sql;
	}

	seal(slot: number, bytes: Uint8Array): Uint8Array {
		return seal(this.key(slot), bytes);
	}

	open(slot: number, sealed: Uint8Array | ArrayBuffer): Uint8Array {
		return open(this.key(slot), sealed);
	}

	/**
	 * Destroys the keys of slots: what was sealed under them can never be read again. Each slot has a fresh key
	 * afterwards. To be called in a transaction; where that fails, {@link forget} must follow.
	 */
	renew(slots: Iterable<number>): void {
		for (const [id, own] of Map.groupBy(new Set(slots), blockOf)) {
			const body = this.block(id).slice();
			for (const slot of own) keyIn(body, slot).set(crypto.getRandomValues(new Uint8Array(KEY_BYTES)));
			this.sql.all("UPDATE seal_keys SET body = ? WHERE id = ?", body, id);
			this.blocks.set(id, body);
		}
	}

	/** A transaction was rolled back: what is remembered may never have been stored. */
	forget(): void {
		this.blocks.clear();
	}

	private key(slot: number): Uint8Array {
		return keyIn(this.block(blockOf(slot)), slot);
	}

	private block(id: number): Uint8Array {
		let block = this.blocks.get(id);
		if (block !== undefined) return block;
		if (this.blocks.size >= BLOCKS_MAX) this.blocks.clear();
		block = this.load(id) ?? this.append(id);
		this.blocks.set(id, block);
		return block;
	}

	private load(id: number): Uint8Array | null {
		const [row] = this.sql.all<{ body: ArrayBuffer | Uint8Array }>("SELECT body FROM seal_keys WHERE id = ?", id);
		if (row === undefined) return null;
		return row.body instanceof Uint8Array ? row.body : new Uint8Array(row.body);
	}

	/** Slots are taken in order; appended anywhere but at the end, a block would move others. */
	private append(id: number): Uint8Array {
		const [last] = this.sql.all<{ id: number | null }>("SELECT max(id) AS id FROM seal_keys");
		let block = new Uint8Array();
		for (let next = (last?.id ?? -1) + 1; next <= id; next++) {
			block = crypto.getRandomValues(new Uint8Array(BLOCK_BYTES));
			this.sql.all("INSERT INTO seal_keys (id, body) VALUES (?, ?)", next, block);
		}
		return block;
	}
}

function blockOf(slot: number): number {
	return FIRST_BLOCK + Math.floor(slot / BLOCK_KEYS);
}

function keyIn(block: Uint8Array, slot: number): Uint8Array {
	const at = (slot % BLOCK_KEYS) * KEY_BYTES;
	return block.subarray(at, at + KEY_BYTES);
}
