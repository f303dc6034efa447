/**
 * The `path` column of a piece: the columns that analyses read, and beside them what tells whether they
 * are final. A piece's own columns are provisional where another piece of the profile has a say: totals
 * of a view reported elsewhere, a session that runs over several pieces, one messageId or view in two.
 *
 * `version, touchpoints, parts, texts, how each column lies, columns, hashes`; see path-bytes.ts.
 */
import { type PackedPath, pathOf } from "../../journey/index.ts";
import type { Piece } from "../../model.ts";
import { hash32 } from "../sharding.ts";
import { PathReader, PathWriter } from "./path-bytes.ts";

export interface StoredPath extends Omit<PackedPath, "sessions"> {
	/** Hashes of the sessions that it has a part of, as codes of `session` name them. */
	sessions: number[];
	/** By touchpoint: hash of the messageId that it stands at. */
	messages: number[];
	/** Hashes of the views that it holds, which reports name. */
	views: number[];
	/** Reports of views that lie elsewhere. */
	parts: number;
	/** The piece's `detail`, where it was read with it. */
	detail: Uint8Array | undefined;
}

type ColumnName = keyof Omit<PackedPath, "texts" | "sessions">;

const VERSION = 2;
/** In the order in which they are stored: PART OF THE FORMAT; a change needs another version. */
const CODES = [
	"channel",
	"traffic",
	"source",
	"medium",
	"campaign",
	"type",
	"stage",
	"conversion",
	"flags",
	"currency",
	"page",
	"session",
	"deviceFamily",
	"direction",
	"automation",
] as const satisfies readonly ColumnName[];
const NUMBERS = ["t", "value", "engagedMs", "scrollDepth"] as const satisfies readonly ColumnName[];
const UNKNOWN = -1;

/** How a column lies: it says nothing, one thing throughout, or a thing each. Two bits; four columns to a byte. */
const NOTHING = 0;
const SAME = 1;
const EACH = 2;
const LAYOUT_BITS = 2;
const LAYOUTS_A_BYTE = 4;

/** Scroll depth mostly has two decimals, and is stored by the hundred. */
const HUNDRED = 100;

const writer = new PathWriter();

export function storePath({ touchpoints, viewIds, parts }: Piece): Uint8Array {
	const path = pathOf(touchpoints);
	writer.byte(VERSION);
	writer.count(touchpoints.length);
	writer.count(parts.length);
	writer.count(path.texts.length);
	for (const text of path.texts) writer.text(text);
	const scrollDepth = path.scrollDepth.map(storeScroll);
	const codes = CODES.map((name) => path[name]);
	const numbers = NUMBERS.map((name) => (name === "scrollDepth" ? scrollDepth : path[name]));
	const layouts = [
		...codes.map((column) => layoutOf(column, 0)),
		...NUMBERS.map((name, i) => layoutOf(numbers[i] as number[], nothingOf(name))),
	];
	for (let i = 0; i < layouts.length; i += LAYOUTS_A_BYTE) {
		const four = layouts.slice(i, i + LAYOUTS_A_BYTE);
		writer.byte(four.reduce((sum, layout, place) => sum + (layout << (LAYOUT_BITS * place)), 0));
	}
	for (const [i, column] of codes.entries()) {
		for (const code of chosen(column, layouts[i] as number)) writer.count(code);
	}
	for (const [i, column] of numbers.entries()) {
		for (const number of chosen(column, layouts[codes.length + i] as number)) writer.number(number);
	}
	writer.count(path.sessions.length);
	writer.hashes(path.sessions.map(shortHash));
	writer.hashes(touchpoints.map(({ id, evidence }) => shortHash(evidence[0] ?? id)));
	const views = viewIds.flatMap((viewId) => (viewId === null ? [] : [shortHash(viewId)]));
	writer.count(views.length);
	writer.hashes(views);
	return writer.finish();
}

function nothingOf(name: (typeof NUMBERS)[number]): number {
	return name === "engagedMs" || name === "scrollDepth" ? UNKNOWN : 0;
}

function layoutOf(column: readonly number[], nothing: number): number {
	const [first = nothing] = column;
	if (column.some((value) => value !== first)) return EACH;
	return first === nothing ? NOTHING : SAME;
}

function chosen(column: readonly number[], layout: number): readonly number[] {
	return layout === NOTHING ? [] : layout === SAME ? column.slice(0, 1) : column;
}

function storeScroll(depth: number): number {
	const whole = Math.round(depth * HUNDRED);
	return whole / HUNDRED === depth && depth >= 0 ? whole : depth;
}

function loadScroll(stored: number): number {
	return Number.isInteger(stored) && stored >= 0 ? stored / HUNDRED : stored;
}

/** 24 bits: short, and chance makes few profiles share one. */
export function shortHash(text: string): number {
	return hash32(text) >>> 8;
}

/** @throws Error on bytes that no {@link storePath} wrote */
export function loadPath(stored: Uint8Array): StoredPath {
	const reader = new PathReader(stored);
	const version = reader.byte();
	if (version !== VERSION) throw new Error(`path of unknown version ${version}`);
	const length = reader.count();
	const parts = reader.count();
	const textCount = reader.count();
	// Damaged bytes must not ask for more room than they have: a touchpoint has a hash, a text a byte.
	if (Math.max(length, textCount) > reader.length) throw new Error("a path is not as long as it says");
	const texts: string[] = [];
	for (let i = 0; i < textCount; i++) texts.push(reader.text());
	const layouts: number[] = [];
	for (let i = 0; i < CODES.length + NUMBERS.length; i += LAYOUTS_A_BYTE) {
		const four = reader.byte();
		for (let place = 0; place < LAYOUTS_A_BYTE; place++) layouts.push((four >> (LAYOUT_BITS * place)) & 3);
	}
	let next = 0;
	const codes = (): number[] => {
		const layout = layouts[next++];
		if (layout !== EACH) return repeat(layout === SAME ? reader.count() : 0, length);
		const column: number[] = [];
		for (let i = 0; i < length; i++) column.push(reader.count());
		return column;
	};
	const numbers = (nothing: number): number[] => {
		const layout = layouts[next++];
		if (layout !== EACH) return repeat(layout === SAME ? reader.number() : nothing, length);
		const column: number[] = [];
		for (let i = 0; i < length; i++) column.push(reader.number());
		return column;
	};
	/** The first is large: a list that begins with a fraction's room need not be moved to one. */
	const times = (): number[] => {
		if (layouts[next] !== EACH) return numbers(0);
		next++;
		const column = [reader.number()];
		for (let i = 1; i < length; i++) column.push(reader.number());
		return column;
	};
	// One shape for all, spelled out in the order in which the columns lie: the scans of an analysis begin here.
	const path: StoredPath = {
		texts,
		parts,
		channel: codes(),
		traffic: codes(),
		source: codes(),
		medium: codes(),
		campaign: codes(),
		type: codes(),
		stage: codes(),
		conversion: codes(),
		flags: codes(),
		currency: codes(),
		page: codes(),
		session: codes(),
		deviceFamily: codes(),
		direction: codes(),
		automation: codes(),
		t: times(),
		value: numbers(0),
		engagedMs: numbers(UNKNOWN),
		scrollDepth: numbers(UNKNOWN).map(loadScroll),
		sessions: reader.hashes(reader.count()),
		messages: reader.hashes(length),
		views: reader.hashes(reader.count()),
		detail: undefined,
	};
	reader.finish();
	return path;
}

/** Columns of one small number, by length and number; shared, since nobody writes to a path. */
const repeated: number[][][] = [];
const REPEATED_LENGTH_MAX = 64;
const REPEATED_VALUE_MAX = 32;

function repeat(value: number, length: number): number[] {
	const isSmall = length < REPEATED_LENGTH_MAX && value >= UNKNOWN && value < REPEATED_VALUE_MAX && value % 1 === 0;
	if (!isSmall) return new Array<number>(length).fill(value);
	let columns = repeated[length];
	if (columns === undefined) {
		columns = Array.from({ length: REPEATED_VALUE_MAX - UNKNOWN }, (_, i) =>
			new Array<number>(length).fill(i + UNKNOWN),
		);
		repeated[length] = columns;
	}
	return columns[value - UNKNOWN] as number[];
}

/**
 * Whether the columns of a profile's pieces, put together by time, are its chain. A hash that two pieces
 * share by chance only costs a reading of the details.
 */
export function arePathsFinal(paths: readonly StoredPath[]): boolean {
	if (paths.length < 2) return (paths[0]?.parts ?? 0) === 0;
	if (paths.some(({ parts }) => parts > 0)) return false;
	return !(["sessions", "messages", "views"] as const).some((name) => doMeet(paths.map((path) => path[name])));
}

/** Whether two of a profile's pieces seem to hold a touchpoint of one messageId; by chance they may. */
export function doMessagesMeet(paths: readonly StoredPath[]): boolean {
	return doMeet(paths.map(({ messages }) => messages));
}

/** Up to so many hashes are compared one with another, which takes a fifth of the time of a set. */
const COMPARED_MAX = 24;

/** Whether two of the lists share a hash. */
function doMeet(lists: readonly (readonly number[])[]): boolean {
	const count = lists.reduce((sum, { length }) => sum + length, 0);
	if (count <= COMPARED_MAX) {
		return lists.some((list, place) => {
			for (let other = place + 1; other < lists.length; other++) {
				for (const hash of lists[other] as readonly number[]) if (list.includes(hash)) return true;
			}
			return false;
		});
	}
	const seen = new Set<number>();
	for (const list of lists) {
		for (const hash of list) if (seen.has(hash)) return true;
		for (const hash of list) seen.add(hash);
	}
	return false;
}
