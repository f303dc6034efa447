/** Times as `Date.toISOString` writes them, to and from ms since the epoch: many of few days, so that `Date` is seldom asked. */

/** `2026-01-01T00:00:00.000Z`. */
export const TIME_CHARS = 24;
const DAY_CHARS = 11;
const DAY_MS = 86_400_000;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ZERO = 48;
const [COLON, DOT, Z] = [58, 46, 90] as const;

export class DayTimes {
	/** `2026-01-01T`, and its beginning. */
	private day = "";
	private dayAt = 0;

	/** @returns null where {@link writeTime} would write it otherwise */
	parse(text: string): number | null {
		if (!ISO.test(text)) return null;
		const hours = pairOf(text, 11);
		const minutes = pairOf(text, 14);
		const seconds = pairOf(text, 17);
		if (hours > 23 || minutes > 59 || seconds > 59) return null;
		const day = text.slice(0, DAY_CHARS);
		if (day !== this.day) {
			const at = Date.parse(`${day}00:00:00.000Z`);
			// 30 February is another day.
			if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(day)) return null;
			this.day = day;
			this.dayAt = at;
		}
		const ms = 10 * pairOf(text, 20) + text.charCodeAt(22) - ZERO;
		return this.dayAt + ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
	}
}

function pairOf(text: string, at: number): number {
	return 10 * (text.charCodeAt(at) - ZERO) + text.charCodeAt(at + 1) - ZERO;
}

/** Days written last, `2026-01-01T` each, by the last bits of their number: a table is read for people of few days in turn. */
const DAYS = 1024;
const daysKnown = new Float64Array(DAYS).fill(Number.NaN);
const daysWritten = new Uint8Array(DAYS * DAY_CHARS);

/** Digits of what has two. */
const TENS = Uint8Array.from({ length: 100 }, (_, value) => ZERO + Math.floor(value / 10));
const ONES = Uint8Array.from({ length: 100 }, (_, value) => ZERO + (value % 10));

/** @param at of a year from 0 to 9999; written as ASCII to `out[from]` and after */
export function writeTime(at: number, out: Uint8Array, from: number): void {
	const day = Math.floor(at / DAY_MS);
	const place = day & (DAYS - 1);
	if (daysKnown[place] !== day) {
		const text = new Date(day * DAY_MS).toISOString();
		for (let i = 0; i < DAY_CHARS; i++) daysWritten[place * DAY_CHARS + i] = text.charCodeAt(i);
		daysKnown[place] = day;
	}
	const written = place * DAY_CHARS;
	for (let i = 0; i < DAY_CHARS; i++) out[from + i] = daysWritten[written + i] as number;
	// Whole and below 2^31: division by a constant is a multiplication then.
	const rest = (at - day * DAY_MS) | 0;
	const seconds = (rest / 1000) | 0;
	const minutes = (seconds / 60) | 0;
	const hours = (minutes / 60) | 0;
	const ms = rest - 1000 * seconds;
	const hundreds = (ms / 100) | 0;
	writePair(hours, out, from + 11);
	out[from + 13] = COLON;
	writePair(minutes - 60 * hours, out, from + 14);
	out[from + 16] = COLON;
	writePair(seconds - 60 * minutes, out, from + 17);
	out[from + 19] = DOT;
	out[from + 20] = ZERO + hundreds;
	writePair(ms - 100 * hundreds, out, from + 21);
	out[from + 23] = Z;
}

function writePair(value: number, out: Uint8Array, at: number): void {
	out[at] = TENS[value] as number;
	out[at + 1] = ONES[value] as number;
}
