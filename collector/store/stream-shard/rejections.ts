/**
 * Events that were refused at the door: kept for the owner to read, dropped by age and number, and with the
 * person whose identifiers they carry. Sealed in groups, so that one that goes takes its key along; the rest
 * of its group is sealed anew. What could not be read as an event carries nothing and goes by age.
 */
import { type EraseStatement, isErased } from "../../identity/index.ts";
import { pack, unpack } from "../codec.ts";
import type { Sql } from "../ports.ts";
import type { KeySlots } from "../sealing/key-slots.ts";

/** Newest that are kept; older ones are dropped. */
const REJECTIONS_MAX = 10_000;
const REJECTIONS_AGE_MS = 7 * 24 * 3600_000;
/** Numbers that share a key. */
const GROUP_SIZE = 100;
/** Slots of the ring in which groups take theirs: more than can be alive at once. */
export const REJECTION_SLOTS = 128;

export interface Rejection {
	/** receivedAt, ms. */
	at: number;
	/** JSON: {code, message, field?, messageId, index, bytes}. */
	body: string;
	/** By which an erasure finds it: identifiers that it carries, as keyed hashes, and its own time where that can be read, else `at`. */
	carried: { nodes: string[]; t: number };
}

export const REJECTIONS_SCHEMA = [
	`CREATE TABLE IF NOT EXISTS rejections (
		id INTEGER PRIMARY KEY, -- running number of the last rejection in the row
		at INTEGER NOT NULL,    -- ms
		count INTEGER NOT NULL,
		body BLOB NOT NULL      -- sealed: packed JSON of Rejection[], those of one append
	)`,
	// Erasures, so that a late copy that is refused leaves nothing: keyed hashes, ranges, T.
	`CREATE TABLE IF NOT EXISTS tombstones (
		key TEXT PRIMARY KEY,   -- JSON of EraseStatement
		at INTEGER NOT NULL     -- ms, when this shard heard of it
	) WITHOUT ROWID`,
];

interface Row {
	id: number;
	at: number;
	count: number;
	body: ArrayBuffer;
}

export class Rejections {
	private readonly sql: Sql;
	private readonly keys: KeySlots;
	private tombstones: EraseStatement[] | null = null;
	/** Null when they have to be counted again. */
	private counted: number | null = null;

	/** @param keys whose slots below {@link REJECTION_SLOTS} are free for these */
	constructor(sql: Sql, keys: KeySlots) {
		this.sql = sql;
		this.keys = keys;
	}

	/** To be called in a transaction. */
	keep(rejections: readonly Rejection[], now: number): void {
		this.counted = null;
		const kept = rejections.filter((one) => !this.isGone(one));
		if (kept.length > 0) {
			const [last] = this.sql.all<{ id: number | null }>("SELECT max(id) AS id FROM rejections");
			const id = (last?.id ?? 0) + kept.length;
			const body = this.seal(id, kept);
			this.sql.all("INSERT INTO rejections (id, at, count, body) VALUES (?, ?, ?, ?)", id, now, kept.length, body);
		}
		this.dropOld(now);
	}

	/** Drops what is too old or too much, and the keys of groups of which nothing is left. To be called in a transaction. */
	dropOld(now: number): void {
		const gone = this.sql.all<{ id: number }>(
			// Up to the first that stays, so that those that stay are not read.
			"DELETE FROM rejections WHERE id <= (SELECT max(id) FROM rejections) - ? OR id < coalesce((SELECT id FROM rejections WHERE at >= ? ORDER BY id LIMIT 1), (SELECT max(id) + 1 FROM rejections)) RETURNING id",
			REJECTIONS_MAX,
			now - REJECTIONS_AGE_MS,
		);
		if (gone.length === 0) return;
		this.counted = null;
		const live = new Set(this.sql.all<{ id: number }>("SELECT id FROM rejections").map(({ id }) => slotOf(id)));
		this.keys.renew(gone.map(({ id }) => slotOf(id)).filter((slot) => !live.has(slot)));
	}

	/** Takes what erased people were refused, now and from now on. To be called in a transaction. */
	erase(erasures: readonly EraseStatement[], now: number): void {
		for (const erasure of erasures) {
			this.sql.all("INSERT OR IGNORE INTO tombstones (key, at) VALUES (?, ?)", JSON.stringify(erasure), now);
		}
		this.tombstones = null;
		this.counted = null;
		const rows = this.sql.all<Row & { [column: string]: number | ArrayBuffer }>("SELECT * FROM rejections ORDER BY id");
		const opened = rows.map((row) => ({ ...row, all: this.open(row) }));
		const renewed = new Set<number>();
		// What went by age may lie in free pages under the key of the oldest group.
		if (rows[0] !== undefined) renewed.add(slotOf(rows[0].id));
		for (const row of opened) {
			const kept = row.all.filter((one) => !this.isGone(one));
			if (kept.length < row.all.length) renewed.add(slotOf(row.id));
			row.all = kept;
		}
		this.keys.renew(renewed);
		for (const { id, all } of opened) {
			if (!renewed.has(slotOf(id))) continue;
			if (all.length === 0) this.sql.all("DELETE FROM rejections WHERE id = ?", id);
			else {
				const body = this.seal(id, all);
				this.sql.all("UPDATE rejections SET count = ?, body = ? WHERE id = ?", all.length, body, id);
			}
		}
	}

	/** Newest first. */
	latest(limit: number): Rejection[] {
		const found: Rejection[] = [];
		let before = Number.MAX_SAFE_INTEGER;
		while (found.length < limit) {
			const [row] = this.sql.all<Row & { [column: string]: number | ArrayBuffer }>(
				"SELECT * FROM rejections WHERE id < ? ORDER BY id DESC LIMIT 1",
				before,
			);
			if (row === undefined) break;
			found.push(...this.open(row).reverse());
			before = row.id;
		}
		return found.slice(0, limit);
	}

	count(): number {
		this.counted ??= this.sql.all<{ n: number | null }>("SELECT sum(count) AS n FROM rejections")[0]?.n ?? 0;
		return this.counted;
	}

	/** Whether an erasure that this shard heard of reaches it. */
	isGone({ carried: { nodes, t } }: Pick<Rejection, "carried">): boolean {
		this.tombstones ??= this.sql
			.all<{ key: string }>("SELECT key FROM tombstones")
			.map(({ key }) => JSON.parse(key) as EraseStatement);
		return nodes.length > 0 && isErased(this.tombstones, nodes, t);
	}

	private seal(id: number, rejections: readonly Rejection[]): Uint8Array {
		return this.keys.seal(slotOf(id), pack(JSON.stringify(rejections)));
	}

	private open({ id, body }: Row): Rejection[] {
		return JSON.parse(unpack(this.keys.open(slotOf(id), body))) as Rejection[];
	}
}

function slotOf(id: number): number {
	return Math.floor(id / GROUP_SIZE) % REJECTION_SLOTS;
}
