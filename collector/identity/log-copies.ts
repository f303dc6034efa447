/**
 * Rules 5 and 1 over a whole log: which copy of which event counts.
 */
import type { LoggedEvent, Position } from "../model.ts";
import { canonicalJson } from "./canonical-json.ts";
import { compareCopies } from "./copies.ts";
import { type EraseStatement, isErased } from "./erasure.ts";
import { type EventIdentifiers, type ReadField, readIdentifiers } from "./identifiers.ts";
import { concerning, indexByNode } from "./multimap.ts";
import { compareText, type Hash } from "./node-key.ts";
import { carriedNodes, readStatement } from "./statements.ts";
import { streamOf } from "./stream-key.ts";
import type { IdentitySettings, LightEvent } from "./types.ts";

/** One copy of an event as it lies in the log. */
export interface Copy {
	event: LoggedEvent;
	ids: EventIdentifiers;
	light: LightEvent;
}

export function readCopy(event: LoggedEvent, settings: IdentitySettings, hash: Hash, read: ReadField): Copy {
	const { sent, timestamp, trust } = event;
	const ids = readIdentifiers(event, settings, hash, read);
	const at: Position = { t: timestamp, m: sent.messageId, s: streamOf(ids, sent.messageId, hash) };
	return { event, ids, light: { at, nodes: ids.strong.map((identifier) => identifier.node), trust } };
}

/**
 * Every copy of every `erase`, those that say the same once: each is a tombstone at once, before
 * copies are compared, and nothing erases it.
 */
export function readErasures(copies: Iterable<Copy>, settings: IdentitySettings, hash: Hash): EraseStatement[] {
	const found = new Map<string, EraseStatement>();
	for (const { event, ids } of copies) {
		if (event.sent.type !== "erase") continue;
		const statement = readStatement(event, ids, settings, hash);
		if (statement?.kind === "erase") found.set(canonicalJson(statement), statement);
	}
	return [...found].sort(([x], [y]) => compareText(x, y)).map(([, statement]) => statement);
}

/** Rule 5: parts the copies that an erasure reaches from the rest. */
export function removeErased(
	copies: readonly Copy[],
	erasures: readonly EraseStatement[],
	settings: IdentitySettings,
	hash: Hash,
): { kept: readonly Copy[]; removed: Copy[] } {
	if (erasures.length === 0) return { kept: copies, removed: [] };
	const byNode = indexByNode(erasures, ({ nodes, slices }) => [...nodes, ...slices.map((slice) => slice.node)]);
	const kept: Copy[] = [];
	const removed: Copy[] = [];
	for (const copy of copies) {
		const nodes = carriedNodes(copy.event, copy.ids, settings, hash);
		const isGone = isErased(concerning(byNode, nodes), nodes, copy.light.at.t);
		(isGone ? removed : kept).push(copy);
	}
	return { kept, removed };
}

/** Rule 1: the copy of each event that counts, ascending by stream, then `messageId`. */
export function chooseCopies(copies: Iterable<Copy>): Copy[] {
	const streams = new Map<string, Map<string, Copy>>();
	for (const copy of copies) {
		const { s, m } = copy.light.at;
		let chosen = streams.get(s);
		if (!chosen) {
			chosen = new Map();
			streams.set(s, chosen);
		}
		const known = chosen.get(m);
		if (!known || compareCopies(copy.event, known.event) < 0) chosen.set(m, copy);
	}
	// Without a comparison of its own `sort` goes by code unit, as `compareText` does.
	return [...streams.keys()].sort().flatMap((stream) => {
		const chosen = streams.get(stream) as Map<string, Copy>;
		return [...chosen.keys()].sort().map((messageId) => chosen.get(messageId) as Copy);
	});
}
