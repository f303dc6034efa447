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

/** Columns of hashes: 24 bits each. */
const HASHES: ReadonlySet<string> = new Set(["sessions", "messages", "views"]);
/** Of a digit and of a hash, in text. */
const DIGITS = 36;
const HASH_CHARS = 5;

/**
 * Nothing where the column says nothing, one number where it says one thing, a text of hashes or of digits where it
 * can, else the numbers: a third of what the numbers of every column take.
 */
type StoredColumn = [] | number | string | number[];

export function storePath({ touchpoints, viewIds, parts }: Piece): string | Uint8Array {
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
	return text.length > PLAIN_CHARS_MAX ? pack(text) : text;
}

function storeColumn(name: (typeof COLUMNS)[number], values: number[]): StoredColumn {
	if (HASHES.has(name)) return values.map((value) => value.toString(DIGITS).padStart(HASH_CHARS, "0")).join("");
	const nothing = name === "engagedMs" ? UNKNOWN_MS : 0;
	const [first] = values;
	if (first !== undefined && values.every((value) => value === first)) return first === nothing ? [] : first;
	const areDigits = values.every((value) => Number.isInteger(value) && value >= 0 && value < DIGITS);
	return areDigits ? values.map((value) => value.toString(DIGITS)).join("") : values;
}

function loadColumn(name: (typeof COLUMNS)[number], stored: StoredColumn, length: number): number[] {
	if (typeof stored === "string") {
		const width = HASHES.has(name) ? HASH_CHARS : 1;
		const values: number[] = [];
		for (let at = 0; at < stored.length; at += width) {
			values.push(Number.parseInt(stored.slice(at, at + width), DIGITS));
		}
		return values;
	}
	if (typeof stored === "number") return new Array<number>(length).fill(stored);
	if (stored.length > 0) return stored;
	return new Array<number>(length).fill(name === "engagedMs" ? UNKNOWN_MS : 0);
}

/** 24 bits: short in text, and chance makes few profiles share one. */
function shortHash(text: string): number {
	return hash32(text) >>> 8;
}

export function loadPath(stored: string | Uint8Array | ArrayBuffer): StoredPath {
	const text = typeof stored === "string" ? stored : unpack(stored);
	const [texts, parts, length, ...columns] = JSON.parse(text) as [string[], number, number, ...StoredColumn[]];
	const path = { texts, parts } as StoredPath;
	for (const [index, name] of COLUMNS.entries()) path[name] = loadColumn(name, columns[index] ?? [], length);
	return path;
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
