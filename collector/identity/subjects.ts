/**
 * Rules 10 and 11: whose a claim is. An identifier that claims tie to several people is a timeline.
 */
import type { Position } from "../model.ts";
import type { Clusters } from "./clusters.ts";
import { pushTo } from "./multimap.ts";
import { isUser } from "./node-key.ts";
import { comparePositions, lastAtOrBefore } from "./position.ts";
import type { OpenClaim } from "./strong-edges.ts";
import type { Claim, NodeKey } from "./types.ts";
import { isHeardOfContest, type Vouching } from "./vouching.ts";

/** From here on the identifier points to the cluster of this hub. */
export interface Pointer {
	at: Position;
	hub: NodeKey;
}

/** By identifier that stands in a claim with others, ascending. */
export type Pointers = Map<NodeKey, Pointer[]>;

/** A node of the cluster that a claim belongs to, by claim; claims of which all is shared belong to none. */
export type Subjects = Map<Claim, NodeKey>;

/**
 * What the claims in which an identifier stands beside others point to: the claim's hub. Where only
 * server claims are heard of an identifier, they stand at their first server event.
 */
export function collectPointers(claims: Iterable<OpenClaim>, vouching: Vouching): Pointers {
	const pointers: Pointers = new Map();
	for (const { claim, hub, others } of claims) {
		if (others.length === 0) continue;
		for (const node of [hub, ...others]) {
			// A userId is always its claim's hub, so it only ever points to itself.
			if (isUser(node) || !isHeardOfContest(claim, node, vouching)) continue;
			pushTo(pointers, node, { at: placeOf(claim, node, vouching), hub });
		}
	}
	for (const list of pointers.values()) list.sort((x, y) => comparePositions(x.at, y.at));
	return pointers;
}

/** Where the claim stands for what is said of this identifier: where only servers are heard, at the first server event. */
function placeOf({ first, serverFirst }: Claim, node: NodeKey, { carried }: Vouching): Position {
	return serverFirst !== null && carried.has(node) ? serverFirst : first;
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
 * Whose each claim is: its hub's, or where that is contested whom the hub points to where the claim stands: the
 * latest at or before it, else the first.
 */
export function findSubjects(
	claims: Iterable<OpenClaim>,
	pointers: Pointers,
	contested: Set<NodeKey>,
	vouching: Vouching,
): Subjects {
	const subjects: Subjects = new Map();
	for (const { claim, hub } of claims) {
		const list = contested.has(hub) ? (pointers.get(hub) ?? []) : [];
		const index = lastAtOrBefore(list, placeOf(claim, hub, vouching), (pointer) => pointer.at);
		subjects.set(claim, list[Math.max(index, 0)]?.hub ?? hub);
	}
	return subjects;
}
