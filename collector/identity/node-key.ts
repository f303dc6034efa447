/**
 * Identifiers as the graph knows them: typed, hashed with the workspace's secret, and ranked
 * (rule 2). The same text in two kinds is never the same node, since the kind is hashed with it.
 */
import { createHmac } from "node:crypto";
import type { NodeKey, ProfileId } from "./types.ts";

/** Keyed hash of a value within a kind: 22 characters, base64url. */
export type Hash = (kind: string, value: string) => string;

const HASH_BYTES = 16;

export const DEVICE_KIND = "anonymousId";
export const USER_KIND = "userId";

/**
 * @param secret the workspace's secret, any length
 * @returns a function that gives the first 128 bits of HMAC-SHA-256(secret, kind "\n" value) in
 *   base64url. Unambiguous as long as no kind holds a line break, which the readers see to.
 */
export function createHasher(secret: string): Hash {
	return (kind, value) =>
		createHmac("sha256", secret).update(`${kind}\n${value}`).digest().subarray(0, HASH_BYTES).toString("base64url");
}

export function nodeKey(kind: string, hash: string): NodeKey {
	return `${kind}=${hash}`;
}

/** The kind may itself hold "=", the hash never does. */
export function kindOf(node: NodeKey): string {
	return node.slice(0, node.lastIndexOf("="));
}

export function hashOf(node: NodeKey): ProfileId {
	return node.slice(node.lastIndexOf("=") + 1);
}

/** Weak identifiers are devices: they carry people, they never are one. */
export function isStrong(node: NodeKey): boolean {
	return !isDevice(node);
}

/** No kind but this one begins so: types and apps stand behind `ext:` and `openid:`. */
export function isDevice(node: NodeKey): boolean {
	return node.startsWith(`${DEVICE_KIND}=`);
}

export function isUser(node: NodeKey): boolean {
	return node.startsWith(`${USER_KIND}=`);
}

/** Rank of a strong kind by rule 2: 0 is best. */
export function rankOf(kind: string): number {
	if (kind === USER_KIND) return 0;
	if (kind.startsWith("ext:")) return 1;
	if (kind === "unionid") return 2;
	if (kind === "phone") return 3;
	if (kind === "email") return 4;
	if (kind.startsWith("openid:")) return 5;
	return 6;
}

/** By code unit, so that the order is the same in every locale and runtime. */
export function compareText(a: string, b: string): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** Best strong node first: by rank, then by type name (external ids, apps), then by hash. */
export function compareByRank(a: NodeKey, b: NodeKey): number {
	const kindA = kindOf(a);
	const kindB = kindOf(b);
	if (kindA === kindB) return compareText(a, b);
	return rankOf(kindA) - rankOf(kindB) || compareText(kindA, kindB);
}

/** @returns the best-ranked of the nodes, null of none */
export function bestNode(nodes: Iterable<NodeKey>): NodeKey | null {
	let best: NodeKey | null = null;
	for (const node of nodes) {
		if (best === null || compareByRank(node, best) < 0) best = node;
	}
	return best;
}
