/**
 * Calendar buckets in an IANA time zone. The zone's offset is asked of `Intl` once a day that occurs (once a
 * minute on days when clocks change), never once a row.
 */

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** No zone has changed its clocks inside a minute since 1972; Newfoundland did so at a minute past midnight until 2011. */
const MINUTE_MS = HOUR_MS / 60;

export type Period = "day" | "week" | "month";

export interface Zone {
	timeZone: string;
	/** Local minus UTC at `t`, ms. */
	offsetMs(t: number): number;
}

/** @throws RangeError on a zone that the platform does not know */
export function createZone(timeZone: string): Zone {
	const format = new Intl.DateTimeFormat("en-US", {
		timeZone,
		calendar: "gregory",
		numberingSystem: "latn",
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
		second: "numeric",
	});
	const ask = (t: number): number => {
		const part: Record<string, number> = {};
		for (const { type, value } of format.formatToParts(t)) part[type] = Number(value);
		const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
		return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(t / 1000) * 1000;
	};
	const byMinute = new Map<number, number>();
	/** Null on days when the offset changes. */
	const byDay = new Map<number, number | null>();
	const offsetMs = (t: number): number => {
		const day = Math.floor(t / DAY_MS);
		let offset = byDay.get(day);
		if (offset === undefined) {
			const start = ask(day * DAY_MS);
			offset = start === ask((day + 1) * DAY_MS) ? start : null;
			byDay.set(day, offset);
		}
		if (offset !== null) return offset;
		const minute = Math.floor(t / MINUTE_MS);
		const known = byMinute.get(minute) ?? ask(minute * MINUTE_MS);
		byMinute.set(minute, known);
		return known;
	};
	return { timeZone, offsetMs };
}

export const WEEKDAY_NAMES = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"] as const;

/** 0 Monday to 6 Sunday, 0 to 23. */
export function weekdayAndHour(zone: Zone, t: number): { weekday: number; hour: number } {
	const local = t + zone.offsetMs(t);
	const day = Math.floor(local / DAY_MS);
	return { weekday: weekdayOf(day), hour: Math.floor((local - day * DAY_MS) / HOUR_MS) };
}

/** The epoch began on a Thursday. */
function weekdayOf(day: number): number {
	return (((day + 3) % 7) + 7) % 7;
}

/** Number of the local day, week (from Monday) or month that holds `t`; neighbours differ by 1. */
export function periodOf(zone: Zone, period: Period, t: number): number {
	const day = Math.floor((t + zone.offsetMs(t)) / DAY_MS);
	if (period === "day") return day;
	if (period === "week") return (day - weekdayOf(day) + 3) / 7;
	const date = new Date(day * DAY_MS);
	return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** `2026-11-22`, `2026-W47` (ISO 8601) or `2026-11`. */
export function labelPeriod(period: Period, number: number): string {
	if (period === "day") return new Date(number * DAY_MS).toISOString().slice(0, 10);
	if (period === "month") return new Date(Date.UTC(1970, number, 1)).toISOString().slice(0, 7);
	// ISO: a week belongs to the year of its Thursday.
	const thursday = new Date(number * 7 * DAY_MS);
	const year = thursday.getUTCFullYear();
	const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS));
	return `${year}-W${String(week).padStart(2, "0")}`;
}
