/**
 * Rules 10 and 11: whose a claim is. An identifier that claims tie to several people is a timeline.
 */
import type { Position } from "../model.ts";
import type { Clusters } from "./clusters.ts";
import { pushTo } from "./multimap.ts";
import { comparePositions, lastAtOrBefore } from "./position.ts";
import { isHeard, isUser } from "./shared-identifiers.ts";
import { hubOf } from "./strong-edges.ts";
import type { Claim, NodeKey } from "./types.ts";

/** From here on the identifier points to the cluster of this hub. */
export interface Pointer {
	at: Position;
	hub: NodeKey;
}

/** By identifier that stands in a claim with others, ascending. */
export type Pointers = Map<NodeKey, Pointer[]>;

/**
 * What the claims in which an identifier stands beside others (shared ones do not count) point to:
 * the claim's hub. Where only server claims are heard of an identifier, they stand at their first server event.
 */
export function collectPointers(claims: Iterable<Claim>, shared: Set<NodeKey>, vouched: Set<NodeKey>): Pointers {
	const pointers: Pointers = new Map();
	for (const claim of claims) {
		const nodes = shared.size === 0 ? claim.nodes : claim.nodes.filter((node) => !shared.has(node));
		const hub = nodes.length < 2 ? null : hubOf(claim, shared);
		if (hub === null) continue;
		for (const node of nodes) {
			// A userId is always its claim's hub, so it only ever points to itself.
			if (isUser(node) || !isHeard(claim, node, vouched)) continue;
			const at = vouched.has(node) && claim.serverFirst !== null ? claim.serverFirst : claim.first;
			pushTo(pointers, node, { at, hub });
		}
	}
	for (const list of pointers.values()) list.sort((x, y) => comparePositions(x.at, y.at));
	return pointers;
}

/** Identifiers that point to two or more clusters, as these are now. */
export function findContested(pointers: Pointers, clusters: Clusters): Set<NodeKey> {
	const contested = new Set<NodeKey>();
	for (const [node, list] of pointers) {
		const first = clusters.of((list[0] as Pointer).hub);
		if (list.some(({ hub }) => clusters.of(hub) !== first)) contested.add(node);
	}
	return contested;
}

/**
 * Whose claim it is.
 *
 * @param hub       of the claim
 * @param at        its first position
 * @param contested by the clusters that are asked about
 * @returns a node whose cluster owns the claim: the hub, or where the hub is contested the hub of the
 *   latest claim that it points to at or before `at`, else of the first
 */
export function subjectOf(hub: NodeKey, at: Position, pointers: Pointers, contested: Set<NodeKey>): NodeKey {
	const list = contested.has(hub) ? pointers.get(hub) : undefined;
	if (!list) return hub;
	const index = lastAtOrBefore(list, at, (pointer) => pointer.at);
	return (list[Math.max(index, 0)] as Pointer).hub;
}
