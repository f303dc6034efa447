/**
 * An object's sealing keys, in numbered slots. A destroyed key must be nowhere on disk, so its bytes may
 * never have been moved: blocks of keys are only ever appended, never deleted, and are overwritten in place
 * by blocks of the same size. Every slot is filled with a random key from the beginning: to take one writes
 * nothing, and to destroy one is to put another in its place.
 */
import type { Sql } from "../ports.ts";
import { KEY_BYTES, open, openInPlace, openSecondInPlace, seal, sealPair } from "./seal.ts";

/** A block fills a page of 4,096 bytes and never overflows it. */
const BLOCK_KEYS = 120;
const BLOCK_BYTES = BLOCK_KEYS * KEY_BYTES;
/** Blocks held in memory, of 3.8 kB each; at the limit all are forgotten. */
const BLOCKS_MAX = 1_000;
/** Of the first key block. SQLite moves a table's first row when it adds a second, so that row holds no key. */
const FIRST_BLOCK = 1;
/** Slots given out by one write of the count, twice as many each time; a life that ends leaves the rest unused. */
const RESERVE_SLOTS_MIN = 8;
const RESERVE_SLOTS_MAX = 128;

export const KEY_SLOTS_SCHEMA = `CREATE TABLE IF NOT EXISTS seal_keys (
	id INTEGER PRIMARY KEY,
	body BLOB NOT NULL      -- ${BLOCK_KEYS} keys of ${KEY_BYTES} bytes; of row 0 the first 8: how many slots are reserved, Float64
)`;

/** One for each object: it remembers keys, so that two would not see each other's changes. */
export class KeySlots {
	private readonly sql: Sql;
	private readonly firstFree: number;
	private readonly blocks = new Map<number, Uint8Array>();
	/** The next slot to be given out, and where the reserved ones end; null until asked. */
	private free: { next: number; end: number } | null = null;
	private reserve = RESERVE_SLOTS_MIN / 2;

	/** @param firstFree slots below are the owner's to number: {@link take} never gives them out */
	constructor(sql: Sql, firstFree = 0) {
		this.sql = sql;
		this.firstFree = firstFree;
	}

	/** A slot that was never given out. */
	take(): number {
		this.free ??= this.loadFree();
		const { free } = this;
		if (free.next >= free.end) {
			this.reserve = Math.min(2 * this.reserve, RESERVE_SLOTS_MAX);
			free.end = free.next + this.reserve;
			const body = this.block(0).slice();
			new DataView(body.buffer).setFloat64(0, free.end);
			this.sql.all("UPDATE seal_keys SET body = ? WHERE id = 0", body);
			this.blocks.set(0, body);
		}
		return free.next++;
	}

	private loadFree(): { next: number; end: number } {
		const { buffer, byteOffset } = this.block(0);
		const reserved = Math.max(this.firstFree, new DataView(buffer, byteOffset).getFloat64(0));
		return { next: reserved, end: reserved };
	}

	seal(slot: number, bytes: Uint8Array): Uint8Array {
		return seal(this.key(slot), bytes);
	}

	open(slot: number, sealed: Uint8Array | ArrayBuffer): Uint8Array {
		return open(this.key(slot), sealed);
	}

	/** The same where it lies: `sealed` is lost. */
	openInPlace(slot: number, sealed: Uint8Array): Uint8Array {
		return openInPlace(this.key(slot), sealed);
	}

	/** Two parts under one nonce: see seal.ts. */
	sealPair(slot: number, first: Uint8Array, second: Uint8Array): [first: Uint8Array, second: Uint8Array] {
		return sealPair(this.key(slot), first, second);
	}

	openSecondInPlace(slot: number, first: Uint8Array, second: Uint8Array): Uint8Array {
		return openSecondInPlace(this.key(slot), first, second);
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
		this.free = null;
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
			if (next < FIRST_BLOCK) block.fill(0);
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

/** SQL whose failed transactions make the keys forget what was rolled back. */
export function forgetOnRollback(sql: Sql, keys: { forget(): void }): Sql {
	return {
		all: (query, ...bindings) => sql.all(query, ...bindings),
		transaction(work) {
			try {
				return sql.transaction(work);
			} catch (error) {
				keys.forget();
				throw error;
			}
		},
		get databaseBytes() {
			return sql.databaseBytes;
		},
		counters: sql.counters,
	};
}
