/** The graph's rows, read and written as records. All of the graph's SQL on claims is here. */
import { type Hash, hashOf, kindOf, type NodeKey, type Statement } from "../../identity/index.ts";
import type { StreamClaims } from "../messages.ts";
import type { Sql } from "../ports.ts";
import { hash53 } from "../sharding.ts";
import type { GraphSql } from "./graph-sql.ts";
import { noteIdle } from "./idle-streams.ts";
import { dropSegments } from "./segments.ts";

/** Lists go to SQLite through json_each: the platform takes 100 bindings. */
export interface StreamRow {
	stream: string;
	claims: StreamClaims | null;
	told: number;
}

/** In place of the digest of an answer. */
const NOT_TOLD = 0;

export function readStreams(sql: GraphSql, streams: readonly string[]): StreamRow[] {
	const stored = sql
		.all<{ stream: string; slot: number | null; claims: ArrayBuffer | null; told: number }>(
			"SELECT s.stream, s.slot, s.claims, s.told FROM json_each(?) AS wanted JOIN streams AS s ON s.stream = wanted.value",
			JSON.stringify(streams),
		)
		.filter(({ stream }) => !sql.drafts.has(stream))
		.map(({ stream, slot, claims, told }) => ({
			stream,
			claims: claims === null || slot === null ? null : (JSON.parse(sql.open(slot, claims)) as StreamClaims),
			told,
		}));
	if (sql.drafts.size === 0) return stored;
	const drafts = [...new Set(streams)].flatMap((stream) => {
		const draft = sql.drafts.get(stream);
		return draft === undefined ? [] : [{ stream, claims: draft.claims, told: NOT_TOLD }];
	});
	return [...stored, ...drafts];
}

/** Pairs (node, stream) for each of the nodes, but for the stream that is called as the node. */
export function readCarriers(sql: Sql, nodes: readonly NodeKey[]): { node: NodeKey; stream: string }[] {
	return sql.all(
		"SELECT n.node, n.stream FROM json_each(?) AS wanted JOIN nodes AS n ON n.node = wanted.value",
		JSON.stringify(nodes),
	);
}

/** Statements that name any of the nodes, each once. */
export function readStatements(sql: GraphSql, nodes: readonly NodeKey[]): Statement[] {
	const rows = sql.all<{ slot: number; body: ArrayBuffer }>(
		"SELECT s.slot, s.body FROM json_each(?) AS wanted JOIN statements AS s ON s.node = wanted.value GROUP BY s.stream, s.key",
		JSON.stringify(nodes),
	);
	return rows.map(({ slot, body }) => JSON.parse(sql.open(slot, body)) as Statement);
}

/** The identifiers that a statement names. */
export function nodesOf(statement: Statement): NodeKey[] {
	switch (statement.kind) {
		case "consent":
			return statement.nodes;
		case "erase":
			return [...statement.nodes, ...statement.slices.map(({ node }) => node)];
		default:
			return [statement.a, statement.b];
	}
}

/** A statement is what it says: of an `erase` several copies may be in force. */
function keyOf(statement: Statement): string {
	return String(hash53(JSON.stringify(statement)));
}

/** Where a recompute has to begin. */
export interface Beginning {
	streams: Set<string>;
	/** Identifiers about which more has changed than the claims of those streams. */
	nodes: Set<NodeKey>;
	/** Those of the streams that may be forgotten. */
	idle: Set<string>;
}

/** Marks of work name an identifier, or, behind this, a stream; no kind of identifier is called so. */
const STREAM_MARK = "stream:";
/** Behind this a stream that may be forgotten. */
const IDLE_MARK = "idle:";

/**
 * Replaces what a stream claims; its row waits for {@link writeDrafts} in the same transaction, so that it is written once
 * with what the stream is told.
 * @returns marks: the stream, what it no longer carries, and what its changed statements name
 */
export function replaceClaims(sql: GraphSql, stream: string, claims: StreamClaims | null, hash: Hash): Set<string> {
	const [old] = readStreams(sql, [stream]);
	const begin = new Set<string>([STREAM_MARK + stream]);
	const before = old?.claims ?? null;
	dropSegments(sql, before, claims, hash);
	if (noteIdle(sql, stream, before, claims)) begin.add(IDLE_MARK + stream);
	const oldNodes = new Set(before?.nodes ?? []);
	const newNodes = new Set(claims?.nodes ?? []);
	for (const node of oldNodes) {
		if (newNodes.has(node)) continue;
		sql.all("DELETE FROM nodes WHERE node = ? AND stream = ?", node, stream);
		begin.add(node);
	}
	for (const node of newNodes) {
		if (oldNodes.has(node) || node === stream) continue;
		sql.all("INSERT OR IGNORE INTO nodes (node, stream) VALUES (?, ?)", node, stream);
	}
	const slot = takeSlot(sql, stream);
	// Nothing that was claimed before and is not now is to be read again, wherever SQLite left it.
	const isRenewed = before !== null && saysLess(before, claims);
	if (isRenewed) sql.keys.renew([slot]);
	const oldStatements = new Map((before?.statements ?? []).map((s) => [keyOf(s), s]));
	const newStatements = new Map((claims?.statements ?? []).map((s) => [keyOf(s), s]));
	for (const [key, statement] of oldStatements) {
		if (newStatements.has(key)) continue;
		for (const node of nodesOf(statement)) {
			sql.all("DELETE FROM statements WHERE node = ? AND stream = ? AND key = ?", node, stream, key);
			begin.add(node);
		}
	}
	for (const [key, statement] of newStatements) {
		const isKnown = oldStatements.has(key);
		if (isKnown && !isRenewed) continue;
		const body = sql.seal(slot, JSON.stringify(statement));
		for (const node of nodesOf(statement)) {
			sql.all(
				"INSERT OR REPLACE INTO statements (node, stream, key, slot, body) VALUES (?, ?, ?, ?, ?)",
				node,
				stream,
				key,
				slot,
				body,
			);
			if (!isKnown) begin.add(node);
		}
	}
	sql.drafts.set(stream, { slot, claims });
	return begin;
}

/**
 * @param digests of what streams are told with this transaction. The others must be told, even what they were told before:
 * whoever asks again may not have heard it.
 */
export function writeDrafts(sql: GraphSql, digests: ReadonlyMap<string, number>): void {
	for (const [stream, { slot, claims }] of sql.drafts) {
		sql.all(
			"INSERT INTO streams (stream, slot, claims, told) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (stream) DO UPDATE SET slot = ?2, claims = ?3, told = ?4",
			stream,
			slot,
			claims === null ? null : sql.seal(slot, JSON.stringify(claims)),
			digests.get(stream) ?? NOT_TOLD,
		);
	}
	sql.drafts.clear();
}

function takeSlot(sql: GraphSql, stream: string): number {
	const [row] = sql.all<{ slot: number | null }>("SELECT slot FROM streams WHERE stream = ?", stream);
	return row?.slot ?? sql.keys.take();
}

/** Of a position, as JSON has it. */
const MESSAGE_ID = /"m":("(?:[^"\\]|\\.)*")/g;

/** Whether some messageId is not said any more. */
function saysLess(before: StreamClaims, after: StreamClaims | null): boolean {
	const idsOf = (claims: StreamClaims | null) =>
		new Set(Array.from(JSON.stringify(claims).matchAll(MESSAGE_ID), ([, id]) => id));
	const still = idsOf(after);
	return [...idsOf(before)].some((id) => !still.has(id));
}

export interface Mark {
	id: number;
	/** An identifier, or a stream behind {@link STREAM_MARK}. */
	node: string;
}

/** Marks made in one millisecond, room for. */
const MARKS_PER_MS = 1_000;

/**
 * @param now ms; marks are numbered by it, so that a number never comes again once the table was empty and a receipt can
 * tell the marks that it waits for from later ones
 */
export function markDirty(sql: Sql, marks: Iterable<string>, now: number): void {
	const first = Math.max(lastMark(sql) + 1, now * MARKS_PER_MS);
	sql.all("INSERT INTO dirty (id, node) SELECT ? + key, value FROM json_each(?)", first, JSON.stringify([...marks]));
}

/** Marks of streams that may be forgotten. */
export function idleMarks(streams: readonly string[]): string[] {
	return streams.map((stream) => IDLE_MARK + stream);
}

/** Number of the newest mark; 0: none. */
export function lastMark(sql: Sql): number {
	return sql.all<{ id: number | null }>("SELECT max(id) AS id FROM dirty")[0]?.id ?? 0;
}

/** Number of the oldest mark; Infinity: none. */
export function firstMark(sql: Sql): number {
	return sql.all<{ id: number | null }>("SELECT min(id) AS id FROM dirty")[0]?.id ?? Number.POSITIVE_INFINITY;
}

/** Every stream is to be answered anew. */
export function markAllDirty(sql: Sql): void {
	sql.all("INSERT INTO dirty (node) SELECT ? || stream FROM streams", STREAM_MARK);
}

/** The oldest marks. */
export function readDirty(sql: Sql, limit: number): Mark[] {
	return sql.all<{ id: number; node: string }>("SELECT id, node FROM dirty ORDER BY id LIMIT ?", limit);
}

export function deleteDirty(sql: Sql, marks: readonly Mark[]): void {
	sql.all("DELETE FROM dirty WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(marks.map(({ id }) => id)));
}

/** Whether a stream has claimed something that no recompute has read. */
export function isMarked(sql: Sql, stream: string): boolean {
	const mark = STREAM_MARK + stream;
	const query = "SELECT 1 FROM dirty WHERE node = ?1 UNION ALL SELECT 1 FROM postponed WHERE node = ?1 LIMIT 1";
	return sql.all(query, mark).length > 0;
}

/** Puts marks aside until {@link recallPostponed}. To be called in a transaction. */
export function postpone(sql: Sql, marks: readonly Mark[]): void {
	sql.all(
		"INSERT OR IGNORE INTO postponed (node) SELECT value FROM json_each(?)",
		JSON.stringify(marks.map(({ node }) => node)),
	);
	deleteDirty(sql, marks);
}

/** To be called in a transaction. */
export function recallPostponed(sql: Sql): void {
	sql.all("INSERT INTO dirty (node) SELECT node FROM postponed");
	sql.all("DELETE FROM postponed");
}

export function countMarks(sql: Sql): { dirty: number; postponed: number } {
	const [row] = sql.all<{ dirty: number; postponed: number }>(
		"SELECT (SELECT count(*) FROM dirty) AS dirty, (SELECT count(*) FROM postponed) AS postponed",
	);
	return row ?? { dirty: 0, postponed: 0 };
}

export function beginningOf(marks: Iterable<Pick<Mark, "node">>): Beginning {
	const begin: Beginning = { streams: new Set(), nodes: new Set(), idle: new Set() };
	for (const { node } of marks) {
		if (node.startsWith(IDLE_MARK)) {
			const stream = node.slice(IDLE_MARK.length);
			begin.streams.add(stream);
			begin.idle.add(stream);
		} else if (node.startsWith(STREAM_MARK)) begin.streams.add(node.slice(STREAM_MARK.length));
		else begin.nodes.add(node);
	}
	return begin;
}

/** Keeps which answer each stream acknowledged. To be called in a transaction. */
export function saveTold(sql: Sql, digests: ReadonlyMap<string, number>): void {
	for (const [stream, digest] of digests) {
		sql.all(
			"INSERT INTO streams (stream, claims, told) VALUES (?, NULL, ?) ON CONFLICT (stream) DO UPDATE SET told = excluded.told",
			stream,
			digest,
		);
	}
}

/** Forgets streams that claim nothing and have been told that nothing is known of them: as if they had never been. */
export function forgetStreams(sql: Sql, streams: readonly string[]): void {
	sql.all(
		"DELETE FROM streams WHERE claims IS NULL AND stream IN (SELECT value FROM json_each(?))",
		JSON.stringify(streams),
	);
}

/** Keeps the profile of each node where it changed. To be called in a transaction. */
export function saveOwners(sql: Sql, owners: ReadonlyMap<NodeKey, string>, gone: Iterable<NodeKey>): void {
	for (const [node, profile] of owners) {
		sql.all(
			"INSERT INTO owners (hash, kind, profile) VALUES (?, ?, ?) ON CONFLICT (hash, kind) DO UPDATE SET profile = excluded.profile WHERE profile <> excluded.profile",
			hashOf(node),
			kindOf(node),
			profile,
		);
	}
	for (const node of gone) sql.all("DELETE FROM owners WHERE hash = ? AND kind = ?", hashOf(node), kindOf(node));
}
