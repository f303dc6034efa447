/**
 * Events to and from the body of a log segment: `count of id bytes (4 bytes), id bytes, deflated JSON`.
 *
 * What deflate cannot shrink is said in the fewest bytes instead: a UUID is 16 bytes and not 36 digits, of a UUIDv7, as
 * the script makes them, the 10 that do not tell the time; a time said before is not said again. Everything
 * comes back as it was, to the letter and in the order of its keys.
 */
import type { LoggedEvent } from "../model.ts";
import { EVENT_WORDS, pack, unpack } from "./codec.ts";

/** What stands in place of a text, by bits. */
const UUID = 1;
const UUID_V7 = 2;
const SAID_TIME = 4;

const UUID_BYTES = 16;
/** Those of a UUIDv7 that hold the time, ms since the epoch. */
const TIME_BYTES = 6;
const TIME_MAX = 2 ** (8 * TIME_BYTES);
const CANONICAL = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const VERSION_AT = 14;
const LENGTH_BYTES = 4;

/** Better than speed: a segment is packed once and kept for years. */
const LEVEL = 6;

type Packed = [
	/** Ms since the event before it; the first one's since the epoch. */
	timestamp: number,
	/** The same. */
	receivedAt: number,
	trust: 0 | 1,
	added: LoggedEvent["added"],
	/** As sent, but what `marks` names. */
	sent: { [field: string]: unknown },
	/** 0 may be left out. */
	marks?: number,
];

export function packEvents(events: readonly LoggedEvent[]): Uint8Array {
	const ids = new Uint8Array(events.length * UUID_BYTES);
	let idBytes = 0;
	let before = { timestamp: 0, receivedAt: 0 };
	const rows = events.map((event): Packed => {
		const { timestamp, receivedAt, trust, added } = event;
		const { messageId } = event.sent;
		const sent: Packed[4] = { ...event.sent };
		let marks = 0;
		if (CANONICAL.test(messageId)) {
			writeUuid(messageId, ids, idBytes);
			marks = UUID;
			sent.messageId = 0;
			if (messageId[VERSION_AT] === "7") {
				marks = UUID_V7;
				sent.messageId = readTime(ids, idBytes) - timestamp;
				ids.copyWithin(idBytes, idBytes + TIME_BYTES, idBytes + UUID_BYTES);
				idBytes -= TIME_BYTES;
			}
			idBytes += UUID_BYTES;
		}
		if (sent.originalTimestamp !== undefined && sent.originalTimestamp === isoOf(timestamp)) {
			marks += SAID_TIME;
			sent.originalTimestamp = 0;
		}
		const row: Packed = [
			timestamp - before.timestamp,
			receivedAt - before.receivedAt,
			trust === "server" ? 1 : 0,
			added,
			sent,
		];
		before = { timestamp, receivedAt };
		if (marks > 0) row.push(marks);
		return row;
	});
	const json = pack(JSON.stringify(rows), EVENT_WORDS, LEVEL);
	const packed = new Uint8Array(LENGTH_BYTES + idBytes + json.byteLength);
	new DataView(packed.buffer).setUint32(0, idBytes);
	packed.set(ids.subarray(0, idBytes), LENGTH_BYTES);
	packed.set(json, LENGTH_BYTES + idBytes);
	return packed;
}

export function unpackEvents(body: Uint8Array): LoggedEvent[] {
	const idBytes = new DataView(body.buffer, body.byteOffset).getUint32(0);
	const rows = JSON.parse(unpack(body.subarray(LENGTH_BYTES + idBytes), EVENT_WORDS)) as Packed[];
	const uuid = new Uint8Array(UUID_BYTES);
	let at = LENGTH_BYTES;
	let [timestamp, receivedAt] = [0, 0];
	return rows.map(([sinceTimestamp, sinceReceivedAt, trust, added, sent, marks = 0]) => {
		timestamp += sinceTimestamp;
		receivedAt += sinceReceivedAt;
		if ((marks & UUID_V7) !== 0) {
			writeTime(uuid, (sent.messageId as number) + timestamp);
			uuid.set(body.subarray(at, at + UUID_BYTES - TIME_BYTES), TIME_BYTES);
			at += UUID_BYTES - TIME_BYTES;
			sent.messageId = readUuid(uuid);
		} else if ((marks & UUID) !== 0) {
			uuid.set(body.subarray(at, at + UUID_BYTES));
			at += UUID_BYTES;
			sent.messageId = readUuid(uuid);
		}
		if ((marks & SAID_TIME) !== 0) sent.originalTimestamp = isoOf(timestamp);
		return {
			sent: sent as LoggedEvent["sent"],
			timestamp,
			receivedAt,
			trust: trust === 1 ? "server" : "public",
			added,
		};
	});
}

/** Undefined for a time that no text can say. */
function isoOf(timestamp: number): string | undefined {
	const date = new Date(timestamp);
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
/** Indices of the bytes that a hyphen stands before. */
const HYPHENS: ReadonlySet<number> = new Set([4, 6, 8, 10]);

function readUuid(bytes: Uint8Array): string {
	let text = "";
	for (const [index, byte] of bytes.entries()) text += HYPHENS.has(index) ? `-${HEX[byte]}` : HEX[byte];
	return text;
}

function writeUuid(text: string, bytes: Uint8Array, offset: number): void {
	let at = 0;
	for (let index = 0; index < UUID_BYTES; index++) {
		if (HYPHENS.has(index)) at++;
		bytes[offset + index] = (digit(text, at) << 4) | digit(text, at + 1);
		at += 2;
	}
}

/** Value of a hexadecimal digit in lower case. */
function digit(text: string, at: number): number {
	const code = text.charCodeAt(at);
	return code < 58 ? code - 48 : code - 87;
}

function readTime(bytes: Uint8Array, offset: number): number {
	const view = new DataView(bytes.buffer, bytes.byteOffset + offset);
	return view.getUint16(0) * 2 ** 32 + view.getUint32(2);
}

function writeTime(bytes: Uint8Array, time: number): void {
	const view = new DataView(bytes.buffer, bytes.byteOffset);
	view.setUint16(0, Math.floor((time % TIME_MAX) / 2 ** 32));
	view.setUint32(2, time % 2 ** 32);
}
