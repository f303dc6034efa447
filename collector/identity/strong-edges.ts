/**
 * Rule 9: which identifiers claims and aliases tie together, in the order in which it is tried.
 */
import type { Position } from "../model.ts";
import { bestNode, compareText } from "./node-key.ts";
import { comparePositions } from "./position.ts";
import { isUserAlias } from "./shared-identifiers.ts";
import type { Claim, Link, NodeKey, PairState } from "./types.ts";

const TIERS: readonly Link["rule"][] = ["alias", "server", "public", "complement"];

/**
 * Shared identifiers are dropped before a hub is chosen: they link nothing.
 *
 * @returns the best-ranked identifier that is not shared, null where all are
 */
export function hubOf(claim: Claim, shared: Set<NodeKey>): NodeKey | null {
	return bestNode(shared.size === 0 ? claim.nodes : claim.nodes.filter((node) => !shared.has(node)));
}

/**
 * Edges of the first three tiers: aliases of userIds, then hub to each other identifier of a claim, server
 * before public. An edge stands in the best tier that any claim gives it, at the earliest event that does.
 *
 * @returns in the order in which they are tried
 */
export function collectEdges(claims: Iterable<Claim>, registers: Iterable<PairState>, shared: Set<NodeKey>): Link[] {
	const edges = new Map<string, Link>();
	const support = (one: NodeKey, other: NodeKey, rule: Link["rule"], at: Position) => {
		const [a, b] = compareText(one, other) < 0 ? [one, other] : [other, one];
		const key = `${rule}\n${a}\n${b}`;
		const known = edges.get(key);
		if (!known || comparePositions(at, known.at) < 0) edges.set(key, { a, b, rule, at });
	};
	for (const pair of registers) {
		if (isUserAlias(pair) && !shared.has(pair.a) && !shared.has(pair.b)) support(pair.a, pair.b, "alias", pair.at);
	}
	for (const claim of claims) {
		const hub = hubOf(claim, shared);
		if (hub === null) continue;
		for (const node of claim.nodes) {
			if (node === hub || shared.has(node)) continue;
			if (claim.serverFirst === null) support(hub, node, "public", claim.first);
			else support(hub, node, "server", claim.serverFirst);
		}
	}
	return [...edges.values()]
		.filter(({ rule, a, b }) => rule !== "public" || !edges.has(`server\n${a}\n${b}`))
		.sort(compareEdges);
}

/** By tier, then earliest supporting event, then key. */
export function compareEdges(x: Link, y: Link): number {
	return (
		TIERS.indexOf(x.rule) - TIERS.indexOf(y.rule) ||
		comparePositions(x.at, y.at) ||
		compareText(x.a, y.a) ||
		compareText(x.b, y.b)
	);
}
