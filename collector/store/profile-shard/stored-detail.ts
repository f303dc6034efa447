/**
 * The column `detail` of a piece: its touchpoints as the lines that `GET /v1/touchpoints` answers, and on a
 * last line the rest of the piece. So an export without a zone hands lines on as they lie, and everything
 * else reads the touchpoints back out of them.
 */
import { TABLES } from "../../export/columns.ts";
import { createRowReader, createRowWriter } from "../../export/row-writer.ts";
import type { Piece, Touchpoint } from "../../model.ts";

const COLUMNS = TABLES.touchpoints.columns.map(({ name, source, type }) => ({ name, source, isTime: type === "time" }));
const LINE_FEED = 10;

const writeLine = createRowWriter(COLUMNS, { offsetMs: null, style: "iso" });
const readLine = createRowReader(COLUMNS);
const utf8 = new TextDecoder();

export function writeDetail({ touchpoints, ...rest }: Piece): string {
	let text = "";
	for (const touchpoint of touchpoints) text += `${writeLine(touchpoint as object as { [field: string]: unknown })}\n`;
	return text + JSON.stringify(rest);
}

/** Keyed hashes that come in the text, those of sessions once a line. */
export function hashesOf({ touchpoints, identities }: Piece): string[] {
	const sessions = touchpoints.flatMap(({ sessionId }) => sessionId ?? []);
	return [...sessions, ...identities.map(({ hash }) => hash)];
}

/** @param detail UTF-8, as {@link writeDetail} gave it */
export function readDetail(detail: Uint8Array): Piece {
	const text = utf8.decode(detail);
	const end = text.lastIndexOf("\n") + 1;
	const rest = JSON.parse(text.slice(end)) as Omit<Piece, "touchpoints">;
	// One parse of one array is faster than one a line; JSON escapes line feeds inside texts.
	const rows = end === 0 ? [] : (JSON.parse(`[${text.slice(0, end - 1).replaceAll("\n", ",")}]`) as object[]);
	return { ...rest, touchpoints: rows.map((row) => readLine(row) as object as Touchpoint) };
}

/** All but the touchpoints. */
export function readRest(detail: Uint8Array): Omit<Piece, "touchpoints"> {
	return JSON.parse(utf8.decode(detail.subarray(detail.lastIndexOf(LINE_FEED) + 1))) as Omit<Piece, "touchpoints">;
}

/** Lines of the touchpoints, each with its line feed; nothing is parsed. */
export function linesOfDetail(detail: Uint8Array): Uint8Array {
	return detail.subarray(0, detail.lastIndexOf(LINE_FEED) + 1);
}
