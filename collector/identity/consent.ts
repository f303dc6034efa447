/**
 * Rule 6: what the people behind an event allowed at its time.
 */
import type { Position } from "../model.ts";
import { pushTo } from "./multimap.ts";
import { comparePositions, lastWhere } from "./position.ts";
import type { NodeKey, Statement } from "./types.ts";

export type ConsentStatement = Extract<Statement, { kind: "consent" }>;

export interface Consent {
	analytics: boolean;
	stitching: boolean;
}

interface Said {
	at: Position;
	value: boolean;
}

/**
 * For each key the latest statement at or before the event's time decides, over all identifiers
 * that the event carries. Same time: the larger `messageId` (then stream), also where it is
 * larger than the event's.
 *
 * @param consents in any order; statements and events may both be many: an event costs O(log n) for each of its nodes
 * @returns a function of an event's nodes, device and strong, and its position; true for what nobody spoke of
 */
export function createConsentAt(
	consents: Iterable<ConsentStatement>,
): (nodes: readonly NodeKey[], at: Position) => Consent {
	const said = { analytics: new Map<NodeKey, Said[]>(), stitching: new Map<NodeKey, Said[]>() };
	for (const consent of consents) {
		for (const key of ["analytics", "stitching"] as const) {
			const value = consent[key];
			if (value === undefined) continue;
			for (const node of consent.nodes) pushTo(said[key], node, { at: consent.at, value });
		}
	}
	for (const byNode of Object.values(said)) {
		for (const list of byNode.values()) list.sort((x, y) => comparePositions(x.at, y.at));
	}
	const decide = (byNode: Map<NodeKey, Said[]>, nodes: readonly NodeKey[], at: Position): boolean => {
		let latest: Said | undefined;
		for (const node of byNode.size === 0 ? [] : nodes) {
			const list = byNode.get(node) ?? [];
			const last = list[lastWhere(list, (item) => item.at.t <= at.t)];
			if (last && (!latest || comparePositions(latest.at, last.at) < 0)) latest = last;
		}
		return latest?.value ?? true;
	};
	return (nodes, at) => ({
		analytics: decide(said.analytics, nodes, at),
		stitching: decide(said.stitching, nodes, at),
	});
}

/** One event's consent; for many events make one {@link createConsentAt}. */
export function consentAt(consents: Iterable<ConsentStatement>, nodes: readonly NodeKey[], at: Position): Consent {
	const concerning = [...consents].filter(
		(consent) => consent.at.t <= at.t && consent.nodes.some((node) => nodes.includes(node)),
	);
	return createConsentAt(concerning)(nodes, at);
}
