/**
 * How the column `detail` is packed: deflate with a preset dictionary of its own, each piece ending on a byte
 * and not closed, so that the pieces of a page can be strung together and inflated in one call. A call's
 * fixed cost is twice that of inflating a visit of three touches.
 *
 * `version, length of the shortened text, ids and times behind their length (shorthand.ts), deflate`. THE DICTIONARY IS PART OF
 * THE FORMAT, as in `codec.ts`.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { ByteReader, ByteWriter } from "../compact-bytes.ts";
import { expand, Room, shorten } from "../shorthand.ts";

const VERSION = 2;

/** What lines of touchpoints and the rest of a piece have in common, the commonest last. */
const DICTIONARY = new TextEncoder().encode(
	[
		'"scoreMetric":"nps","scoreValue":,"scoreMin":0,"scoreMax":10,"place":"","text":"","causedBy":"',
		'"traits":[{"key":"name","value":"","t":17,"m":"\x01v"},{"key":"email","value":"@example.com"',
		'"channel":"phone","type":"call_completed","direction":"in","online":false,"automation":"human","effective":true,"evidence":["',
		'"participants":[{"role":"staff","ref":"","name":"',
		'"outcomeStatus":"completed","durationMs":',
		'"channel":"email","type":"email_clicked","direction":"out","online":true,"objectKind":"email","objectRef":"',
		'"channel":"store","type":"store_visited","channel":"wechat","channel":"chat","type":"chat_message_sent"',
		'"channel":"shop","type":"order_completed","direction":"in","online":true,"automation":"human","effective":true,"evidence":["',
		'"objectKind":"order","objectRef":"","valueAmount":,"valueCurrency":"CNY","valueKind":"order","stage":"purchase","conversion":"order_completed"',
		'"objectKind":"product","objectRef":"","objectTitle":"","stage":"consideration"',
		'"type":"form_submitted","type":"link_clicked","objectKind":"outbound","type":"product_viewed","signals":{"',
		'"clickIdKind":"google_ads","clickIdValue":"',
		'"pageReferrer":"https://www.google.com/",',
		'"deviceFamily":"mobile","bot":true,"deviceFamily":"desktop","stage":"awareness","sessionId":"',
		'"traffic":"Direct","channelRule":"direct","channelRuleEvidence":"no source"',
		'"traffic":"Organic Search","source":"google","medium":"organic","channelRule":"referrer","channelRuleEvidence":"www.google.com"',
		'"traffic":"Paid Search","source":"google","medium":"cpc","campaign":"","channelRule":"campaign","channelRuleEvidence":"utm_source=google utm_medium=cpc"',
		'"engagedMs":,"visibleMs":,"scrollDepth":0.',
		'"vouched":[0,1,2],"parts":[],"identities":[{"kind":"userId","value":"","kind":"email","kind":"phone","hash":"","firstAt":17,"messageId":"\x010',
		'{"profileId":"","viewIds":["\x01v",null,null,"\x01v",null,null],"viewRevs":[1,0,0,1,0,0],"entries":[true,false,false,false,false],"parts":[],"identities":[{"kind":"anonymousId","value":"\x01v","hash":"","firstAt":1795388711194,"messageId":"\x01?"}],"traits":[],"events":,"firstAt":17,"lastAt":17}',
		'{"id":"\x01v.","profileId":"","timestamp":"\x01t","channel":"web","type":"page_viewed","direction":"in","online":true,"automation":"human","effective":true,"evidence":["\x010"],"pageUrl":"https://www.","pagePath":"/","pageTitle":"","objectKind":"link","objectRef":"","objectTitle":"","deviceFamily":"desktop","stage":"awareness","sessionId":"","traffic":"Direct","direct":true,"channelRule":"direct","engagedMs":,"visibleMs":,"scrollDepth":0.25}\n{"id":"\x01v.","profileId":"","timestamp":"\x01t","channel":"web","type":"page_viewed","direction":"in","online":true,"automation":"human","effective":false,"evidence":["\x010","\x01v"],"pageUrl":"https://www.","pagePath":"/","pageTitle":"","pageReferrer":"https://www.","deviceFamily":"desktop","stage":"awareness","sessionId":"","traffic":"',
	].join(""),
);
/** The dictionary as a stored block, so that it stands before each piece in one stream of many. */
const PREAMBLE = makeStoredBlock(DICTIONARY);
/** An empty last block closes a stream. */
const END: readonly number[] = [3, 0];

/** Better than speed: a piece is written a few times and kept for years. */
const LEVEL = 6;
/** zlib's Z_SYNC_FLUSH: up to a byte, and not closed. */
const SYNC_FLUSH = 2;
/** Inflated in one call, with the dictionary before each piece: what the processor's near caches hold. */
const INFLATED_BYTES_MAX = 128 * 1024;
/** zlib's own least. */
const CHUNK_BYTES_MIN = 64;
/** What a text takes, as against the shortened one: mostly half as much again. */
const ROOM_SHARE = 1.75;
/** For all but the longest streams: fresh memory costs more than what is written to it. */
const scratch = new Uint8Array(INFLATED_BYTES_MAX);

function makeStoredBlock(bytes: Uint8Array): Uint8Array {
	const block = new Uint8Array(5 + bytes.byteLength);
	const view = new DataView(block.buffer);
	view.setUint16(1, bytes.byteLength, true);
	view.setUint16(3, ~bytes.byteLength & 0xffff, true);
	block.set(bytes, 5);
	return block;
}

/** @param text JSON, or lines of it */
export function packDetail(text: string): Uint8Array {
	const ids = new ByteWriter();
	const short = new TextEncoder().encode(shorten(text, ids));
	const packed = new ByteWriter();
	packed.number(VERSION);
	packed.number(short.byteLength);
	packed.bytes(ids.finish());
	packed.append(deflateRawSync(short, { level: LEVEL, dictionary: DICTIONARY, finishFlush: SYNC_FLUSH }));
	return packed.finish();
}

interface Packed {
	/** Of the shortened text. */
	bytes: number;
	ids: ByteReader;
	deflated: Uint8Array;
}

/** @returns texts as UTF-8, in the order of `stored` */
export function unpackDetails(stored: readonly Uint8Array[]): Uint8Array[] {
	const packed = stored.map(readPacked);
	const texts: Uint8Array[] = [];
	let [from, bytes] = [0, 0];
	for (const [index, one] of packed.entries()) {
		const length = DICTIONARY.byteLength + one.bytes;
		if (index > from && bytes + length > INFLATED_BYTES_MAX) {
			inflateTogether(packed.slice(from, index), texts);
			[from, bytes] = [index, 0];
		}
		bytes += length;
	}
	if (from < packed.length) inflateTogether(packed.slice(from), texts);
	return texts;
}

function readPacked(stored: Uint8Array): Packed {
	const reader = new ByteReader(stored);
	const version = reader.number();
	if (version !== VERSION) throw new Error(`piece of unknown version ${version}`);
	return { bytes: reader.number(), ids: reader.part(), deflated: reader.rest() };
}

function inflateTogether(packed: readonly Packed[], texts: Uint8Array[]): void {
	let [size, inflatedSize, textSize] = [END.length, 0, 0];
	for (const { bytes, deflated } of packed) {
		size += PREAMBLE.byteLength + deflated.byteLength;
		inflatedSize += DICTIONARY.byteLength + bytes;
		textSize += bytes;
	}
	const stream = size <= scratch.byteLength ? scratch.subarray(0, size) : new Uint8Array(size);
	let at = 0;
	for (const { deflated } of packed) {
		stream.set(PREAMBLE, at);
		stream.set(deflated, at + PREAMBLE.byteLength);
		at += PREAMBLE.byteLength + deflated.byteLength;
	}
	stream.set(END, at);
	// In one piece: in the usual ones of 16 kB it would be copied together. One byte more tells that nothing follows.
	const buffer = inflateRawSync(stream, { chunkSize: Math.max(CHUNK_BYTES_MIN, inflatedSize + 1) });
	// Parts of a Buffer are Buffers, whose making and searching takes several times as long.
	const inflated = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
	const room = new Room(Math.ceil(ROOM_SHARE * textSize));
	let start = 0;
	for (const { bytes, ids } of packed) {
		start += DICTIONARY.byteLength;
		texts.push(expand(inflated.subarray(start, start + bytes), ids, room));
		start += bytes;
	}
	if (start !== inflated.byteLength) throw new Error("a piece is not as long as it says");
}
