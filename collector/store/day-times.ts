/** Times as `Date.toISOString` writes them, to and from ms since the epoch: many of one day, so that only the first asks `Date`. */

/** `2026-01-01T00:00:00.000Z`. */
export const TIME_CHARS = 24;
const DAY_CHARS = 11;
const DAY_MS = 86_400_000;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const ZERO = 48;

export class DayTimes {
	/** `2026-01-01T`, and its beginning. */
	private day = "";
	private dayAt = 0;

	/** @returns null where {@link write} would write it otherwise */
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

	/** @param at of a year from 0 to 9999; written as ASCII to `out[from]` and after */
	write(at: number, out: Uint8Array, from: number): void {
		let rest = at - this.dayAt;
		if (rest < 0 || rest >= DAY_MS || this.day === "") {
			this.dayAt = Math.floor(at / DAY_MS) * DAY_MS;
			this.day = new Date(this.dayAt).toISOString().slice(0, DAY_CHARS);
			rest = at - this.dayAt;
		}
		for (let i = 0; i < DAY_CHARS; i++) out[from + i] = this.day.charCodeAt(i);
		const seconds = Math.floor(rest / 1000);
		const minutes = Math.floor(seconds / 60);
		const ms = rest % 1000;
		writePair(Math.floor(minutes / 60), out, from + 11, ":");
		writePair(minutes % 60, out, from + 14, ":");
		writePair(seconds % 60, out, from + 17, ".");
		writePair(Math.floor(ms / 10), out, from + 20, "Z");
		out[from + 22] = ZERO + (ms % 10);
		out[from + 23] = "Z".charCodeAt(0);
	}
}

function pairOf(text: string, at: number): number {
	return 10 * (text.charCodeAt(at) - ZERO) + text.charCodeAt(at + 1) - ZERO;
}

function writePair(value: number, out: Uint8Array, at: number, after: string): void {
	out[at] = ZERO + Math.floor(value / 10);
	out[at + 1] = ZERO + (value % 10);
	out[at + 2] = after.charCodeAt(0);
}
