/** The rows of a stream shard, read and written as records. All of its SQL but heads and the inbox is here. */
import { decodeRow, encodeRow, packEvents, type Segment, unpackEvents } from "../codec.ts";
import type { StreamAnswer } from "../messages.ts";
import type { Sql } from "../ports.ts";
import type { Strays } from "./fold-stream.ts";

/** Newest that are kept; older ones are dropped. */
const REJECTIONS_MAX = 10_000;
const REJECTIONS_AGE_MS = 7 * 24 * 3600_000;

export interface Rejection {
	at: number;
	body: string;
}

/** What an unfinished round may have sent, by stream. */
export type Intent = { [stream: string]: Strays };

/** How far folding has come: one row, so that a round's beginning and end cost one write each. */
export interface Progress {
	/** Last log row that heads know of. */
	foldedTo: number;
	/** Of the round under way; empty between rounds. */
	intent: Intent;
	/** Of all streams together, over all time. */
	counts: DeliveryCounts;
}

/** What the owner may know of deliveries. */
export interface DeliveryCounts {
	/** Copies read off the log, repeats included. */
	copies: number;
	/** Copies that were dropped as repeats. */
	duplicates: number;
	/** Numbers that the script gave out up to the highest that arrived of each tab, and how many of them never arrived. */
	numbered: number;
	lost: number;
}

export const NO_COUNTS: DeliveryCounts = { copies: 0, duplicates: 0, numbered: 0, lost: 0 };

export interface StuckStream {
	/** First log row that it was not folded with. */
	since: number;
	strays: Strays;
}

export class ShardRows {
	private readonly sql: Sql;

	constructor(sql: Sql) {
		this.sql = sql;
	}

	// ——— log ———

	lastRow(): number {
		return this.sql.all<{ id: number | null }>("SELECT max(id) AS id FROM log")[0]?.id ?? 0;
	}

	appendRow(id: number, segments: readonly Segment[]): void {
		this.sql.all("INSERT INTO log (id, body) VALUES (?, ?)", id, encodeRow(segments));
	}

	/** Ascending. */
	rowsAfter(after: number, limit: number): { id: number; segments: Segment[] }[] {
		return this.sql
			.all<{ id: number; body: ArrayBuffer }>("SELECT id, body FROM log WHERE id > ? ORDER BY id LIMIT ?", after, limit)
			.map(({ id, body }) => ({ id, segments: decodeRow(body) }));
	}

	/** Ids of rows from `first` to `last`, both included. */
	rowIds(first: number, last: number): number[] {
		return this.sql
			.all<{ id: number }>("SELECT id FROM log WHERE id >= ? AND id <= ? ORDER BY id", first, last)
			.map(({ id }) => id);
	}

	/** Empty for a row that is gone. */
	loadRow(row: number): Segment[] {
		const [found] = this.sql.all<{ body: ArrayBuffer }>("SELECT body FROM log WHERE id = ?", row);
		return found === undefined ? [] : decodeRow(found.body);
	}

	/** Rewrites a row without some of a stream's copies, by their places among its events there. */
	dropCopies(stream: string, row: number, places: ReadonlySet<number>): void {
		let place = 0;
		const segments = this.loadRow(row).flatMap((segment) => {
			if (segment.stream !== stream) return [segment];
			const kept = unpackEvents(segment.body).filter(() => !places.has(place++));
			return kept.length === 0 ? [] : [{ ...segment, count: kept.length, body: packEvents(kept) }];
		});
		if (segments.length === 0) this.sql.all("DELETE FROM log WHERE id = ?", row);
		else this.sql.all("UPDATE log SET body = ? WHERE id = ?", encodeRow(segments), row);
	}

	// ——— meta ———

	progress(): Progress {
		const stored = this.meta("progress");
		return stored === undefined ? { foldedTo: 0, intent: {}, counts: NO_COUNTS } : (JSON.parse(stored) as Progress);
	}

	setProgress(progress: Progress): void {
		this.setMeta("progress", JSON.stringify(progress));
	}

	meta(key: string): string | undefined {
		return this.sql.all<{ value: string }>("SELECT value FROM meta WHERE key = ?", key)[0]?.value;
	}

	setMeta(key: string, value: string): void {
		this.sql.all(
			"INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
			key,
			value,
		);
	}

	deleteMeta(key: string): void {
		this.sql.all("DELETE FROM meta WHERE key = ?", key);
	}

	// ——— answers of the graph ———

	putAnswer(stream: string, answer: StreamAnswer): void {
		this.sql.all(
			"INSERT INTO answers (stream, arrived, body) VALUES (?, 1, ?) ON CONFLICT (stream) DO UPDATE SET arrived = arrived + 1, body = excluded.body",
			stream,
			JSON.stringify(answer),
		);
	}

	/** Answers that no fold has read; those of stuck streams wait. */
	answers(limit: number): { stream: string; arrived: number; answer: StreamAnswer }[] {
		return this.sql
			.all<{ stream: string; arrived: number; body: string }>(
				"SELECT stream, arrived, body FROM answers WHERE stream NOT IN (SELECT stream FROM stuck) LIMIT ?",
				limit,
			)
			.map(({ body, ...row }) => ({ ...row, answer: JSON.parse(body) as StreamAnswer }));
	}

	answerOf(stream: string): { arrived: number; answer: StreamAnswer } | undefined {
		const [row] = this.sql.all<{ arrived: number; body: string }>(
			"SELECT arrived, body FROM answers WHERE stream = ?",
			stream,
		);
		return row && { arrived: row.arrived, answer: JSON.parse(row.body) as StreamAnswer };
	}

	/** An answer that came meanwhile stays. */
	deleteAnswer(stream: string, arrived: number): void {
		this.sql.all("DELETE FROM answers WHERE stream = ? AND arrived = ?", stream, arrived);
	}

	/** Answers to be read, and a re-folding under way. */
	waiting(): number {
		const [row] = this.sql.all<{ answers: number; refold: number }>(
			"SELECT (SELECT count(*) FROM answers WHERE stream NOT IN (SELECT stream FROM stuck)) AS answers, (SELECT count(*) FROM meta WHERE key = 'refold') AS refold",
		);
		return (row?.answers ?? 0) + (row?.refold ?? 0);
	}

	// ——— streams set aside ———

	stuckStreams(): Map<string, StuckStream> {
		const rows = this.sql.all<{ stream: string; since: number; strays: string }>(
			"SELECT stream, since, strays FROM stuck",
		);
		return new Map(rows.map(({ stream, since, strays }) => [stream, { since, strays: JSON.parse(strays) as Strays }]));
	}

	setStuck(stream: string, { since, strays }: StuckStream, at: number, error: string): void {
		this.sql.all(
			"INSERT OR REPLACE INTO stuck (stream, since, strays, at, error) VALUES (?, ?, ?, ?, ?)",
			stream,
			since,
			JSON.stringify(strays),
			at,
			error,
		);
	}

	deleteStuck(stream: string): void {
		this.sql.all("DELETE FROM stuck WHERE stream = ?", stream);
	}

	// ——— heads ———

	/** Streams after `after` in key order. */
	streamsAfter(after: string, limit: number): string[] {
		return this.sql
			.all<{ stream: string }>(
				"SELECT stream FROM heads WHERE stream > ? AND page = 0 AND part = 0 ORDER BY stream LIMIT ?",
				after,
				limit,
			)
			.map(({ stream }) => stream);
	}

	// ——— rejections ———

	keepRejections(rejections: readonly Rejection[], now: number): void {
		this.sql.all(
			"INSERT INTO rejections (at, body) SELECT value ->> 'at', value ->> 'body' FROM json_each(?)",
			JSON.stringify(rejections),
		);
		this.sql.all("DELETE FROM rejections WHERE id <= (SELECT max(id) FROM rejections) - ?", REJECTIONS_MAX);
		this.sql.all("DELETE FROM rejections WHERE at < ?", now - REJECTIONS_AGE_MS);
	}

	/** Newest first. */
	latestRejections(limit: number): Rejection[] {
		return this.sql.all<{ at: number; body: string }>(
			"SELECT at, body FROM rejections ORDER BY id DESC LIMIT ?",
			limit,
		);
	}

	countRejections(): number {
		return this.sql.all<{ n: number }>("SELECT count(*) AS n FROM rejections")[0]?.n ?? 0;
	}
}
