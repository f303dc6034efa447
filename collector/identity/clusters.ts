/**
 * Rule 9, checks (a) to (d), and that of trust: groups of strong identifiers that are one person, and which may become one.
 */
import { CLUSTER_IDS_MAX, typeLimitOf } from "./limits.ts";
import { pushTo } from "./multimap.ts";
import { isUser, kindOf } from "./node-key.ts";
import type { NodeKey, PairState, Refusal } from "./types.ts";

/** Two nodes are one person where their clusters are the same object. */
export interface Cluster {
	/** In no order. */
	members: NodeKey[];
	/** Servers tie one of the members to another identifier. */
	isVouched: boolean;
}

/** Who says that two clusters are one person. */
export interface Support {
	/** An alias passes checks (b) and (c). */
	isAlias: boolean;
	/** Servers alone say so. */
	isServers: boolean;
}

export type Fault = Pick<Refusal, "reason" | "kind">;

export interface Clusters {
	/** The cluster that holds the node; a node not seen before is alone in its own. */
	of(node: NodeKey): Cluster;
	/** The same, but undefined for a node not seen before. */
	find(node: NodeKey): Cluster | undefined;
	/** Joins the clusters of two nodes unless a check refuses. */
	join(a: NodeKey, b: NodeKey, support: Support): Fault | null;
	/** Every cluster, each once. */
	all(): Set<Cluster>;
}

/**
 * @param registers in force; only unlinks are looked at
 * @param tied      identifiers that a server event ties to another
 */
export function createClusters(registers: readonly PairState[], tied: ReadonlySet<NodeKey>): Clusters {
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
			cluster = { members: [node], isVouched: tied.has(node) };
			clusters.set(node, cluster);
		}
		return cluster;
	};

	const findFault = (smaller: Cluster, larger: Cluster, { isAlias, isServers }: Support): Fault | null => {
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
		// Two people whom servers know by more than one identifier each: whoever merges them takes one of them over.
		if (!isServers && smaller.isVouched && larger.isVouched) return { reason: "both_vouched" };
		return smaller.members.length + larger.members.length > CLUSTER_IDS_MAX ? { reason: "id_limit" } : null;
	};

	return {
		of,
		find: (node) => clusters.get(node),
		join(a, b, support) {
			const [smaller, larger] = [of(a), of(b)].sort((x, y) => x.members.length - y.members.length) as [
				Cluster,
				Cluster,
			];
			if (smaller === larger) return null;
			const fault = findFault(smaller, larger, support);
			if (fault !== null) return fault;
			for (const member of smaller.members) {
				larger.members.push(member);
				clusters.set(member, larger);
			}
			larger.isVouched ||= smaller.isVouched || support.isServers;
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
