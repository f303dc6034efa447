/**
 * How the column `detail` is packed: deflate with a preset dictionary of its own, each piece ending on a byte
 * and not closed, so that the pieces of a page can be strung together and inflated in one call. A call's
 * fixed cost is twice that of inflating a visit of three touches.
 *
 * `version, length of the shortened text, how many hashes, those, ids and times behind their length (shorthand.ts), deflate` without what it
 * always ends with. The dictionary goes on with what the row says of the piece, and with its hashes, of sessions mostly, which are 16 bytes each: as
 * text they would be half as much again. THE DICTIONARY IS PART OF THE FORMAT, as in `codec.ts`.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { deflateChunk } from "../chunk-size.ts";
import { ByteReader, ByteWriter } from "../compact-bytes.ts";
import { HASH_BYTES, hashFromBytes, hashToBytes } from "../hash-bytes.ts";
import { tagOf } from "../sharding.ts";
import { expand, Room, shorten } from "../shorthand.ts";
import { DETAIL_WORDS, DETAIL_WORDS_BEFORE } from "./detail-words.ts";
import type { StoredPiece } from "./piece-block.ts";

const utf8 = new TextEncoder();
const ascii = new TextDecoder("latin1");

const VERSION = 3;
/** Of form 5: without hashes and names, with another dictionary and the end of the deflate. It is read and never written again. */
const VERSION_BEFORE = 2;

/** What the row says of a piece. */
export type PieceNames = Pick<StoredPiece, "profile" | "stream" | "firstAt" | "lastAt">;

const BLOCK_HEAD_BYTES = 5;
/** The dictionaries as stored blocks, so that they stand before each piece in one stream of many. */
const PREAMBLE = makeStoredBlock(DETAIL_WORDS);
const PREAMBLE_BEFORE = makeStoredBlock(DETAIL_WORDS_BEFORE);
/** What zlib ends with where it ends on a byte: an empty stored block. */
const FLUSHED = new Uint8Array([0, 0, 0xff, 0xff]);
/** An empty last block closes a stream. */
const END = new Uint8Array([3, 0]);

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

function makeStoredBlock(words: Uint8Array): Uint8Array {
	const block = new Uint8Array(BLOCK_HEAD_BYTES + words.byteLength);
	writeStoredBlock(ascii.decode(words), block, 0);
	return block;
}

/**
 * @param text   JSON, or lines of it
 * @param names  it must be unpacked with the same
 * @param hashes keyed hashes that come in it
 */
export function packDetail(text: string, names: PieceNames, hashes: readonly string[]): Uint8Array {
	const ids = new ByteWriter();
	const short = utf8.encode(shorten(text, ids));
	const said = new Map<string, Uint8Array>();
	for (const hash of new Set(hashes)) {
		const bytes = hash === names.profile ? null : hashToBytes(hash);
		if (bytes !== null) said.set(hash, bytes);
	}
	const packed = new ByteWriter();
	packed.number(VERSION);
	packed.number(short.byteLength);
	packed.count(said.size);
	for (const bytes of said.values()) packed.append(bytes);
	packed.bytes(ids.finish());
	const own = utf8.encode(wordsOf(names, [...said.keys()]));
	const dictionary = new Uint8Array(DETAIL_WORDS.byteLength + own.byteLength);
	dictionary.set(DETAIL_WORDS);
	dictionary.set(own, DETAIL_WORDS.byteLength);
	const chunkSize = deflateChunk(short.byteLength);
	const deflated = deflateRawSync(short, { level: LEVEL, dictionary, finishFlush: SYNC_FLUSH, chunkSize });
	packed.append(deflated.subarray(0, -FLUSHED.byteLength));
	return packed.finish();
}

/** What a piece's dictionary ends with, in ASCII: how its lines begin, and how the rest ends. */
function wordsOf({ profile, stream, firstAt, lastAt }: PieceNames, hashes: readonly string[]): string {
	const said = `"${hashes.join('"')}","firstAt":${firstAt},"lastAt":${lastAt}}{"id":"\x01v.${tagOfLast(stream)}`;
	// Ids are keyed hashes, in letters and digits.
	return PLAIN.test(profile) ? `${said}","profileId":"${profile}","timestamp":"\x01t` : said;
}

const PLAIN = /^[\x20-\x7e]*$/;
let [lastStream, lastTag] = ["", ""];

/** Pieces of a stream are mostly read one after the other. */
function tagOfLast(stream: string): string {
	if (stream !== lastStream) [lastStream, lastTag] = [stream, tagOf(stream)];
	return lastTag;
}

interface Packed {
	/** Of form 5. */
	isBefore: boolean;
	/** What its dictionary ends with. */
	own: string;
	/** Of the shortened text. */
	bytes: number;
	ids: ByteReader;
	deflated: Uint8Array;
}

function wordsBytes({ isBefore, own }: Packed): number {
	return isBefore ? DETAIL_WORDS_BEFORE.byteLength : DETAIL_WORDS.byteLength + own.length;
}

/** @returns texts as UTF-8, in the order of `stored` */
export function unpackDetails(stored: readonly { names: PieceNames; packed: Uint8Array }[]): Uint8Array[] {
	const packed = stored.map(readPacked);
	const texts: Uint8Array[] = [];
	let [from, bytes] = [0, 0];
	for (const [index, one] of packed.entries()) {
		const length = wordsBytes(one) + one.bytes;
		if (index > from && bytes + length > INFLATED_BYTES_MAX) {
			inflateTogether(packed.slice(from, index), texts);
			[from, bytes] = [index, 0];
		}
		bytes += length;
	}
	if (from < packed.length) inflateTogether(packed.slice(from), texts);
	return texts;
}

function readPacked({ names, packed }: { names: PieceNames; packed: Uint8Array }): Packed {
	const reader = new ByteReader(packed);
	const version = reader.number();
	const bytes = reader.number();
	const isBefore = version === VERSION_BEFORE;
	if (!isBefore && version !== VERSION) throw new Error(`piece of unknown version ${version}`);
	const hashes: string[] = [];
	for (let left = isBefore ? 0 : reader.count(); left > 0; left--) hashes.push(hashFromBytes(reader.take(HASH_BYTES)));
	const own = isBefore ? "" : wordsOf(names, hashes);
	return { isBefore, own, bytes, ids: reader.part(), deflated: reader.rest() };
}

function inflateTogether(packed: readonly Packed[], texts: Uint8Array[]): void {
	let [size, inflatedSize, textSize] = [END.byteLength, 0, 0];
	for (const one of packed) {
		inflatedSize += wordsBytes(one) + one.bytes;
		size += 2 * BLOCK_HEAD_BYTES + wordsBytes(one) + one.deflated.byteLength + FLUSHED.byteLength;
		textSize += one.bytes;
	}
	const stream = size <= scratch.byteLength ? scratch : new Uint8Array(size);
	let at = 0;
	for (const { isBefore, own, deflated } of packed) {
		const preamble = isBefore ? PREAMBLE_BEFORE : PREAMBLE;
		stream.set(preamble, at);
		at += preamble.byteLength;
		if (!isBefore) at = writeStoredBlock(own, stream, at);
		stream.set(deflated, at);
		at += deflated.byteLength;
		if (isBefore) continue;
		stream.set(FLUSHED, at);
		at += FLUSHED.byteLength;
	}
	stream.set(END, at);
	at += END.byteLength;
	// In one piece: in the usual ones of 16 kB it would be copied together. One byte more tells that nothing follows.
	const chunkSize = Math.max(CHUNK_BYTES_MIN, inflatedSize + 1);
	const buffer = inflateRawSync(stream.subarray(0, at), { chunkSize });
	// Parts of a Buffer are Buffers, whose making and searching takes several times as long.
	const inflated = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
	const room = new Room(Math.ceil(ROOM_SHARE * textSize));
	let start = 0;
	for (const one of packed) {
		start += wordsBytes(one);
		texts.push(expand(inflated.subarray(start, start + one.bytes), one.ids, room));
		start += one.bytes;
	}
	if (start !== inflated.byteLength) throw new Error("a piece is not as long as it says");
}

/** @param text in ASCII, shorter than 64 kB @returns where it ends */
function writeStoredBlock(text: string, out: Uint8Array, from: number): number {
	const { length } = text;
	let at = from;
	out[at++] = 0;
	out[at++] = length;
	out[at++] = length >> 8;
	out[at++] = ~length;
	out[at++] = ~length >> 8;
	for (let i = 0; i < length; i++) out[at++] = text.charCodeAt(i);
	return at;
}
