/** For an auditor: when each erasure was asked for, and when it was found done. It names nobody. */
import type { Sql } from "../ports.ts";

export const ERASURE_LOG_SCHEMA = `CREATE TABLE IF NOT EXISTS erasure_log (
	receipt TEXT PRIMARY KEY,
	asked_at INTEGER NOT NULL, -- ms
	done_at INTEGER            -- ms; null: under way
) WITHOUT ROWID`;

export interface LoggedErasure {
	receipt: string;
	/** ms. */
	askedAt: number;
	/** ms; null: under way. */
	doneAt: number | null;
}

/** The first call of a receipt is its asking; the first that says done, its end. */
export function logErasure(sql: Sql, receipt: string, isDone: boolean, now: number): void {
	sql.all(
		"INSERT INTO erasure_log (receipt, asked_at, done_at) VALUES (?, ?, ?) ON CONFLICT (receipt) DO UPDATE SET done_at = coalesce(done_at, excluded.done_at)",
		receipt,
		now,
		isDone ? now : null,
	);
}

/** Latest first. */
export function listErasures(sql: Sql): LoggedErasure[] {
	return sql
		.all<{ receipt: string; asked_at: number; done_at: number | null }>(
			"SELECT receipt, asked_at, done_at FROM erasure_log ORDER BY asked_at DESC, receipt",
		)
		.map(({ receipt, asked_at, done_at }) => ({ receipt, askedAt: asked_at, doneAt: done_at }));
}
