/**
 * Pieces that lie side by side as one row's bytes: `version, how many, what each is, their contents one after the other`. A piece is
 * a quarter of a page of the database, so that in rows of their own pieces left a quarter of all pages empty; what is larger than a
 * page fills the pages that it goes on in to the last byte.
 *
 * Names and numbers are said as what differs from the piece before, which mostly is the same person's. THIS IS PART OF THE FORM OF
 * THE DATA (form.ts).
 */
import { ByteReader, ByteWriter } from "../compact-bytes.ts";
import { HASH_BYTES, hashFromBytes, hashToBytes } from "../hash-bytes.ts";

export interface StoredPiece {
	/** Where it lies: piece-place.ts. */
	id: number;
	profile: string;
	stream: string;
	/** Window of the stream. */
	window: number;
	/** Ms, of the events that it stands for. */
	firstAt: number;
	lastAt: number;
	/** Of the key in `seal_keys`; one for each profile and stream. */
	slot: number;
	/** Sealed: columns that analyses read (stored-path.ts). */
	path: Uint8Array;
	/** Sealed behind `path` (seal.ts): packed (detail-codec.ts) lines of touchpoints, then the rest of the Piece (stored-detail.ts). */
	detail: Uint8Array;
}

const VERSION = 1;

/** How a name stands: as the one before it, in 16 bytes, as text; of a stream also the device that the profile is named by. */
const SAME = 0;
const HASH = 1;
const TEXT = 2;
const OF_DEVICE = 3;
const OF_PROFILE = 4;
/** Both in one byte. */
const KINDS = 8;
/** A stream's name begins with this mostly. */
const DEVICE_PREFIX = "anonymousId=";

/** Of a piece's entry but its contents, about: what it takes is counted before it is written. */
const ENTRY_BYTES = 32;

const utf8 = new TextEncoder();
const text = new TextDecoder();

const NO_PIECE = { id: 0, profile: "", stream: "", window: 0, firstAt: 0, slot: 0 };

/** @param pieces by `id`, ascending */
export function encodeBlock(pieces: readonly StoredPiece[]): Uint8Array {
	const block = new ByteWriter();
	block.byte(VERSION);
	block.count(pieces.length);
	let before: typeof NO_PIECE = NO_PIECE;
	for (const piece of pieces) {
		const profile = nameOf(piece.profile, before.profile);
		const stream = streamNameOf(piece, before.stream);
		block.byte(profile.kind * KINDS + stream.kind);
		writeName(block, profile);
		writeName(block, stream);
		block.count(piece.id - before.id);
		block.number(piece.window - before.window);
		block.number(piece.firstAt - before.firstAt);
		block.number(piece.lastAt - piece.firstAt);
		block.number(piece.slot - before.slot);
		block.count(piece.path.byteLength);
		block.count(piece.detail.byteLength);
		before = piece;
	}
	for (const { path, detail } of pieces) {
		block.append(path);
		block.append(detail);
	}
	return block.finish();
}

interface Name {
	kind: number;
	bytes: Uint8Array | null;
}

function nameOf(name: string, before: string): Name {
	if (name === before) return { kind: SAME, bytes: null };
	const hash = hashToBytes(name);
	return hash === null ? { kind: TEXT, bytes: utf8.encode(name) } : { kind: HASH, bytes: hash };
}

function streamNameOf({ stream, profile }: StoredPiece, before: string): Name {
	const isDevice = stream !== before && stream.startsWith(DEVICE_PREFIX);
	if (!isDevice) return nameOf(stream, before);
	const device = stream.slice(DEVICE_PREFIX.length);
	if (device === profile) return { kind: OF_PROFILE, bytes: null };
	const name = nameOf(device, "");
	return name.kind === HASH ? { kind: OF_DEVICE, bytes: name.bytes } : { kind: TEXT, bytes: utf8.encode(stream) };
}

function writeName(block: ByteWriter, { kind, bytes }: Name): void {
	if (bytes === null) return;
	if (kind === TEXT) block.bytes(bytes);
	else block.append(bytes);
}

/** @returns views into `body` */
export function decodeBlock(body: Uint8Array | ArrayBuffer): StoredPiece[] {
	const block = new ByteReader(body instanceof Uint8Array ? body : new Uint8Array(body));
	const version = block.byte();
	if (version !== VERSION) throw new Error(`pieces of unknown version ${version}`);
	const count = block.count();
	const pieces: StoredPiece[] = [];
	const lengths: number[] = [];
	let before: typeof NO_PIECE = NO_PIECE;
	for (let left = count; left > 0; left--) {
		const kinds = block.byte();
		const profile = readName(block, Math.floor(kinds / KINDS), before.profile, "");
		const stream = readName(block, kinds % KINDS, before.stream, profile);
		const id = before.id + block.count();
		const window = before.window + block.number();
		const firstAt = before.firstAt + block.number();
		const lastAt = firstAt + block.number();
		const slot = before.slot + block.number();
		lengths.push(block.count(), block.count());
		const piece = { id, profile, stream, window, firstAt, lastAt, slot, path: NOTHING, detail: NOTHING };
		pieces.push(piece);
		before = piece;
	}
	for (const [index, piece] of pieces.entries()) {
		piece.path = block.take(lengths[2 * index] as number);
		piece.detail = block.take(lengths[2 * index + 1] as number);
	}
	return pieces;
}

const NOTHING = new Uint8Array();

function readName(block: ByteReader, kind: number, before: string, profile: string): string {
	switch (kind) {
		case SAME:
			return before;
		case HASH:
			return hashFromBytes(block.take(HASH_BYTES));
		case TEXT:
			return text.decode(block.bytes());
		case OF_DEVICE:
			return DEVICE_PREFIX + hashFromBytes(block.take(HASH_BYTES));
		case OF_PROFILE:
			return DEVICE_PREFIX + profile;
		default:
			throw new Error(`a name of unknown kind ${kind}`);
	}
}

/** About as many bytes as {@link encodeBlock} gives. */
export function blockBytes(pieces: readonly StoredPiece[]): number {
	return pieces.reduce((sum, piece) => sum + pieceBytes(piece), 0);
}

function pieceBytes({ path, detail }: StoredPiece): number {
	return ENTRY_BYTES + path.byteLength + detail.byteLength;
}

/** Parts of `bytesMax` at most, or of one piece: each time cut nearest to the middle, so that both have room to grow. */
export function splitBlock(pieces: readonly StoredPiece[], bytesMax: number): (readonly StoredPiece[])[] {
	const whole = blockBytes(pieces);
	if (whole <= bytesMax || pieces.length < 2) return [pieces];
	let [cut, left, nearest] = [1, 0, Number.POSITIVE_INFINITY];
	for (const [place, piece] of pieces.slice(0, -1).entries()) {
		left += pieceBytes(piece);
		const distance = Math.abs(whole / 2 - left);
		if (distance < nearest) [cut, nearest] = [place + 1, distance];
	}
	return [...splitBlock(pieces.slice(0, cut), bytesMax), ...splitBlock(pieces.slice(cut), bytesMax)];
}
