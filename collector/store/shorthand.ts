/**
 * Ids and times in JSON text, in the fewest bytes: what deflate cannot shrink. A UUID is 16 bytes and not 36 digits, of a UUIDv7,
 * as the script makes them, the 10 that do not tell the time; a time is what has passed since the time said before.
 * In the text {@link MARK} stands for each, a control character that JSON never has, and a letter that says which kind.
 *
 * What comes back is the text, to the letter, whatever it holds. THIS IS PART OF THE FORMAT of all that is stored so.
 */
import { type ByteReader, type ByteWriter, isUuid, timeOfUuid, UUID_CHARS, UUID_TIME_BYTES } from "./compact-bytes.ts";
import { DayTimes, TIME_CHARS, writeTime } from "./day-times.ts";

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
/** A mark as near as this is reached faster byte by byte than by calling out. */
const NEAR_BYTES = 40;

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
	let at = place === -1 ? Math.min(said.length, SAID_MAX - 1) : place;
	for (; at > 0; at--) said[at] = said[at - 1] as Id;
	said[0] = id;
}

/** Where texts are expanded to, one after the other: an array for each took as long to make and to sweep away as to fill. */
export class Room {
	bytes: Uint8Array<ArrayBuffer>;
	used = 0;

	/** @param bytes to begin with; it grows, and what was given out stays where it lies */
	constructor(bytes: number) {
		this.bytes = new Uint8Array(bytes);
	}
}

/**
 * @param text  UTF-8 of what {@link shorten} gave
 * @param bytes where it began to write
 * @param room  for the answer
 * @returns UTF-8 of what it was given; a view
 */
export function expand(text: Uint8Array, bytes: ByteReader, room = new Room(2 * text.length)): Uint8Array {
	const { length } = text;
	/** Where each stands in what is written already, from its beginning. */
	const said: number[] = [];
	let start = room.used;
	let [out, to, time] = [room.bytes, start, 0];
	const reserve = (needed: number) => {
		if (to + needed <= out.length) return;
		room.bytes = new Uint8Array(Math.max(2 * (to - start + needed), out.length));
		room.bytes.set(out.subarray(start, to));
		[out, to, start] = [room.bytes, to - start, 0];
	};
	reserve(length);
	for (let at = 0; at < length; ) {
		const near = Math.min(at + NEAR_BYTES, length);
		while (at < near && text[at] !== MARK) out[to++] = text[at++] as number;
		if (at < length && text[at] !== MARK) {
			const found = text.indexOf(MARK, at);
			const end = found === -1 ? length : found;
			out.set(text.subarray(at, end), to);
			to += end - at;
			at = end;
		}
		if (at === length) break;
		const kind = text[at + 1] as number;
		at += 2;
		// Room for what is coming now and all that may follow as it stands.
		reserve(UUID_CHARS + length - at);
		if (kind === TIME || kind === UUID_V7) time += bytes.number();
		if (kind === TIME) {
			writeTime(time, out, to);
			to += TIME_CHARS;
			continue;
		}
		const place = kind === UUID_V7 || kind === UUID ? -1 : kind - SAID;
		if (place === -1) {
			bytes.uuid(kind === UUID_V7 ? time : null, out, to);
		} else {
			const from = start + (said[place] as number);
			for (let i = 0; i < UUID_CHARS; i++) out[to + i] = out[from + i] as number;
		}
		sayNow(said, place, to - start);
		to += UUID_CHARS;
	}
	room.used = to;
	return out.subarray(start, to);
}

function codeOf(letter: string): number {
	return letter.charCodeAt(0);
}
