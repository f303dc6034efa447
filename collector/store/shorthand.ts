/**
 * Ids and times in JSON text, in the fewest bytes: what deflate cannot shrink. A UUID is 16 bytes and not 36 digits, of a UUIDv7,
 * as the script makes them, the 10 that do not tell the time; a time is what has passed since the time said before.
 * In the text {@link MARK} stands for each, a control character that JSON never has, and a letter that says which kind.
 *
 * What comes back is the text, to the letter, whatever it holds. THIS IS PART OF THE FORMAT of all that is stored so.
 */
import { type ByteReader, type ByteWriter, isUuid, timeOfUuid, UUID_CHARS, UUID_TIME_BYTES } from "./compact-bytes.ts";
import { DayTimes, TIME_CHARS } from "./day-times.ts";

/** One for all kinds, since one is looked for fastest. */
const MARK = 1;
/** A UUIDv7 that was not said lately: what has passed, then the bytes behind its time. */
const UUID_V7 = codeOf("v");
/** Another UUID: its bytes. */
const UUID = codeOf("u");
/** `2026-01-01T00:00:00.000Z`: what has passed. */
const TIME = codeOf("t");
/** From here on: a UUID said before, by how many others were said since. */
const SAID = codeOf("0");
const SAID_MAX = 16;

const HYPHEN = 45;
/** Where the first hyphen of either stands. */
const UUID_HYPHEN_AT = 8;
const TIME_HYPHEN_AT = 4;

/**
 * @param text  JSON, or lines of it
 * @param bytes told what the control characters stand for
 */
export function shorten(text: string, bytes: ByteWriter): string {
	const said: string[] = [];
	const times = new DayTimes();
	let short = "";
	let [from, time] = [0, 0];
	const passTo = (now: number) => {
		bytes.number(now - time);
		time = now;
	};
	const replace = (start: number, chars: number, kind: number) => {
		short += text.slice(from, start) + String.fromCharCode(MARK, kind);
		from = start + chars;
	};
	for (let at = text.indexOf("-"); at !== -1; at = text.indexOf("-", Math.max(at + 1, from))) {
		const start = at - UUID_HYPHEN_AT;
		if (start >= from && text.charCodeAt(at + 5) === HYPHEN && text.charCodeAt(at + 15) === HYPHEN) {
			const uuid = text.slice(start, start + UUID_CHARS);
			if (!isUuid(uuid)) continue;
			const place = said.indexOf(uuid);
			sayNow(said, place, uuid);
			const now = place === -1 ? timeOfUuid(uuid) : null;
			replace(start, UUID_CHARS, place !== -1 ? SAID + place : now === null ? UUID : UUID_V7);
			if (now !== null) passTo(now);
			if (place === -1) bytes.uuid(uuid, now === null ? 0 : UUID_TIME_BYTES);
		} else if (at - TIME_HYPHEN_AT >= from && text.charCodeAt(at + 3) === HYPHEN) {
			const now = times.parse(text.slice(at - TIME_HYPHEN_AT, at - TIME_HYPHEN_AT + TIME_CHARS));
			if (now === null) continue;
			replace(at - TIME_HYPHEN_AT, TIME_CHARS, TIME);
			passTo(now);
		}
	}
	return short + text.slice(from);
}

/** Puts an id in front of those said lately, where it may stand at `place` (−1: nowhere). */
function sayNow<Id>(said: Id[], place: number, id: Id): void {
	if (place === 0) return;
	if (place > 0) said.splice(place, 1);
	said.unshift(id);
	if (said.length > SAID_MAX) said.pop();
}

/**
 * @param text  UTF-8 of what {@link shorten} gave
 * @param bytes where it began to write
 * @returns UTF-8 of what it was given
 */
export function expand(text: Uint8Array, bytes: ByteReader): Uint8Array {
	/** Where each stands in what is written already. */
	const said: number[] = [];
	const times = new DayTimes();
	let out = new Uint8Array(2 * text.length + UUID_CHARS);
	let [from, to, time] = [0, 0, 0];
	for (let at = text.indexOf(MARK); at !== -1; at = text.indexOf(MARK, from)) {
		out.set(text.subarray(from, at), to);
		to += at - from;
		from = at + 2;
		// Room for what is coming now and all that may follow as it stands.
		if (to + UUID_CHARS + text.length - from > out.length) out = enlarge(out);
		const kind = text[at + 1] as number;
		if (kind === TIME || kind === UUID_V7) time += bytes.number();
		if (kind === TIME) {
			times.write(time, out, to);
			to += TIME_CHARS;
			continue;
		}
		const place = kind === UUID_V7 || kind === UUID ? -1 : kind - SAID;
		if (place === -1) bytes.uuid(kind === UUID_V7 ? time : null, out, to);
		else out.copyWithin(to, said[place] as number, (said[place] as number) + UUID_CHARS);
		sayNow(said, place, to);
		to += UUID_CHARS;
	}
	out.set(text.subarray(from), to);
	return out.subarray(0, to + text.length - from);
}

function codeOf(letter: string): number {
	return letter.charCodeAt(0);
}

function enlarge(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	const larger = new Uint8Array(2 * bytes.length);
	larger.set(bytes);
	return larger;
}
