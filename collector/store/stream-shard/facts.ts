/** What a fold reads off one logged event: its place, its identifiers, what it states. */

import { STATEMENT_TYPES } from "../../../sdk/wire.ts";
import {
	canonicalJson,
	carriedNodes,
	compareCopies,
	type Identifier,
	type IdentitySettings,
	type NodeKey,
	readIdentifiers,
	readStatement,
	type Statement,
} from "../../identity/index.ts";
import type { LoggedEvent, Position } from "../../model.ts";
import { hash53 } from "../sharding.ts";
import { isBefore } from "./head.ts";

export interface Fact {
	event: LoggedEvent;
	at: Position;
	/** Log row that it was read from. */
	row: number;
	device: Identifier | null;
	strong: Identifier[];
	/** All of its identifiers, the device included. */
	nodes: NodeKey[];
	/** Every identifier by which an erasure reaches it: also those that a statement names. */
	carried: NodeKey[];
	/** Strong identifiers only. */
	strongNodes: NodeKey[];
	statement: Statement | null;
	isReset: boolean;
	/** It can become part of a chain; a statement never does, not even one that says nothing. */
	isData: boolean;
}

export type Hash = (kind: string, value: string) => string;

export function readFact(
	event: LoggedEvent,
	row: number,
	stream: string,
	settings: IdentitySettings,
	hash: Hash,
): Fact {
	const ids = readIdentifiers(event, settings, hash);
	const statement = readStatement(event, ids, settings, hash);
	const strongNodes = ids.strong.map(({ node }) => node);
	const ownNodes = ids.device === null ? strongNodes : [ids.device.node, ...strongNodes];
	// Only a device has a timeline to cut.
	const isReset = event.sent.type === "reset" && ids.device !== null;
	return {
		event,
		at: { t: event.timestamp, m: event.sent.messageId, s: stream },
		row,
		device: ids.device,
		strong: ids.strong,
		nodes: ownNodes,
		carried: isStatementType(event.sent.type) ? carriedNodes(event, ids, settings, hash) : ownNodes,
		strongNodes,
		statement,
		isReset,
		isData: !isStatementType(event.sent.type),
	};
}

const STATEMENTS: ReadonlySet<string> = new Set(STATEMENT_TYPES);

function isStatementType(type: string): boolean {
	return STATEMENTS.has(type);
}

/** Digest of a copy, to tell it again among unlike copies of one messageId. */
export function copyDigest(event: LoggedEvent): number {
	return hash53(canonicalJson(event.sent));
}

/**
 * Of each messageId the smaller copy (rule 1), ascending by position.
 * @returns the facts that count, how many copies were dropped, and which messageIds had unlike copies
 */
export function chooseCopies(facts: Iterable<Fact>): { chosen: Fact[]; dropped: number; unlike: Map<string, Fact> } {
	const best = new Map<string, Fact>();
	const unlike = new Map<string, Fact>();
	let dropped = 0;
	for (const fact of facts) {
		const id = fact.event.sent.messageId;
		const other = best.get(id);
		if (other === undefined) {
			best.set(id, fact);
			continue;
		}
		dropped++;
		const order = compareCopies(fact.event, other.event);
		if (order === 0) continue;
		const winner = order < 0 ? fact : other;
		best.set(id, winner);
		unlike.set(id, winner);
	}
	const chosen = [...best.values()].sort((a, b) => (isBefore(a.at, b.at) ? -1 : 1));
	return { chosen, dropped, unlike };
}
