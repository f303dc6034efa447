/**
 * Rows of the touchpoints table as they lie: where the pieces of a profile need not be judged together, their
 * stored lines are the answer, and a filter only chooses among them by the packed columns.
 */
import type { RowFilter } from "../../journey/index.ts";
import { orderPaths } from "./read-touches.ts";
import { linesOfDetail } from "./stored-detail.ts";
import type { StoredPath } from "./stored-path.ts";

/** A profile's pieces; `details` in the order of `paths`. */
export interface StoredPieces {
	paths(): StoredPath[];
	details?: readonly Uint8Array[];
}

export interface StoredLines {
	/** UTF-8 NDJSON, whole lines each. */
	lines: Uint8Array[];
	rows: number;
}

const LINE_FEED = 10;

/**
 * @param profile its `details` may be missing: then rows are counted and no lines given
 * @returns null where only the chain can tell
 */
export function storedLines({ paths, details }: StoredPieces, filter: RowFilter): StoredLines | null {
	const pieces = paths();
	// Parsed for us alone; a copy would cost as much as the parsing.
	if (details !== undefined) for (const [index, path] of pieces.entries()) path.detail = details[index];
	const shown = orderPaths(pieces, filter.bots);
	if (shown === null) return null;
	const isWhole = [filter.from, filter.to, filter.channel, filter.converted].every((one) => one === undefined);
	const found: StoredLines = { lines: [], rows: 0 };
	let hasConverted = false;
	for (const piece of shown) {
		const { inside, wanted } = isWhole ? { inside: [], wanted: null } : chooseSteps(piece, filter);
		hasConverted ||= inside.some((is, index) => is && piece.conversion[index] !== 0);
		const rows = wanted?.filter((is) => is).length ?? piece.t.length;
		found.rows += rows;
		if (piece.detail === undefined || rows === 0) continue;
		const lines = linesOfDetail(piece.detail);
		if (wanted === null || rows === piece.t.length) found.lines.push(lines);
		else found.lines.push(...pickLines(lines, wanted));
	}
	if (filter.converted !== undefined && filter.converted !== hasConverted) return { lines: [], rows: 0 };
	return found;
}

/** By step: whether it lies in the time asked for, and whether its row is asked for too. */
function chooseSteps(path: StoredPath, filter: RowFilter): { inside: boolean[]; wanted: boolean[] } {
	const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, channel } = filter;
	let t = 0;
	const inside = path.t.map((delta) => {
		t += delta;
		return t >= from && t < to;
	});
	if (channel === undefined) return { inside, wanted: inside };
	const wanted = inside.map((is, index) => is && path.texts[(path.channel[index] ?? 0) - 1] === channel);
	return { inside, wanted };
}

function* pickLines(lines: Uint8Array, wanted: readonly boolean[]): Generator<Uint8Array> {
	let start = 0;
	for (const isWanted of wanted) {
		const end = lines.indexOf(LINE_FEED, start) + 1;
		if (isWanted) yield lines.subarray(start, end);
		start = end;
	}
}
