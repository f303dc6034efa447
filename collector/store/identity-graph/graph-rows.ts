/** The graph's rows, read and written as records. All of the graph's SQL on claims is here. */
import { hashOf, kindOf, type NodeKey, type Statement } from "../../identity/index.ts";
import type { StreamClaims } from "../messages.ts";
import type { Sql } from "../ports.ts";
import { hash53 } from "../sharding.ts";

/** Bindings of one query; the platform takes 100. Lists go through json_each. */
export interface StreamRow {
	stream: string;
	claims: StreamClaims | null;
	told: number;
}

export function readStreams(sql: Sql, streams: readonly string[]): StreamRow[] {
	return sql
		.all<{ stream: string; claims: string | null; told: number }>(
			"SELECT s.stream, s.claims, s.told FROM json_each(?) AS wanted JOIN streams AS s ON s.stream = wanted.value",
			JSON.stringify(streams),
		)
		.map(({ stream, claims, told }) => ({
			stream,
			claims: claims === null ? null : (JSON.parse(claims) as StreamClaims),
			told,
		}));
}

/** Pairs (node, stream) for each of the nodes. */
export function readCarriers(sql: Sql, nodes: readonly NodeKey[]): { node: NodeKey; stream: string }[] {
	return sql.all(
		"SELECT n.node, n.stream FROM json_each(?) AS wanted JOIN nodes AS n ON n.node = wanted.value",
		JSON.stringify(nodes),
	);
}

/** Statements that name any of the nodes, each once. */
export function readStatements(sql: Sql, nodes: readonly NodeKey[]): Statement[] {
	const rows = sql.all<{ stream: string; key: string; body: string }>(
		"SELECT DISTINCT s.stream, s.key, s.body FROM json_each(?) AS wanted JOIN statements AS s ON s.node = wanted.value",
		JSON.stringify(nodes),
	);
	return rows.map(({ body }) => JSON.parse(body) as Statement);
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

/**
 * Replaces what a stream claims. To be called in a transaction.
 * @returns nodes where a recompute has to begin: the stream, and what its changed statements name
 */
export function replaceClaims(sql: Sql, stream: string, claims: StreamClaims | null): Set<NodeKey> {
	const [old] = readStreams(sql, [stream]);
	const begin = new Set<NodeKey>([stream]);
	const before = old?.claims ?? null;
	const oldNodes = new Set(before?.nodes ?? []);
	const newNodes = new Set(claims?.nodes ?? []);
	for (const node of oldNodes) {
		if (newNodes.has(node)) continue;
		sql.all("DELETE FROM nodes WHERE node = ? AND stream = ?", node, stream);
		begin.add(node);
	}
	for (const node of newNodes) {
		if (!oldNodes.has(node)) sql.all("INSERT OR IGNORE INTO nodes (node, stream) VALUES (?, ?)", node, stream);
	}
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
		if (oldStatements.has(key)) continue;
		const body = JSON.stringify(statement);
		for (const node of nodesOf(statement)) {
			sql.all(
				"INSERT OR REPLACE INTO statements (node, stream, key, body) VALUES (?, ?, ?, ?)",
				node,
				stream,
				key,
				body,
			);
			begin.add(node);
		}
	}
	sql.all(
		"INSERT INTO streams (stream, claims, told) VALUES (?, ?, 0) ON CONFLICT (stream) DO UPDATE SET claims = excluded.claims",
		stream,
		claims === null ? null : JSON.stringify(claims),
	);
	return begin;
}

export function markDirty(sql: Sql, nodes: Iterable<NodeKey>): void {
	sql.all("INSERT INTO dirty (node) SELECT value FROM json_each(?)", JSON.stringify([...nodes]));
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
