/** Heads and their sealed messageId buckets, to and from rows. */
import { pack, unpack } from "../codec.ts";
import type { Sql } from "../ports.ts";
import { hash53 } from "../sharding.ts";
import { emptyHead, type Head } from "./head.ts";
import { joinSpans, mayHold, NO_IDS } from "./id-span.ts";
import type { StreamLimits } from "./limits.ts";

/** Bytes of one row of a head; a row holds 2 MB at most. */
const HEAD_PART_BYTES = 1024 * 1024;

export function loadHead(sql: Sql, stream: string): Head {
	const rows = sql.all<{ body: ArrayBuffer }>("SELECT body FROM heads WHERE stream = ? ORDER BY part", stream);
	const [first] = rows;
	if (first === undefined) return emptyHead(stream);
	const parts = rows.map(({ body }) => new Uint8Array(body));
	const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : concat(parts);
	return JSON.parse(unpack(bytes)) as Head;
}

/** Writes a head, sealing its recent messageIds when there are many. To be called in a transaction. */
export function saveHead(sql: Sql, head: Head, limits: StreamLimits): void {
	if (head.recent.length > limits.recentMax) sealRecent(sql, head, limits.bucketHashesMax);
	const bytes = pack(JSON.stringify(head));
	let part = 0;
	for (let offset = 0; offset < bytes.byteLength; offset += HEAD_PART_BYTES, part++) {
		sql.all(
			"INSERT INTO heads (stream, part, body) VALUES (?, ?, ?) ON CONFLICT (stream, part) DO UPDATE SET body = excluded.body",
			head.stream,
			part,
			bytes.subarray(offset, offset + HEAD_PART_BYTES),
		);
	}
	sql.all("DELETE FROM heads WHERE stream = ? AND part >= ?", head.stream, part);
}

function sealRecent(sql: Sql, head: Head, hashesMax: number): void {
	const last = head.buckets.length - 1;
	const [row] = sql.all<{ body: ArrayBuffer }>(
		"SELECT body FROM seen WHERE stream = ? AND bucket = ?",
		head.stream,
		last,
	);
	const old = row === undefined ? new Float64Array() : toHashes(row.body);
	const hasRoom = row !== undefined && old.length < hashesMax;
	const bucket = hasRoom ? last : last + 1;
	head.buckets[bucket] = joinSpans(head.buckets[bucket] ?? NO_IDS, head.recentSpan);
	const hashes = Float64Array.from([...(hasRoom ? old : []), ...head.recent]).sort();
	sql.all(
		"INSERT INTO seen (stream, bucket, body) VALUES (?, ?, ?) ON CONFLICT (stream, bucket) DO UPDATE SET body = excluded.body",
		head.stream,
		bucket,
		new Uint8Array(hashes.buffer),
	);
	head.recent = [];
	head.recentSpan = NO_IDS;
}

/** Looks messageIds up in a stream's sealed buckets; a bucket is read at the first id that it may hold. */
export function createSeen(sql: Sql, { stream, buckets }: Head): (messageId: string) => boolean {
	const loaded = new Map<number, Float64Array>();
	const load = (bucket: number): Float64Array => {
		let hashes = loaded.get(bucket);
		if (hashes === undefined) {
			const [row] = sql.all<{ body: ArrayBuffer }>(
				"SELECT body FROM seen WHERE stream = ? AND bucket = ?",
				stream,
				bucket,
			);
			hashes = row === undefined ? new Float64Array() : toHashes(row.body);
			loaded.set(bucket, hashes);
		}
		return hashes;
	};
	return (messageId) =>
		buckets.some((span, bucket) => mayHold(span, messageId) && includesSorted(load(bucket), hash53(messageId)));
}

function toHashes(body: ArrayBuffer | Uint8Array): Float64Array {
	const bytes = body instanceof Uint8Array ? body : new Uint8Array(body);
	return new Float64Array(bytes.slice().buffer);
}

function includesSorted(hashes: Float64Array, hash: number): boolean {
	let low = 0;
	let high = hashes.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((hashes[middle] as number) < hash) low = middle + 1;
		else high = middle;
	}
	return hashes[low] === hash;
}

function concat(parts: Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
	let offset = 0;
	for (const part of parts) {
		whole.set(part, offset);
		offset += part.byteLength;
	}
	return whole;
}
