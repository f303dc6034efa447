/** Times as tables write them: in a zone that is stated, never guessed. */
import { parseTime } from "../event-time.ts";

const NAMED_OFFSET = /(Z|[+-]\d{2}:?\d{2})$/i;
/** 2026-03-01, 2026/3/1, 2026年3月1日, 2026.3.1, with or without a time of day. */
const YEAR_FIRST = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]+(.+))?$/;
const YEAR_LAST = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})(?:[T\s]+(.+))?$/;
const CLOCK = /^(\d{1,2})[:时](\d{1,2})(?:[:分](\d{1,2})(?:[.,](\d{1,3}))?秒?)?分?\s*(AM|PM)?$/i;

export type ReadTime = { ok: true; ms: number } | { ok: false; message: string };

/**
 * @param text with its offset (`2026-03-01T08:00:00+08:00`), or as a clock in `zone` shows it. A clock that was
 *   put back reads the earlier of the two; one that was put forward reads as if it had not been.
 */
export function createTimeReader(
	zone: string | undefined,
	dateOrder: "dmy" | "mdy" | undefined,
): (text: string) => ReadTime {
	const offsetAt = zone === undefined ? null : createOffset(zone);
	return (given) => {
		const text = given.normalize("NFKC").trim();
		if (NAMED_OFFSET.test(text) && /\d:\d/.test(text)) {
			const ms = parseTime(text.replace(/\//g, "-"));
			return ms === null ? wrong() : { ok: true, ms };
		}
		const parts = readParts(text, dateOrder);
		if (typeof parts === "string") return { ok: false, message: parts };
		if (offsetAt === null) {
			return { ok: false, message: "the time names no zone: state one (timeZone), for example Asia/Shanghai" };
		}
		const local = Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second, parts.ms);
		const date = new Date(local);
		if (date.getUTCMonth() !== parts.month - 1 || date.getUTCDate() !== parts.day) return wrong();
		// The larger offset of both sides of a change gives the earlier instant.
		const candidates = [offsetAt(local - 86_400_000), offsetAt(local + 86_400_000)];
		const instants = candidates.map((offset) => local - offset).sort((a, b) => a - b);
		const ms = instants.find((instant) => instant + offsetAt(instant) === local) ?? Math.max(...instants);
		return { ok: true, ms };
	};
}

function wrong(): ReadTime {
	return { ok: false, message: "no such time" };
}

interface Parts {
	year: number;
	month: number;
	day: number;
	hour: number;
	minute: number;
	second: number;
	ms: number;
}

function readParts(text: string, dateOrder: "dmy" | "mdy" | undefined): Parts | string {
	const yearFirst = YEAR_FIRST.exec(text);
	const yearLast = YEAR_LAST.exec(text);
	if (yearFirst === null && yearLast === null) return "not a time: use for example 2026-03-01 08:30:00";
	if (yearFirst === null && dateOrder === undefined) {
		return "day and month may be either way round: state dateOrder, dmy or mdy";
	}
	const [, a = "", b = "", c = "", clock = "0:00"] = yearFirst ?? yearLast ?? [];
	const [year, month, day] = yearFirst !== null ? [a, b, c] : dateOrder === "dmy" ? [c, b, a] : [c, a, b];
	const found = CLOCK.exec(clock.trim());
	if (found === null) return "not a time of day: use for example 08:30:00";
	const [, hour = "0", minute = "0", second = "0", fraction = "0", half] = found;
	const h = half === undefined ? Number(hour) : (Number(hour) % 12) + (/pm/i.test(half) ? 12 : 0);
	if (h > 23 || Number(minute) > 59 || Number(second) > 59) return "no such time of day";
	return {
		year: Number(year),
		month: Number(month),
		day: Number(day),
		hour: h,
		minute: Number(minute),
		second: Number(second),
		ms: Number(fraction.padEnd(3, "0")),
	};
}

/** Local minus UTC, ms; asked of the platform once an hour that occurs. @throws RangeError on an unknown zone */
function createOffset(timeZone: string): (t: number) => number {
	const format = new Intl.DateTimeFormat("en-US", {
		timeZone,
		hourCycle: "h23",
		year: "numeric",
		month: "numeric",
		day: "numeric",
		hour: "numeric",
		minute: "numeric",
		second: "numeric",
	});
	const known = new Map<number, number>();
	return (t) => {
		const quarter = Math.floor(t / 900_000);
		let offset = known.get(quarter);
		if (offset === undefined) {
			const part: { [type: string]: number } = {};
			for (const { type, value } of format.formatToParts(quarter * 900_000)) part[type] = Number(value);
			const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
			offset = Date.UTC(year, month - 1, day, hour, minute, second) - quarter * 900_000;
			if (known.size > 100_000) known.clear();
			known.set(quarter, offset);
		}
		return offset;
	};
}
