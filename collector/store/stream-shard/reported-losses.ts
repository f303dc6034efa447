/**
 * What senders say of their own deliveries, for the owner to look at: events that they gave up before they could be
 * delivered, and batches that they had to send again.
 *
 * Losses are told again and again, since a sender may be killed before it hears that they were taken, so they are known by
 * whose they are ({@link LossReport.id}): of one id's reports the largest counts. They are written with what was told
 * beside them, in rows that are rare. Repeated batches wait in memory and are written with the count of who sends, and a crash
 * may lose the last seconds of that count.
 */
import type { Sql } from "../ports.ts";

/** What a dead page left comes no more once its events are too old to be taken: 8 days with a public key. */
const REPORT_AGE_MS = 9 * 24 * 3600_000;
const FORGET_EVERY_MS = 24 * 3600_000;

const SCHEMA = [
	`CREATE TABLE IF NOT EXISTS loss_reports (
		id TEXT PRIMARY KEY,
		evicted INTEGER NOT NULL,
		set_aside INTEGER NOT NULL,
		at INTEGER NOT NULL -- ms
	) WITHOUT ROWID`,
	`CREATE TABLE IF NOT EXISTS losses (
		one INTEGER PRIMARY KEY CHECK (one = 1),
		retries INTEGER NOT NULL,
		evicted INTEGER NOT NULL,
		set_aside INTEGER NOT NULL
	)`,
];

/** Sums over all time. */
export interface ReportedLosses {
	/** Batches that came as a further try. */
	retries: number;
	/** Events that the script dropped by a cap of its queue: number, size or age. */
	evicted: number;
	/** Events that were refused even alone and without a verdict, and set aside. */
	setAside: number;
}

export interface LossReport extends Omit<ReportedLosses, "retries"> {
	/** Keyed hash of the page load that lost them, or of the batch that told of them, so that nothing of a person lies here. */
	id: string;
}

export class Losses {
	private readonly sql: Sql;
	private retries = 0;
	private forgottenAt = 0;

	constructor(sql: Sql) {
		this.sql = sql;
		for (const statement of SCHEMA) sql.all(statement);
	}

	/** To be called within the transaction that logs the batch. */
	keep({ id, evicted, setAside }: LossReport, now: number): void {
		this.forget(now);
		const [before = { evicted: 0, set_aside: 0, at: now }] = this.sql.all<{
			evicted: number;
			set_aside: number;
			at: number;
		}>("SELECT evicted, set_aside, at FROM loss_reports WHERE id = ?", id);
		const news = {
			evicted: Math.max(0, evicted - before.evicted),
			setAside: Math.max(0, setAside - before.set_aside),
		};
		// A page that lives on tells its old totals with every batch, and they must be known as old ones.
		if (news.evicted + news.setAside === 0 && now < before.at + FORGET_EVERY_MS) return;
		this.sql.all(
			"INSERT INTO loss_reports (id, evicted, set_aside, at) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET evicted = max(evicted, excluded.evicted), set_aside = max(set_aside, excluded.set_aside), at = excluded.at",
			id,
			evicted,
			setAside,
			now,
		);
		this.add({ retries: 0, ...news });
	}

	countRetry(): void {
		this.retries++;
	}

	/** What waits in memory. */
	write(): void {
		if (this.retries > 0) this.add({ retries: this.retries, evicted: 0, setAside: 0 });
		this.retries = 0;
	}

	/** Written and waiting together. */
	read(): ReportedLosses {
		const [stored = { retries: 0, evicted: 0, set_aside: 0 }] = this.sql.all<{
			retries: number;
			evicted: number;
			set_aside: number;
		}>("SELECT retries, evicted, set_aside FROM losses");
		return { retries: stored.retries + this.retries, evicted: stored.evicted, setAside: stored.set_aside };
	}

	private add({ retries, evicted, setAside }: ReportedLosses): void {
		this.sql.all(
			"INSERT INTO losses (one, retries, evicted, set_aside) VALUES (1, ?, ?, ?) ON CONFLICT (one) DO UPDATE SET retries = retries + excluded.retries, evicted = evicted + excluded.evicted, set_aside = set_aside + excluded.set_aside",
			retries,
			evicted,
			setAside,
		);
	}

	private forget(now: number): void {
		if (now < this.forgottenAt + FORGET_EVERY_MS) return;
		this.forgottenAt = now;
		this.sql.all("DELETE FROM loss_reports WHERE at < ?", now - REPORT_AGE_MS);
	}
}
