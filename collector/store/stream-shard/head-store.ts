/** Heads and their closed buckets of messageIds, to and from rows; all of it sealed under the stream's key. */
import { HEAD_WORDS, pack, unpack } from "../codec.ts";
import { OBJECTS } from "../column-makers.ts";
import type { StreamAnswer } from "../messages.ts";
import { arePackedColumns, packColumns, unpackColumns } from "../pack-columns.ts";
import type { Sql } from "../ports.ts";
import { type ArchivePage, countClosing, extendArchive, openOwners } from "./archive.ts";
import { emptyHead, type Head, type Window } from "./head.ts";
import { freePlace, placeAfter, placesOf } from "./head-place.ts";
import { HEAD_COLUMN_WORDS } from "./head-words.ts";
import { joinSpans, mayHold, NO_IDS } from "./id-span.ts";
import type { StreamLimits } from "./limits.ts";
import { hasHash, hashId, packHashes, unpackHashes } from "./message-ids.ts";
import type { StreamKeys } from "./stream-keys.ts";

/** Bytes of one row of a head; a row holds 2 MB at most. */
const HEAD_PART_BYTES = 1024 * 1024;
/** Page of the head itself; windows that are archived lie in pages 1, 2, …. */
const HEAD_PAGE = 0;
/** Page of the graph's answer, where the head keeps a part of it only. */
const ANSWER_PAGE = -1;
/** Better than speed: pages are kept for years. */
const LEVEL = 6;
/** Bytes before the hashes of recent messageIds: how many bytes those take. */
const RECENT_OFFSET = 4;

/** Of a head that says nothing of it. */
const NOT_IDLE: Pick<Head, "idle" | "judgedAt"> = { idle: null, judgedAt: 0 };

export interface AgedPage {
	/** Those that have something to do at the cut that was asked for. */
	streams: string[];
	/** The stream after which to go on; null at the end. */
	next: string | null;
	/** Some stream here has something to do at this cut or a later one. */
	found: boolean;
}

export class HeadStore {
	private readonly sql: Sql;
	private readonly keys: StreamKeys;
	private readonly limits: StreamLimits;

	constructor(sql: Sql, keys: StreamKeys, limits: StreamLimits) {
		this.sql = sql;
		this.keys = keys;
		this.limits = limits;
	}

	/** Without its archive: see {@link open}. */
	load(stream: string): Head {
		const first = this.sql.all<{ body: ArrayBuffer }>(
			"SELECT body FROM heads WHERE id >= ? AND id <= ? AND stream = ?",
			...placesOf(stream),
			stream,
		);
		if (first[0] === undefined) return emptyHead(stream);
		// What does not fill its row does not go on.
		const isLong = first[0].body.byteLength >= HEAD_PART_BYTES;
		const rows = isLong ? [...first, ...this.partsOf(stream, HEAD_PAGE)] : first;
		const bytes = this.keys.open(stream, concat(rows.map(({ body }) => new Uint8Array(body))));
		const recentBytes = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
		const recentEnd = RECENT_OFFSET + recentBytes;
		const head = unpackHead(bytes.subarray(recentEnd));
		const recent = unpackHashes(bytes.subarray(RECENT_OFFSET, recentEnd));
		return { ...NOT_IDLE, ...head, recent, rowParts: rows.length, openedPages: null };
	}

	/** Brings a head's archived windows back, in place; nothing happens where there are none. */
	open(head: Head): void {
		if (head.archive === null) return;
		const pages = this.readPages(head.stream);
		const answer = pages.get(ANSWER_PAGE);
		if (answer !== undefined) head.answer = JSON.parse(answer.text) as StreamAnswer;
		const windows = [...pages].flatMap(([page, { text }]) =>
			page === ANSWER_PAGE ? [] : (JSON.parse(text) as Window[]),
		);
		head.windows.unshift(...windows);
		head.archive = null;
		head.openedPages = pages;
	}

	/**
	 * Writes a head, putting its recent messageIds into a bucket when there are many. To be called in a transaction.
	 * @param dueAt     the first cut, ms, at which content goes by age; null: none
	 * @param isRenewed the stream has another key now: every page is written again
	 */
	save(head: Head, dueAt: number | null, isRenewed = false): void {
		const { recentMax, bucketHashesMax } = this.limits;
		if (head.recent.length > recentMax) closeRecent(this.sql, this.keys, head, bucketHashesMax);
		if (isRenewed && head.openedPages !== null) {
			const pages = [...head.openedPages].map(([page, { parts }]) => [page, { text: "", parts }] as const);
			head.openedPages = new Map(pages);
		}
		const closing = countClosing(head, this.limits);
		if (closing > 0 || head.openedPages !== null) this.saveArchive(head, closing);
		const { recent, rowParts, openedPages: _, ...rest } = head;
		// Most heads are never idle: what they do not say takes no bytes.
		const { idle, judgedAt, ...told } = rest;
		const said = { ...told, ...(idle !== null && { idle }), ...(judgedAt > 0 && { judgedAt }) };
		const packed = packColumns([said], HEAD_COLUMN_WORDS);
		const hashes = packHashes(recent);
		const bytes = new Uint8Array(RECENT_OFFSET + hashes.byteLength + packed.byteLength);
		new DataView(bytes.buffer).setUint32(0, hashes.byteLength);
		bytes.set(hashes, RECENT_OFFSET);
		bytes.set(packed, RECENT_OFFSET + hashes.byteLength);
		this.writeHead(head.stream, bytes, rowParts, dueAt);
		this.keys.keptInHead(head.stream);
	}

	private writeHead(stream: string, content: Uint8Array, partsBefore: number, dueAt: number | null): void {
		const slot = this.keys.slotOf(stream);
		const bytes = this.keys.slots.seal(slot, content);
		const first = bytes.subarray(0, HEAD_PART_BYTES);
		if (partsBefore === 0) {
			const place = freePlace(this.sql, stream);
			this.sql.all(
				"INSERT INTO heads (id, stream, slot, due, body) VALUES (?, ?, ?, ?, ?)",
				place,
				stream,
				slot,
				dueAt,
				first,
			);
		} else {
			this.sql.all(
				"UPDATE heads SET due = ?, body = ? WHERE id >= ? AND id <= ? AND stream = ?",
				dueAt,
				first,
				...placesOf(stream),
				stream,
			);
		}
		this.writeParts(stream, HEAD_PAGE, bytes, 1, partsBefore);
	}

	/** A head that keeps the slot of the stream's key, where there is none yet. To be called in a transaction. */
	keepSlot(stream: string): void {
		if (this.load(stream).rowParts === 0) this.save(emptyHead(stream), null);
	}

	/** Of the next `limit` streams after `after`, in the order of their places. */
	agedAfter(after: string, cut: number, limit: number, streamsMax: number): AgedPage {
		const rows = this.sql.all<{ stream: string; due: number | null }>(
			"SELECT stream, due FROM heads WHERE id > ? ORDER BY id LIMIT ?",
			placeAfter(this.sql, after),
			limit,
		);
		const streams: string[] = [];
		let found = false;
		for (const { stream, due } of rows) {
			if (due === null) continue;
			found = true;
			if (due > cut) continue;
			streams.push(stream);
			if (streams.length === streamsMax) return { streams, next: stream, found };
		}
		return { streams, next: rows.length < limit ? null : (rows.at(-1)?.stream ?? null), found };
	}

	/** As if the stream had never been; its key is destroyed. To be called in a transaction. */
	forget(stream: string): void {
		const slot = this.keys.find(stream);
		this.sql.all("DELETE FROM heads WHERE id >= ? AND id <= ? AND stream = ?", ...placesOf(stream), stream);
		for (const table of ["head_pages", "seen"]) this.sql.all(`DELETE FROM ${table} WHERE stream = ?`, stream);
		if (slot !== undefined) this.keys.slots.renew([slot]);
		this.keys.forgetStream(stream);
	}

	/** Moves the first `closing` windows into pages; of pages that stood before only what differs is written. */
	private saveArchive(head: Head, closing: number): void {
		const { stream } = head;
		const old = new Map(head.openedPages);
		const from = head.archive?.pages ?? 0;
		const windows = head.windows.splice(0, closing);
		const size = this.limits.archivePageWindows;
		const pages = Array.from({ length: closing / size }, (_, index) =>
			JSON.stringify(windows.slice(index * size, (index + 1) * size)),
		);
		if (closing > 0) head.archive = extendArchive(head, windows, pages.length);
		for (const [index, text] of pages.entries()) this.replacePage(stream, from + index + 1, text, old);
		// Whose answer is whole: the part that the head keeps is made of it.
		if (from === 0 && head.archive !== null && head.answer !== null) {
			this.replacePage(stream, ANSWER_PAGE, JSON.stringify(head.answer), old);
		}
		if (head.archive !== null && head.answer !== null) {
			head.answer = { ...head.answer, answer: { ...head.answer.answer, owners: openOwners(head) } };
		}
		for (const page of old.keys()) {
			this.sql.all("DELETE FROM head_pages WHERE stream = ? AND page = ?", stream, page);
		}
	}

	/** Of `old` those that stay are taken out. */
	private replacePage(stream: string, page: number, text: string, old: Map<number, ArchivePage>): void {
		const before = old.get(page);
		if (before?.text !== text) {
			const sealed = this.keys.slots.seal(this.keys.slotOf(stream), pack(text, HEAD_WORDS, LEVEL));
			this.writeParts(stream, page, sealed, 0, before?.parts ?? 0);
		}
		old.delete(page);
	}

	/** Ascending, without the head's own. */
	private readPages(stream: string): Map<number, ArchivePage> {
		const rows = this.sql.all<{ page: number; body: ArrayBuffer }>(
			"SELECT page, body FROM head_pages WHERE stream = ? AND page <> ? ORDER BY page, part",
			stream,
			HEAD_PAGE,
		);
		return new Map(
			[...Map.groupBy(rows, ({ page }) => page)].map(([page, parts]) => [
				page,
				{ text: this.openPage(stream, parts), parts: parts.length },
			]),
		);
	}

	private openPage(stream: string, parts: readonly { body: ArrayBuffer }[]): string {
		return unpack(this.keys.open(stream, concat(parts.map(({ body }) => new Uint8Array(body)))), HEAD_WORDS);
	}

	private partsOf(stream: string, page: number): { body: ArrayBuffer }[] {
		return this.sql.all("SELECT body FROM head_pages WHERE stream = ? AND page = ? ORDER BY part", stream, page);
	}

	/**
	 * @param first       the first part that lies here
	 * @param partsBefore parts that there are now; 0 where there are none
	 */
	private writeParts(stream: string, page: number, bytes: Uint8Array, first: number, partsBefore: number): void {
		const slot = this.keys.slotOf(stream);
		let part = first;
		for (; part * HEAD_PART_BYTES < bytes.byteLength; part++) {
			this.sql.all(
				"INSERT INTO head_pages (stream, page, part, slot, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (stream, page, part) DO UPDATE SET body = excluded.body",
				stream,
				page,
				part,
				slot,
				bytes.subarray(part * HEAD_PART_BYTES, (part + 1) * HEAD_PART_BYTES),
			);
		}
		if (partsBefore > part) {
			this.sql.all("DELETE FROM head_pages WHERE stream = ? AND page = ? AND part >= ?", stream, page, part);
		}
	}
}

function closeRecent(sql: Sql, keys: StreamKeys, head: Head, hashesMax: number): void {
	const last = head.buckets.length - 1;
	const [row] = sql.all<{ body: ArrayBuffer }>(
		"SELECT body FROM seen WHERE stream = ? AND bucket = ?",
		head.stream,
		last,
	);
	const old = row === undefined ? [] : unpackHashes(keys.open(head.stream, row.body));
	const hasRoom = row !== undefined && old.length < hashesMax;
	const bucket = hasRoom ? last : last + 1;
	head.buckets[bucket] = joinSpans(head.buckets[bucket] ?? NO_IDS, head.recentSpan);
	const hashes = [...(hasRoom ? old : []), ...head.recent].sort((a, b) => a - b);
	sql.all(
		"INSERT INTO seen (stream, bucket, body) VALUES (?, ?, ?) ON CONFLICT (stream, bucket) DO UPDATE SET body = excluded.body",
		head.stream,
		bucket,
		keys.seal(head.stream, packHashes(hashes)),
	);
	head.recent = [];
	head.recentSpan = NO_IDS;
}

/** Looks messageIds up in a stream's closed buckets; a bucket is read at the first id that it may hold. */
export function createSeen(sql: Sql, keys: StreamKeys, { stream, buckets }: Head): (messageId: string) => boolean {
	const loaded = new Map<number, Uint8Array>();
	const load = (bucket: number): Uint8Array => {
		let hashes = loaded.get(bucket);
		if (hashes === undefined) {
			const [row] = sql.all<{ body: ArrayBuffer }>(
				"SELECT body FROM seen WHERE stream = ? AND bucket = ?",
				stream,
				bucket,
			);
			hashes = row === undefined ? new Uint8Array() : keys.open(stream, row.body);
			loaded.set(bucket, hashes);
		}
		return hashes;
	};
	return (messageId) =>
		buckets.some((span, bucket) => mayHold(span, messageId) && hasHash(load(bucket), hashId(messageId)));
}

function concat(parts: Uint8Array[]): Uint8Array {
	const [only] = parts;
	if (parts.length === 1 && only !== undefined) return only;
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
	let offset = 0;
	for (const part of parts) {
		whole.set(part, offset);
		offset += part.byteLength;
	}
	return whole;
}

/** @returns without what is not packed with it */
export function unpackHead(packed: Uint8Array): Head {
	// Of form 4.
	if (!arePackedColumns(packed)) return JSON.parse(unpack(packed, HEAD_WORDS)) as Head;
	const [head] = unpackColumns(packed, HEAD_COLUMN_WORDS, OBJECTS) as [Head];
	return head;
}
