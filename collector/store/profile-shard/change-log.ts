/**
 * What changed, one row a message, which is the message's receipt too (links.ts): beside its pieces a message costs one row.
 *
 * The receipts that count are each sender's last. Every {@link RECEIPTS_EVERY} rows they go into the table `inbox`, so that a life
 * that begins has few rows to read for them, and older rows may go.
 */
import type { Inbox, Receipt } from "../links.ts";
import type { Sql, SqlRow } from "../ports.ts";

export const CHANGES_SCHEMA = `CREATE TABLE IF NOT EXISTS changes (
	seq INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,      -- ms, our clock
	profiles TEXT NOT NULL,   -- JSON: ids whose chain changed
	sender TEXT,              -- of the message, with its number and token; null in rows of form 5
	number INTEGER,
	token TEXT
)`;

/** Rows between two writings of receipts. */
export const RECEIPTS_EVERY = 128;

interface ReceiptRow extends SqlRow {
	sender: string;
	number: number;
	token: string;
}

/** To be called in a transaction, where rows may be of form 5. */
export function bringChangesOver(sql: Sql): void {
	const columns = sql.all<{ name: string }>("SELECT name FROM pragma_table_info('changes')").map(({ name }) => name);
	for (const column of ["sender TEXT", "number INTEGER", "token TEXT"]) {
		if (!columns.includes(column.split(" ")[0] ?? "")) sql.all(`ALTER TABLE changes ADD COLUMN ${column}`);
	}
}

export class ChangeLog implements Inbox {
	private readonly sql: Sql;
	private readonly now: () => number;
	private readonly receiptsEvery: number;
	/** Of every sender; null until they are read. */
	private receipts: Map<string, Receipt> | null = null;
	/** Whose are not in the inbox yet. */
	private readonly unwritten = new Set<string>();
	/** Of the message under way. */
	private profiles: readonly string[] = [];

	constructor(sql: Sql, now: () => number, receiptsEvery: number) {
		this.sql = sql;
		this.now = now;
		this.receiptsEvery = receiptsEvery;
	}

	/** Says whose chains a message changed, before its receipt is kept in the same transaction. */
	note(profiles: readonly string[]): void {
		this.profiles = profiles;
	}

	last(sender: string): Receipt | undefined {
		return this.load().get(sender);
	}

	keep(sender: string, receipt: Receipt): void {
		const { profiles } = this;
		this.profiles = [];
		this.load().set(sender, receipt);
		this.unwritten.add(sender);
		if (profiles.length === 0) {
			this.writeReceipts([sender]);
			return;
		}
		const seq = this.lastSeq() + 1;
		this.sql.all(
			"INSERT INTO changes (seq, at, profiles, sender, number, token) VALUES (?, ?, ?, ?, ?, ?)",
			seq,
			this.now(),
			JSON.stringify(profiles),
			sender,
			receipt.number,
			receipt.token,
		);
		if (seq % this.receiptsEvery === 0) this.writeReceipts([...this.unwritten]);
	}

	/** A transaction was rolled back: what is remembered may never have been stored. */
	forget(): void {
		this.receipts = null;
		this.unwritten.clear();
		this.profiles = [];
	}

	/** Number of the last change; 0: none. */
	lastSeq(): number {
		return this.sql.all<{ seq: number | null }>("SELECT max(seq) AS seq FROM changes")[0]?.seq ?? 0;
	}

	/** Number of the oldest change; null: none. */
	firstSeq(): number | null {
		return this.sql.all<{ seq: number | null }>("SELECT min(seq) AS seq FROM changes")[0]?.seq ?? null;
	}

	/** Drops changes with numbers below `end`. To be called in a transaction. */
	dropBefore(end: number): void {
		const first = this.firstSeq();
		if (first === null || first >= end) return;
		if (end > this.receiptsFrom() + 1) this.writeReceipts([...this.unwritten]);
		this.sql.all("DELETE FROM changes WHERE seq < ?", end);
	}

	/** Up to this row receipts are in the inbox. */
	private receiptsFrom(): number {
		const last = this.lastSeq();
		return last - (last % this.receiptsEvery);
	}

	private load(): Map<string, Receipt> {
		if (this.receipts !== null) return this.receipts;
		const stored = this.sql.all<ReceiptRow>("SELECT sender, number, token FROM inbox");
		const later = this.sql.all<ReceiptRow>(
			"SELECT sender, max(number) AS number, token FROM changes WHERE seq > ? AND sender IS NOT NULL GROUP BY sender",
			this.receiptsFrom(),
		);
		const receipts = new Map<string, Receipt>();
		for (const { sender, number, token } of [...stored, ...later]) {
			if (number > (receipts.get(sender)?.number ?? 0)) receipts.set(sender, { number, token });
		}
		for (const { sender } of later) this.unwritten.add(sender);
		this.receipts = receipts;
		return receipts;
	}

	private writeReceipts(senders: readonly string[]): void {
		for (const sender of senders) {
			const { number, token } = this.load().get(sender) as Receipt;
			this.sql.all(
				"INSERT INTO inbox (sender, number, token) VALUES (?, ?, ?) ON CONFLICT (sender) DO UPDATE SET number = excluded.number, token = excluded.token",
				sender,
				number,
				token,
			);
			this.unwritten.delete(sender);
		}
	}
}
