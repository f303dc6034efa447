/**
 * How events differed from the tracking plan, counted by day. The messageId of an event that shows it lies sealed, and goes with the next
 * erasure, whoever's it is: a later event shows it as well.
 */
import type { PlanWarning } from "../../ingest/index.ts";
import type { Sql, SqlValue } from "../ports.ts";
import type { KeySlots } from "../sealing/key-slots.ts";
import { REJECTION_SLOTS } from "./rejections.ts";

const DAY_MS = 24 * 3600_000;
/** Days that are kept. */
const DAYS_MAX = 30;
/** Different warnings of a day in one shard; further ones are counted together under {@link OTHER}. */
const DAY_WARNINGS_MAX = 1000;
export const OTHER = "(other)";

/** Of their key, after those of rejections. */
export const WARNINGS_SLOT = REJECTION_SLOTS;

const utf8 = new TextEncoder();
const text = new TextDecoder();

export interface CountedWarning extends Omit<PlanWarning, "messageId"> {
	/** An event that shows it; null: it went with an erasure. */
	messageId: string | null;
	/** Since the epoch, in days of UTC. */
	day: number;
	/** When it was last seen, ms. */
	at: number;
}

type Row = Omit<CountedWarning, "messageId"> & { message_id: ArrayBuffer | null };

/** Repeats of a batch count again: this counts what arrived. */
export function keepWarnings<Warning extends PlanWarning>(
	sql: Sql,
	keys: KeySlots,
	warnings: readonly Warning[],
	isGone: (warning: Warning) => boolean,
	now: number,
): void {
	const day = Math.floor(now / DAY_MS);
	const [known] = sql.all<{ warnings: number }>("SELECT COUNT(*) AS warnings FROM plan_warnings WHERE day = ?", day);
	let room = DAY_WARNINGS_MAX - (known?.warnings ?? 0);
	if (known?.warnings === 0) sql.all("DELETE FROM plan_warnings WHERE day <= ?", day - DAYS_MAX);
	for (const warning of warnings) {
		const { event, problem, property, count, messageId } = warning;
		const shown = isGone(warning) ? null : keys.seal(WARNINGS_SLOT, utf8.encode(messageId));
		const [counted] = sql.all(
			`UPDATE plan_warnings SET count = count + ?, at = ?, message_id = ?
			WHERE day = ? AND event = ? AND problem = ? AND property = ? RETURNING day`,
			...[count, now, shown, day, event, problem, property],
		);
		if (counted !== undefined) continue;
		const names = room-- > 0 ? [event, problem, property] : [OTHER, OTHER, ""];
		sql.all(
			`INSERT INTO plan_warnings (day, event, problem, property, count, at, message_id) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET count = count + excluded.count, at = excluded.at, message_id = excluded.message_id`,
			...[day, ...names, count, now, shown],
		);
	}
}

/** @param since the first day */
export function readWarnings(sql: Sql, keys: KeySlots, since: number): CountedWarning[] {
	return sql
		.all<Row & { [column: string]: SqlValue }>(
			"SELECT day, event, problem, property, count, at, message_id FROM plan_warnings WHERE day >= ?",
			since,
		)
		.map(({ message_id, ...row }) => ({
			...row,
			messageId: message_id === null ? null : text.decode(keys.open(WARNINGS_SLOT, message_id)),
		}));
}

/** To be called in a transaction. */
export function forgetShown(sql: Sql, keys: KeySlots): void {
	const [shown] = sql.all("UPDATE plan_warnings SET message_id = NULL WHERE message_id IS NOT NULL RETURNING day");
	if (shown !== undefined) keys.renew([WARNINGS_SLOT]);
}
