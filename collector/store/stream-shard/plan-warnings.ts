/** How events differed from the tracking plan, counted by day. */
import type { PlanWarning } from "../../ingest/index.ts";
import type { Sql } from "../ports.ts";

const DAY_MS = 24 * 3600_000;
/** Days that are kept. */
const DAYS_MAX = 30;
/** Different warnings of a day in one shard; further ones are counted together under {@link OTHER}. */
const DAY_WARNINGS_MAX = 1000;
export const OTHER = "(other)";

export interface CountedWarning extends PlanWarning {
	/** Since the epoch, in days of UTC. */
	day: number;
	/** When it was last seen, ms. */
	at: number;
}

/** Repeats of a batch count again: this counts what arrived. */
export function keepWarnings(sql: Sql, warnings: readonly PlanWarning[], now: number): void {
	const day = Math.floor(now / DAY_MS);
	const [known] = sql.all<{ warnings: number }>("SELECT COUNT(*) AS warnings FROM plan_warnings WHERE day = ?", day);
	let room = DAY_WARNINGS_MAX - (known?.warnings ?? 0);
	if (known?.warnings === 0) sql.all("DELETE FROM plan_warnings WHERE day <= ?", day - DAYS_MAX);
	for (const { event, problem, property, count, messageId } of warnings) {
		const [counted] = sql.all(
			`UPDATE plan_warnings SET count = count + ?, at = ?, message_id = ?
			WHERE day = ? AND event = ? AND problem = ? AND property = ? RETURNING day`,
			...[count, now, messageId, day, event, problem, property],
		);
		if (counted !== undefined) continue;
		const names = room-- > 0 ? [event, problem, property] : [OTHER, OTHER, ""];
		sql.all(
			`INSERT INTO plan_warnings (day, event, problem, property, count, at, message_id) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET count = count + excluded.count, at = excluded.at, message_id = excluded.message_id`,
			...[day, ...names, count, now, messageId],
		);
	}
}

/** @param since the first day */
export function readWarnings(sql: Sql, since: number): CountedWarning[] {
	return sql.all<CountedWarning & { [column: string]: string | number }>(
		"SELECT day, event, problem, property, count, at, message_id AS messageId FROM plan_warnings WHERE day >= ?",
		since,
	);
}
