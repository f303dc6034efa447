/**
 * Rule 9: which identifiers claims and aliases tie together, in the order in which it is tried.
 */
import { bestNode, compareText } from "./node-key.ts";
import { comparePositions } from "./position.ts";
import { isUserAlias } from "./registers.ts";
import type { Claim, Link, NodeKey, PairState } from "./types.ts";

/** A claim without its shared identifiers, which link nothing: they are dropped before a hub is chosen. */
export interface OpenClaim {
	claim: Claim;
	/** The best-ranked identifier that is not shared. */
	hub: NodeKey;
	/** The others that are not shared. */
	others: NodeKey[];
}

/** @returns the claims that hold an identifier that is not shared */
export function openClaims(claims: Iterable<Claim>, shared: Set<NodeKey>): OpenClaim[] {
	const open: OpenClaim[] = [];
	for (const claim of claims) {
		const nodes = shared.size === 0 ? claim.nodes : claim.nodes.filter((node) => !shared.has(node));
		const hub = bestNode(nodes);
		if (hub !== null) open.push({ claim, hub, others: nodes.filter((node) => node !== hub) });
	}
	return open;
}

/**
 * Edges of the first three tiers: aliases of userIds, then hub to each other identifier of a claim, those of
 * server events before those of public ones. An edge stands in the best tier that any claim gives it, at
 * the earliest event that does.
 *
 * @returns in the order in which they are tried
 */
export function collectEdges(
	claims: readonly OpenClaim[],
	registers: Iterable<PairState>,
	shared: Set<NodeKey>,
): Link[] {
	const aliases: Link[] = [];
	for (const pair of registers) {
		const { a, b, at } = pair;
		if (isUserAlias(pair) && !shared.has(a) && !shared.has(b)) aliases.push({ a, b, rule: "alias", at });
	}
	const server = new Map<string, Link>();
	const open = new Map<string, Link>();
	for (const { claim, hub, others } of claims) {
		for (const other of others) {
			const [a, b] = compareText(hub, other) < 0 ? [hub, other] : [other, hub];
			if (claim.serverFirst === null) support(open, { a, b, rule: "public", at: claim.first });
			else support(server, { a, b, rule: "server", at: claim.serverFirst });
		}
	}
	const publicOnly = [...open].filter(([key]) => !server.has(key)).map(([, edge]) => edge);
	return [aliases, [...server.values()], publicOnly].flatMap((tier) => tier.sort(compareEdges));
}

/** Within a tier: by earliest supporting event, then by key. */
export function compareEdges(x: Link, y: Link): number {
	return comparePositions(x.at, y.at) || compareText(x.a, y.a) || compareText(x.b, y.b);
}

function support(edges: Map<string, Link>, edge: Link): void {
	const key = `${edge.a}\n${edge.b}`;
	const known = edges.get(key);
	if (!known || comparePositions(edge.at, known.at) < 0) edges.set(key, edge);
}
