/**
 * The `path` column of a piece: the columns that analyses read, and beside them what tells whether they
 * are final. A piece's own columns are provisional where another piece of the profile has a say: totals
 * of a view reported elsewhere, a session that runs over several pieces, one messageId or view in two.
 */
import { type PackedPath, pathOf } from "../../journey/index.ts";
import type { Piece } from "../../model.ts";
import { pack, unpack } from "../codec.ts";
import { hash32 } from "../sharding.ts";

export interface StoredPath extends PackedPath {
	/** Hashes of the sessions that it has a part of. */
	sessions: number[];
	/** By touchpoint: hash of the messageId that it stands at. */
	messages: number[];
	/** Hashes of the views that it holds, which reports name. */
	views: number[];
	/** Reports of views that lie elsewhere. */
	parts: number;
}

/** Columns in the order in which they are stored: THE FORMAT of the column `path`; only ever add at its end. */
const COLUMNS = [
	"t",
	"channel",
	"traffic",
	"source",
	"medium",
	"campaign",
	"type",
	"stage",
	"conversion",
	"flags",
	"value",
	"currency",
	"engagedMs",
	"sessions",
	"messages",
	"views",
] as const;
/** Text up to this stands as it is: most pieces are a handful of touches, and inflating costs more than reading them. Characters. */
const PLAIN_CHARS_MAX = 1_000;
const UNKNOWN_MS = -1;
/** First byte: how the text after it lies. */
const PLAIN = 0;
const PACKED = 1;

const utf8 = new TextEncoder();
const decoder = new TextDecoder();

/** Columns of hashes: 24 bits each. */
const HASHES: ReadonlySet<string> = new Set(["sessions", "messages", "views"]);
/** Of a digit and of a hash, in text. */
const DIGITS = 36;
const HASH_CHARS = 5;
/** Codes of `0` and of `a`, which is 10. */
const DIGITS_FROM = 48;
const DIGITS_LETTERS_FROM = 97;

/**
 * Nothing where the column says nothing, one number where it says one thing, a text of hashes or of digits where it
 * can, else the numbers: a third of what the numbers of every column take.
 */
type StoredColumn = [] | number | string | number[];

export function storePath({ touchpoints, viewIds, parts }: Piece): Uint8Array {
	const sessions = new Set<string>();
	for (const { sessionId } of touchpoints) if (sessionId !== undefined) sessions.add(sessionId);
	const path: StoredPath = {
		...pathOf(touchpoints),
		sessions: [...sessions].map(shortHash),
		messages: touchpoints.map(({ id, evidence }) => shortHash(evidence[0] ?? id)),
		views: viewIds.flatMap((viewId) => (viewId === null ? [] : [shortHash(viewId)])),
		parts: parts.length,
	};
	const columns = COLUMNS.map((name) => storeColumn(name, path[name]));
	const text = JSON.stringify([path.texts, path.parts, touchpoints.length, ...columns]);
	const isPacked = text.length > PLAIN_CHARS_MAX;
	const body = isPacked ? pack(text) : utf8.encode(text);
	const stored = new Uint8Array(1 + body.byteLength);
	stored[0] = isPacked ? PACKED : PLAIN;
	stored.set(body, 1);
	return stored;
}

function storeColumn(name: (typeof COLUMNS)[number], values: number[]): StoredColumn {
	if (HASHES.has(name)) return values.map((value) => value.toString(DIGITS).padStart(HASH_CHARS, "0")).join("");
	const nothing = name === "engagedMs" ? UNKNOWN_MS : 0;
	const [first] = values;
	if (first !== undefined && values.every((value) => value === first)) return first === nothing ? [] : first;
	const areDigits = values.every((value) => Number.isInteger(value) && value >= 0 && value < DIGITS);
	return areDigits ? values.map((value) => value.toString(DIGITS)).join("") : values;
}

function loadColumn(stored: StoredColumn | undefined, length: number, nothing = 0): number[] {
	if (typeof stored === "string") return readDigits(stored, 1);
	if (typeof stored === "number") {
		const isSmall = Number.isInteger(stored) && stored >= UNKNOWN_MS && stored < DIGITS;
		return isSmall ? repeat(stored, length) : new Array<number>(length).fill(stored);
	}
	return stored === undefined || stored.length === 0 ? repeat(nothing, length) : stored;
}

function loadHashes(stored: StoredColumn | undefined): number[] {
	return typeof stored === "string" ? readDigits(stored, HASH_CHARS) : [];
}

/** By hand: `parseInt` of each slice took as long as parsing the whole path. */
function readDigits(text: string, width: number): number[] {
	const values: number[] = [];
	for (let at = 0; at < text.length; ) {
		let value = 0;
		for (const end = at + width; at < end; at++) {
			const code = text.charCodeAt(at);
			value = value * DIGITS + code - (code < DIGITS_LETTERS_FROM ? DIGITS_FROM : DIGITS_LETTERS_FROM - 10);
		}
		values.push(value);
	}
	return values;
}

/** Columns of one small number, by number and length; shared, since nobody writes to a path. */
const repeated = new Map<number, number[]>();

function repeat(value: number, length: number): number[] {
	const key = length * (DIGITS + 1) + value + 1;
	let column = repeated.get(key);
	if (column === undefined) {
		column = new Array<number>(length).fill(value);
		repeated.set(key, column);
	}
	return column;
}

/** 24 bits: short in text, and chance makes few profiles share one. */
function shortHash(text: string): number {
	return hash32(text) >>> 8;
}

export function loadPath(stored: Uint8Array): StoredPath {
	const body = stored.subarray(1);
	const text = stored[0] === PACKED ? unpack(body) : decoder.decode(body);
	const [texts, parts, length, ...columns] = JSON.parse(text) as [string[], number, number, ...StoredColumn[]];
	const take = (index: number, nothing?: number) => loadColumn(columns[index], length, nothing);
	// One shape for all, spelled out in the order of COLUMNS: the scans of an analysis begin here.
	return {
		texts,
		parts,
		t: take(0),
		channel: take(1),
		traffic: take(2),
		source: take(3),
		medium: take(4),
		campaign: take(5),
		type: take(6),
		stage: take(7),
		conversion: take(8),
		flags: take(9),
		value: take(10),
		currency: take(11),
		engagedMs: take(12, UNKNOWN_MS),
		sessions: loadHashes(columns[13]),
		messages: loadHashes(columns[14]),
		views: loadHashes(columns[15]),
	};
}

/**
 * Whether the columns of a profile's pieces, put together by time, are its chain. A hash that two pieces
 * share by chance only costs a reading of the details.
 */
export function arePathsFinal(paths: readonly StoredPath[]): boolean {
	if (paths.length < 2) return (paths[0]?.parts ?? 0) === 0;
	const seen = { sessions: new Set<number>(), messages: new Set<number>(), views: new Set<number>() };
	for (const path of paths) {
		if (path.parts > 0) return false;
		for (const name of ["sessions", "messages", "views"] as const) {
			if (path[name].some((hash) => seen[name].has(hash))) return false;
			for (const hash of path[name]) seen[name].add(hash);
		}
	}
	return true;
}
