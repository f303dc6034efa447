/** Which senders have fallen silent. Pure. */

import type { Senders } from "../records.ts";
import { groupBy } from "../state/group-by.ts";

const DAY_MS = 24 * 3600_000;
/** A sender of fewer events a day may be silent by chance. */
const BUSY_MIN = 10;

export interface SenderRow {
	id: string;
	name: string;
	kind: string;
	today: number;
	/** The last 7 days, today included. */
	week: number;
	total: number;
	refused: number;
	/** ms; 0: never. */
	lastAt: number;
	/** Busy before, and nothing for a day. */
	isSilent: boolean;
}

/**
 * One row a key that sends or sent, the busiest first; revoked keys by their id.
 *
 * @param now ms since the epoch
 */
export function listSenders({ keys, senders }: Senders, now: number): SenderRow[] {
	const day = (t: number) => new Date(t).toISOString().slice(0, 10);
	const [today, weekAgo] = [day(now), day(now - 6 * DAY_MS)];
	const known = new Map(keys.map((key) => [key.id, key]));
	const byKey = groupBy(senders, ({ key }) => key);
	return [...byKey]
		.map(([id, own]) => {
			const key = known.get(id);
			const sum = (from: string) => own.reduce((total, one) => total + (one.day >= from ? one.events : 0), 0);
			const lastAt = Math.max(0, ...own.filter(({ events }) => events > 0).map((one) => Date.parse(one.lastAt)));
			const days = new Set(own.filter(({ events }) => events > 0).map((one) => one.day));
			return {
				id,
				name: key?.name || `#${id}`,
				kind: key === undefined ? "revoked" : key.server ? "server" : key.kind,
				today: sum(today),
				week: sum(weekAgo),
				total: sum(""),
				refused: own.reduce((total, { refused }) => total + refused, 0),
				lastAt,
				isSilent: key !== undefined && now - lastAt > DAY_MS && sum("") >= BUSY_MIN * Math.max(1, days.size),
			};
		})
		.sort((a, b) => b.total - a.total || (a.id < b.id ? -1 : 1));
}

/** Events by what sent them, the most first. */
export function listLibraries({
	senders,
}: Senders): { library: string; events: number; share: number; lastAt: string }[] {
	const total = senders.reduce((sum, { events }) => sum + events, 0);
	return [
		...groupBy(
			senders.filter(({ events }) => events > 0),
			({ library }) => library,
		),
	]
		.map(([library, own]) => {
			const events = own.reduce((sum, one) => sum + one.events, 0);
			const lastAt =
				own
					.map((one) => one.lastAt)
					.sort()
					.at(-1) ?? "";
			return { library, events, share: events / total, lastAt };
		})
		.sort((a, b) => b.events - a.events);
}

/** Of whole days before today, as far back as 7: none before, none counted. */
export function eventsADay({ senders }: Senders, now: number): number {
	const day = (t: number) => new Date(t).toISOString().slice(0, 10);
	const [today, from] = [day(now), day(now - 7 * DAY_MS)];
	const past = senders.filter((one) => one.day >= from && one.day < today);
	const first = past.map((one) => one.day).sort()[0] ?? today;
	const days = Math.round((Date.parse(today) - Date.parse(first)) / DAY_MS);
	const events = past.reduce((sum, one) => sum + one.events, 0);
	if (days > 0) return events / days;
	return senders.filter((one) => one.day === today).reduce((sum, one) => sum + one.events, 0);
}
