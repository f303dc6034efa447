/** What a fold reads off one logged event: its place, its identifiers, what it states. */

import { STATEMENT_TYPES } from "../../../sdk/wire.ts";
import {
	canonicalJson,
	carriedNodes,
	compareCopies,
	type Identifier,
	type IdentitySettings,
	type NodeKey,
	type ReadField,
	readIdentifiers,
	readStatement,
	type Statement,
} from "../../identity/index.ts";
import type { LoggedEvent, Position } from "../../model.ts";
import { isBefore } from "./head.ts";

/** Where a copy lies in the log. */
export interface Place {
	row: number;
	/** Its index among the stream's events in that row. */
	index: number;
}

export interface Fact extends Place {
	event: LoggedEvent;
	at: Position;
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

/** @param readField of the same settings and hash; for many events one that remembers */
export function readFact(
	event: LoggedEvent,
	{ row, index }: Place,
	stream: string,
	{ identity: settings, hash }: { identity: IdentitySettings; hash: Hash },
	readField?: ReadField,
): Fact {
	const ids = readIdentifiers(event, settings, hash, readField);
	const statement = readStatement(event, ids, settings, hash);
	const strongNodes = ids.strong.map(({ node }) => node);
	const ownNodes = ids.device === null ? strongNodes : [ids.device.node, ...strongNodes];
	// Only a device has a timeline to cut.
	const isReset = event.sent.type === "reset" && ids.device !== null;
	return {
		event,
		at: { t: event.timestamp, m: event.sent.messageId, s: stream },
		row,
		index,
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

/** Whether two copies of one messageId say the same. Of an `erase` each T is heard (rule 5), so it is part of what is said. */
export function isSameCopy(a: Fact, b: Fact): boolean {
	return compareCopies(a.event, b.event) === 0 && untilOf(a) === untilOf(b);
}

function untilOf({ statement }: Fact): number {
	return statement?.kind === "erase" ? statement.until : 0;
}

/** Text that same copies of one messageId share, and unlike ones do not. */
function copyKey(fact: Fact): string {
	const { sent, timestamp, trust, added } = fact.event;
	const { sentAt: _sentAt, receivedAt: _receivedAt, ...said } = sent;
	return canonicalJson([timestamp, trust, said, added, untilOf(fact)]);
}

export interface Copies {
	/** Of each messageId the copy that counts (rule 1), ascending by position. */
	chosen: Fact[];
	/** Unlike copies of those, each once. */
	losers: Fact[];
	/** Copies that say what one before them said. */
	repeats: Fact[];
}

export function sortCopies(facts: Iterable<Fact>): Copies {
	const byId = new Map<string, Fact[]>();
	for (const fact of facts) {
		const known = byId.get(fact.at.m);
		if (known === undefined) byId.set(fact.at.m, [fact]);
		else known.push(fact);
	}
	const copies: Copies = { chosen: [], losers: [], repeats: [] };
	for (const all of byId.values()) {
		const [only] = all;
		if (only !== undefined && all.length === 1) {
			copies.chosen.push(only);
			continue;
		}
		const unlike = new Map<string, Fact>();
		for (const fact of all) {
			const key = copyKey(fact);
			if (unlike.has(key)) copies.repeats.push(fact);
			else unlike.set(key, fact);
		}
		const [best, ...rest] = [...unlike.values()].sort((a, b) => compareCopies(a.event, b.event));
		if (best !== undefined) copies.chosen.push(best);
		copies.losers.push(...rest);
	}
	copies.chosen.sort(byPosition);
	return copies;
}

export function byPosition(a: Fact, b: Fact): number {
	return isBefore(a.at, b.at) ? -1 : 1;
}
