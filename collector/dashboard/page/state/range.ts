/** The time range of a view: whole days in the workspace's zone, and the period before it. */

export interface Range {
	/** ISO 8601, inclusive. */
	from: string;
	/** ISO 8601, exclusive. */
	to: string;
}

const DAY_MS = 24 * 3600_000;
export const DAYS_USUAL = 90;
export const DAYS_CHOICES = [7, 28, 90, 365] as const;

/**
 * @param now ms since the epoch
 * @param timeZone IANA
 * @returns from the parameters `from` and `to` (dates, `to` included) where both are given, else the last `days` days
 */
export function rangeOf(params: Readonly<Record<string, string>>, now: number, timeZone: string): Range {
	const { from = "", to = "", days = "" } = params;
	if (/^\d{4}-\d\d-\d\d$/.test(from) && /^\d{4}-\d\d-\d\d$/.test(to) && from <= to) {
		return { from: iso(dayStart(from, timeZone)), to: iso(dayStart(nextDay(to), timeZone)) };
	}
	const count = Number(days) > 0 ? Number(days) : DAYS_USUAL;
	const today = dateOf(now, timeZone);
	const first = dateOf(now - (count - 1) * DAY_MS, timeZone);
	return { from: iso(dayStart(first, timeZone)), to: iso(dayStart(nextDay(today), timeZone)) };
}

/** As long, and ending where `range` begins. */
export function periodBefore({ from, to }: Range): Range {
	const start = Date.parse(from);
	return { from: iso(start - (Date.parse(to) - start)), to: from };
}

/** Calendar date of `t` in a zone, `2026-01-31`. */
export function dateOf(t: number, timeZone: string): string {
	return new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit", day: "2-digit" }).format(t);
}

/** Midnight of a date in a zone: the offset is asked for twice, since it may change that night. */
export function dayStart(date: string, timeZone: string): number {
	const utc = Date.parse(`${date}T00:00:00Z`);
	const first = utc - offsetAt(utc, timeZone);
	return utc - offsetAt(first, timeZone);
}

/** Calendar dates of a range, ascending. */
export function datesOf({ from, to }: Range, timeZone: string): string[] {
	const last = dateOf(Date.parse(to) - 1, timeZone);
	const dates: string[] = [];
	for (let date = dateOf(Date.parse(from), timeZone); date <= last; date = nextDay(date)) dates.push(date);
	return dates;
}

/** ISO 8601 week of a date, `2026-W05`: a week belongs to the year of its Thursday. */
export function weekOf(date: string): string {
	const t = Date.parse(`${date}T00:00:00Z`);
	const thursday = new Date(t + (3 - weekdayOf(t)) * DAY_MS);
	const year = thursday.getUTCFullYear();
	const week = 1 + Math.floor((thursday.getTime() - Date.UTC(year, 0, 1)) / (7 * DAY_MS));
	return `${year}-W${String(week).padStart(2, "0")}`;
}

/** The Monday that a week begins with. */
export function mondayOf(week: string): string {
	const [year = "", number = ""] = week.split("-W");
	const fourth = Date.UTC(Number(year), 0, 4); // Always in week 1.
	return new Date(fourth + ((Number(number) - 1) * 7 - weekdayOf(fourth)) * DAY_MS).toISOString().slice(0, 10);
}

/** 0: Monday. @param t midnight UTC */
function weekdayOf(t: number): number {
	return (new Date(t).getUTCDay() + 6) % 7;
}

function offsetAt(t: number, timeZone: string): number {
	const parts = new Intl.DateTimeFormat("en-US", {
		timeZone,
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
		second: "numeric",
	}).formatToParts(t);
	const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0);
	const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
	return local - Math.floor(t / 1000) * 1000;
}

function nextDay(date: string): string {
	return new Date(Date.parse(`${date}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);
}

function iso(t: number): string {
	return new Date(t).toISOString();
}

/** Charts stand beside the period before unless the reader says no. */
export function isCompared(params: Readonly<Record<string, string>>): boolean {
	return params.compare !== "0";
}
