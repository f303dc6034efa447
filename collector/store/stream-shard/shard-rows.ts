/** The rows of a stream shard, read and written as records. All of its SQL but heads, the inbox, answers and rejections is here. */
import type { LoggedEvent } from "../../model.ts";
import { decodeRow, encodeRow, type Segment } from "../codec.ts";
import { packEvents, unpackEvents } from "../pack-events.ts";
import type { Sql } from "../ports.ts";
import { forgetOnRollback } from "../sealing/key-slots.ts";
import { Answers } from "./answers.ts";
import type { Strays } from "./fold-stream.ts";
import { placeAfter, placesOf } from "./head-place.ts";
import { WARNINGS_SLOT } from "./plan-warnings.ts";
import { Rejections } from "./rejections.ts";
import { StreamKeys } from "./stream-keys.ts";

/** What an unfinished round may have sent, by stream. */
export type Intent = { [stream: string]: Strays };

/** How far folding has come. */
export interface Progress {
	/** Last log row that heads know of. */
	foldedTo: number;
	/** Of the round under way; empty between rounds. */
	intent: Intent;
	/** Of all streams together, over all time. */
	counts: DeliveryCounts;
}

/**
 * The end of a round as its beginning foretells it: it has come once the stream's head is another than it was, since all heads are
 * written in one transaction. So a round costs one write of {@link Progress} and not two.
 */
export interface Foretold extends Pick<Progress, "foldedTo" | "counts"> {
	/** A stream whose head the end writes or deletes. */
	stream: string;
	/** See {@link ShardRows.headMark}. */
	head: string | null;
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

export interface Aging {
	/** Ms. */
	cut: number;
	/** The stream reached; null: all have been looked at. */
	after: string | null;
	/** Some of them hold what may become too old. */
	found: boolean;
}

export type CopyEdit = (event: LoggedEvent, place: number) => LoggedEvent | null;

export interface StuckStream {
	/** First log row that it was not folded with. */
	since: number;
	strays: Strays;
}

export class ShardRows {
	readonly sql: Sql;
	readonly keys: StreamKeys;
	readonly rejections: Rejections;
	readonly answers: Answers;

	constructor(sql: Sql) {
		this.keys = new StreamKeys(sql, WARNINGS_SLOT + 1, () =>
			this.rowsAfter(this.progress().foldedTo, Number.MAX_SAFE_INTEGER).flatMap(({ segments }) => segments),
		);
		this.sql = forgetOnRollback(sql, this.keys);
		this.rejections = new Rejections(this.sql, this.keys.slots);
		this.answers = new Answers(this.sql, this.keys);
	}

	// ——— log ———

	lastRow(): number {
		return this.sql.all<{ id: number | null }>("SELECT max(id) AS id FROM log")[0]?.id ?? 0;
	}

	/** @param segments as the Worker packed them; here they are sealed */
	appendRow(id: number, segments: readonly Segment[]): void {
		const sealed = segments.map((segment) => this.sealSegment(segment, segment.body));
		this.sql.all("INSERT INTO log (id, body) VALUES (?, ?)", id, encodeRow(sealed));
	}

	private sealSegment({ stream, count }: Segment, body: Uint8Array): Segment {
		const slot = this.keys.slotOf(stream);
		return { stream, count, body: this.keys.slots.seal(slot, body), slot };
	}

	/** A stream's events among the segments of a row. */
	eventsOf(stream: string, segments: readonly Segment[]): LoggedEvent[] {
		return segments.flatMap((segment) =>
			segment.stream === stream ? unpackEvents(this.keys.slots.open(segment.slot, segment.body)) : [],
		);
	}

	/** Ascending; bodies are sealed. */
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

	/**
	 * Rewrites the copies that some streams have in a row.
	 * @param edits by stream: from a copy and its place among the stream's events there to what stands for it now; null: nothing
	 */
	editRow(row: number, edits: ReadonlyMap<string, CopyEdit>): void {
		const places = new Map<string, number>();
		const segments = this.loadRow(row).flatMap((segment) => {
			const { stream } = segment;
			const edit = edits.get(stream);
			if (edit === undefined) return [segment];
			let place = places.get(stream) ?? 0;
			const kept = this.eventsOf(stream, [segment]).flatMap((event) => edit(event, place++) ?? []);
			places.set(stream, place);
			return kept.length === 0 ? [] : [this.sealSegment({ ...segment, count: kept.length }, packEvents(kept))];
		});
		if (segments.length === 0) this.sql.all("DELETE FROM log WHERE id = ?", row);
		else this.sql.all("UPDATE log SET body = ? WHERE id = ?", encodeRow(segments), row);
	}

	/**
	 * Destroys a stream's key, after an erasure from it: no copy that ever lay on disk can be read again, wherever
	 * SQLite left it. What stays is sealed anew; the head is the caller's to write afterwards. To be called in a transaction.
	 *
	 * @param rows  log rows that hold copies of it
	 * @param after rows above this may, too
	 */
	renewStream(stream: string, rows: readonly number[], after: number): void {
		const kept = [...new Set([...rows, ...this.rowIds(after + 1, Number.MAX_SAFE_INTEGER)])].flatMap((row) => {
			const segments = this.loadRow(row);
			if (!segments.some((segment) => segment.stream === stream)) return [];
			return [{ row, segments: segments.map((one) => (one.stream === stream ? this.openSegment(one) : one)) }];
		});
		const answer = this.answers.find(stream);
		const seen = this.sql
			.all<{ bucket: number; body: ArrayBuffer }>("SELECT bucket, body FROM seen WHERE stream = ?", stream)
			.map(({ bucket, body }) => ({ bucket, body: this.keys.open(stream, body) }));
		const slot = this.keys.find(stream);
		if (slot !== undefined) this.keys.slots.renew([slot]);
		for (const { row, segments } of kept) {
			const sealed = segments.map((one) => (one.stream === stream ? this.sealSegment(one, one.body) : one));
			this.sql.all("UPDATE log SET body = ? WHERE id = ?", encodeRow(sealed), row);
		}
		for (const { bucket, body } of seen) {
			const sealed = this.keys.seal(stream, body);
			this.sql.all("UPDATE seen SET body = ? WHERE stream = ? AND bucket = ?", sealed, stream, bucket);
		}
		if (answer !== undefined) this.answers.sealAnew(stream, answer.answer);
	}

	private openSegment(segment: Segment): Segment {
		return { ...segment, body: this.keys.slots.open(segment.slot, segment.body) };
	}

	// ——— meta ———

	progress(): Progress {
		const stored = this.meta("progress");
		if (stored === undefined) return { foldedTo: 0, intent: {}, counts: NO_COUNTS };
		const { end, ...progress } = JSON.parse(stored) as Progress & { end?: Foretold };
		if (end === undefined || this.headMark(end.stream) === end.head) return progress;
		return { foldedTo: end.foldedTo, intent: {}, counts: end.counts };
	}

	/** @param end of the round that begins; absent: none is under way */
	setProgress(progress: Progress, end?: Foretold): void {
		this.setMeta("progress", JSON.stringify({ ...progress, end }));
	}

	/** Differs each time that a stream's head is written; null while it has none. */
	headMark(stream: string): string | null {
		const [from, to] = placesOf(stream);
		// Of what is sealed the first bytes are drawn anew each time (sealing/seal.ts).
		const [row] = this.sql.all<{ mark: string }>(
			"SELECT hex(substr(body, 1, 12)) AS mark FROM heads WHERE id >= ? AND id <= ? AND stream = ?",
			from,
			to,
			stream,
		);
		return row?.mark ?? null;
	}

	/** How far content that is too old has been looked for. */
	aging(): Aging {
		const stored = this.meta("aging");
		return stored === undefined ? { cut: 0, after: null, found: true } : (JSON.parse(stored) as Aging);
	}

	setAging(aging: Aging): void {
		this.setMeta("aging", JSON.stringify(aging));
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

	// ——— work that waits ———

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

	/** Streams after `after` in the order of their heads' places. */
	streamsAfter(after: string, limit: number): string[] {
		const place = placeAfter(this.sql, after);
		return this.sql
			.all<{ stream: string }>("SELECT stream FROM heads WHERE id > ? ORDER BY id LIMIT ?", place, limit)
			.map(({ stream }) => stream);
	}
}
