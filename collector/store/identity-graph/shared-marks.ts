/**
 * Which identifiers are known to be shared (rule 8), and by whose claims: so that one more person beside a hotline's
 * number costs what that person touches and not what all the others do (rule 17).
 *
 * A mark names the few streams whose claims show it. More claims never undo that; what can (a claim that goes, an
 * alias that makes two users one, a server that begins to vouch) is looked for here each time the walk
 * comes by. A userId is never marked: aliases make its neighbours one user for other identifiers too.
 */
import {
	type Claim,
	findShared,
	foldRegisters,
	isUser,
	type NodeKey,
	type PairState,
	type Statement,
} from "../../identity/index.ts";
import { readStatements, readStreams, type StreamRow } from "./graph-rows.ts";
import type { GraphSql } from "./graph-sql.ts";

export interface SharedMark {
	node: NodeKey;
	/** Whose claims show it. */
	streams: string[];
	/** Only claims of server trust were looked at. */
	byServers: boolean;
}

/** Streams that a mark may name; an identifier that takes more is not marked, and walked through each time. */
const MARK_STREAMS_MAX = 200;

export function readMarks(sql: GraphSql, nodes: readonly NodeKey[]): SharedMark[] {
	return sql
		.all<{ node: string; streams: string; by_servers: number }>(
			"SELECT s.node, s.streams, s.by_servers FROM json_each(?) AS wanted JOIN shared AS s ON s.node = wanted.value",
			JSON.stringify(nodes),
		)
		.map(({ node, streams, by_servers }) => ({
			node,
			streams: JSON.parse(streams) as string[],
			byServers: by_servers === 1,
		}));
}

/**
 * Keeps what a recompute found of identifiers that it walked through. To be called in a transaction.
 *
 * @param walked all of them; those without a mark lose theirs
 */
export function saveMarks(sql: GraphSql, walked: Iterable<NodeKey>, marks: readonly SharedMark[]): void {
	const marked = new Set(marks.map(({ node }) => node));
	const others = [...walked].filter((node) => !marked.has(node));
	sql.all("DELETE FROM shared WHERE node IN (SELECT value FROM json_each(?))", JSON.stringify(others));
	for (const { node, streams, byServers } of marks) {
		sql.all(
			"INSERT INTO shared (node, streams, by_servers) VALUES (?1, ?2, ?3) ON CONFLICT (node) DO UPDATE SET streams = ?2, by_servers = ?3 WHERE streams <> ?2 OR by_servers <> ?3",
			node,
			JSON.stringify(streams),
			byServers ? 1 : 0,
		);
	}
}

/**
 * @param rows of all streams that the recompute has read; they may vouch for the identifier now
 * @returns whether the mark still shows that its identifier is shared
 */
export function isStillShared(sql: GraphSql, mark: SharedMark, rows: Iterable<StreamRow>): boolean {
	const { node, byServers } = mark;
	const witnesses = readStreams(sql, mark.streams);
	if (!byServers && [...witnesses, ...rows].some((row) => claimsOf(row).some((claim) => isAnchor(row, claim, node)))) {
		return false;
	}
	const claims = witnesses.flatMap((row) => claimsOf(row).filter(({ nodes }) => nodes.includes(node)));
	return isShownBy(
		claims,
		node,
		byServers,
		readAliases(
			sql,
			claims.flatMap(({ nodes }) => nodes.filter(isUser)),
		),
	);
}

/**
 * The marks for identifiers that a recompute found to be shared.
 *
 * @param rows      of every stream that carries any of them
 * @param registers of every user beside them
 */
export function makeMarks(
	shared: Iterable<NodeKey>,
	rows: readonly StreamRow[],
	registers: readonly PairState[],
): SharedMark[] {
	return [...shared].flatMap((node) => (isUser(node) ? [] : (makeMark(node, rows, registers) ?? [])));
}

/** Takes streams until they show it: first those that bring another user, then those that bring another identifier. */
function makeMark(node: NodeKey, rows: readonly StreamRow[], registers: readonly PairState[]): SharedMark | null {
	const carriers = rows.filter(({ claims }) => claims?.nodes.includes(node));
	const byServers = carriers.some((row) => claimsOf(row).some((claim) => isAnchor(row, claim, node)));
	for (const counts of [isUser, () => true]) {
		const met = new Set<NodeKey>();
		const taken: { stream: string; claims: Claim[] }[] = [];
		for (const row of carriers) {
			const claims = claimsOf(row).filter(
				({ nodes, serverFirst }) => nodes.includes(node) && (!byServers || serverFirst !== null),
			);
			const fresh = claims.flatMap(({ nodes }) => nodes.filter((other) => counts(other) && !met.has(other)));
			if (fresh.length === 0) continue;
			for (const other of fresh) met.add(other);
			taken.push({ stream: row.stream, claims });
			if (taken.length > MARK_STREAMS_MAX) break;
			const all = taken.flatMap((one) => one.claims);
			if (!isShownBy(all, node, byServers, registers)) continue;
			return { node, streams: taken.map(({ stream }) => stream).sort(), byServers };
		}
	}
	return null;
}

function isShownBy(
	claims: readonly Claim[],
	node: NodeKey,
	byServers: boolean,
	registers: readonly PairState[],
): boolean {
	const anchored = new Set(byServers ? [node] : []);
	return findShared(claims, registers, { carried: anchored, anchored, tied: anchored }).has(node);
}

/** Does a server say more of the identifier than that there was such a contact? From then on only servers are heard of it. */
function isAnchor({ claims }: StreamRow, { nodes, serverFirst }: Claim, node: NodeKey): boolean {
	return serverFirst !== null && nodes.includes(node) && (nodes.length > 1 || typeof claims?.device === "string");
}

/** What a stream claims. Of a linked device, whose group the graph cuts, its events: who stands beside whom is the same. */
export function claimsOf({ claims }: StreamRow): Claim[] {
	const lights = claims?.lights?.events ?? [];
	return [
		...(claims?.timeline?.visits ?? []).flatMap((visit) => visit.claims),
		...lights
			.filter(({ nodes }) => nodes.length > 0)
			.map(({ at, nodes, trust }) => ({ nodes, first: at, last: at, serverFirst: trust === "server" ? at : null })),
	];
}

/** All that aliases make one user with any of these. */
function readAliases(sql: GraphSql, users: readonly NodeKey[]): PairState[] {
	const known = new Set<NodeKey>();
	const found: Statement[] = [];
	let front = [...new Set(users)];
	while (front.length > 0) {
		for (const user of front) known.add(user);
		const statements = readStatements(sql, front);
		found.push(...statements);
		const named = foldRegisters(statements).flatMap(({ kind, a, b }) => (kind === "alias" ? [a, b] : []));
		front = [...new Set(named)].filter((node) => isUser(node) && !known.has(node));
	}
	return foldRegisters(found);
}
