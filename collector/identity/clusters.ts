/**
 * Rule 9, checks (a) to (d): groups of strong identifiers that are one person, and which may become one.
 */
import { CLUSTER_IDS_MAX, typeLimitOf } from "./limits.ts";
import { pushTo } from "./multimap.ts";
import { isUser, kindOf } from "./node-key.ts";
import type { NodeKey, PairState, Refusal } from "./types.ts";

/** Members in no order. Two nodes are one person where their clusters are the same object. */
export interface Cluster {
	members: NodeKey[];
}

export type Fault = Pick<Refusal, "reason" | "kind">;

export interface Clusters {
	/** The cluster that holds the node; a node not seen before is alone in its own. */
	of(node: NodeKey): Cluster;
	/** Joins the clusters of two nodes unless a check refuses. An alias passes checks (b) and (c). */
	join(a: NodeKey, b: NodeKey, isAlias: boolean): Fault | null;
	/** Every cluster, each once. */
	all(): Set<Cluster>;
}

/** @param registers in force; only unlinks are looked at */
export function createClusters(registers: readonly PairState[]): Clusters {
	const clusters = new Map<NodeKey, Cluster>();
	const unlinked = new Map<NodeKey, NodeKey[]>();
	for (const { kind, a, b } of registers) {
		if (kind !== "unlink") continue;
		pushTo(unlinked, a, b);
		pushTo(unlinked, b, a);
	}

	const of = (node: NodeKey): Cluster => {
		let cluster = clusters.get(node);
		if (!cluster) {
			cluster = { members: [node] };
			clusters.set(node, cluster);
		}
		return cluster;
	};

	const findFault = (smaller: Cluster, larger: Cluster, isAlias: boolean): Fault | null => {
		for (const member of smaller.members) {
			for (const partner of unlinked.get(member) ?? []) {
				if (clusters.get(partner) === larger) return { reason: "unlinked" };
			}
		}
		if (!isAlias) {
			// userIds aliased to each other need no look here: the alias tier has joined them by now, or was
			// refused for a reason that (a) or (d) gives again.
			if (smaller.members.some(isUser) && larger.members.some(isUser)) return { reason: "two_user_ids" };
			const passed = findPassedLimit(smaller, larger);
			if (passed !== null) return { reason: "type_limit", kind: passed };
		}
		return smaller.members.length + larger.members.length > CLUSTER_IDS_MAX ? { reason: "id_limit" } : null;
	};

	return {
		of,
		join(a, b, isAlias) {
			const [smaller, larger] = [of(a), of(b)].sort((x, y) => x.members.length - y.members.length) as [
				Cluster,
				Cluster,
			];
			if (smaller === larger) return null;
			const fault = findFault(smaller, larger, isAlias);
			if (fault !== null) return fault;
			for (const member of smaller.members) {
				larger.members.push(member);
				clusters.set(member, larger);
			}
			return null;
		},
		all: () => new Set(clusters.values()),
	};
}

/** Kinds of identifier that a cluster holds. */
export function kindsOf(cluster: Cluster): Set<string> {
	return new Set(cluster.members.map(kindOf));
}

/** Check (c). Each side is within its limits, so only what the smaller one brings can pass one. */
function findPassedLimit(smaller: Cluster, larger: Cluster): string | null {
	const count = (cluster: Cluster, name: string) =>
		cluster.members.filter((node) => typeLimitOf(kindOf(node))?.name === name).length;
	const limits = new Map(
		smaller.members.flatMap((node) => {
			const limit = typeLimitOf(kindOf(node));
			return limit ? [[limit.name, limit.idsMax]] : [];
		}),
	);
	for (const [name, idsMax] of [...limits].sort()) {
		if (count(smaller, name) + count(larger, name) > idsMax) return name;
	}
	return null;
}
