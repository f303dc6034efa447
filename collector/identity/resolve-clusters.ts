/**
 * Rules 8 to 11 and 13 to 16 over a set of timelines that is closed under rule 17: who is one person,
 * whose each claim is, and what each device must know to place the rest.
 */
import { type Clusters, createClusters } from "./clusters.ts";
import { createDevicePairs, type DevicePairs } from "./device-pairs.ts";
import { collectTurns, complementEdges, isHandover, isSharedDevice } from "./device-people.ts";
import { bestNode, compareText, hashOf, isUser } from "./node-key.ts";
import { findShared, findVouched } from "./shared-identifiers.ts";
import { collectEdges, compareEdges, openClaims } from "./strong-edges.ts";
import { collectPointers, findContested, findSubjects, type Pointers, type Subjects } from "./subjects.ts";
import { claimKey } from "./timeline.ts";
import type {
	ClusterResolution,
	DeviceAnswer,
	Link,
	NodeKey,
	PairState,
	ProfileId,
	Refusal,
	Timeline,
} from "./types.ts";

/**
 * @param timelines in any order, keys unique
 * @param registers in force, as `foldRegisters` gives them
 * @returns the same whatever the order of the arguments; near-linear in the number of claims
 */
export function resolveClusters(timelines: readonly Timeline[], registers: readonly PairState[]): ClusterResolution {
	const claims = timelines.flatMap(({ visits }) => visits.flatMap((visit) => visit.claims));

	// Rule 8.
	const vouched = findVouched(claims);
	const shared = findShared(claims, registers, vouched);
	const open = openClaims(claims, shared);

	// Rule 9. Everyone who is named has a cluster, if only their own.
	const clusters = createClusters(registers);
	for (const claim of claims) for (const node of claim.nodes) clusters.of(node);
	for (const { kind, a, b } of registers) {
		for (const node of [a, b]) if (kind === "alias" && isUser(node)) clusters.of(node);
	}
	const links: Link[] = [];
	const refusals: Refusal[] = [];
	const tryEdge = (edge: Link) => {
		const fault = clusters.join(edge.a, edge.b, edge.rule === "alias");
		if (fault === null) links.push(edge);
		else refusals.push({ ...edge, ...fault });
	};
	for (const edge of collectEdges(open, registers, shared)) tryEdge(edge);

	// Rules 13 and 14, on the clusters of rule 9.
	const pointers = collectPointers(open, vouched);
	const pairs = createDevicePairs(registers, shared);
	const subjects = findSubjects(open, pointers, findContested(pointers, clusters));
	const complements = timelines.flatMap((timeline) => {
		const turns = collectTurns(timeline, subjects, pairs.aliasesOf(timeline.devices));
		return isSharedDevice(turns, clusters) ? [] : complementEdges(turns, clusters);
	});
	for (const edge of complements.sort(compareEdges)) {
		const isOne = clusters.of(edge.a) === clusters.of(edge.b);
		if (!isOne && !isHandover(edge.a, edge.b, clusters)) tryEdge(edge);
	}

	// Rules 10, 11, 13, 15 and 16, on the final clusters.
	const contested = findContested(pointers, clusters);
	const { profileOf, members } = nameProfiles(clusters);
	const finalSubjects = findSubjects(open, pointers, contested);
	return {
		answers: new Map(
			timelines.map((timeline) => [timeline.key, answerOf(timeline, finalSubjects, pairs, clusters, profileOf)]),
		),
		profileOf,
		members,
		sharedNodes: shared,
		contested: contestedOwners(pointers, contested, profileOf),
		links,
		refusals,
	};
}

/** What a device must be told to place each of its events. */
function answerOf(
	timeline: Timeline,
	subjects: Subjects,
	pairs: DevicePairs,
	clusters: Clusters,
	profileOf: Map<NodeKey, ProfileId>,
): DeviceAnswer {
	const { devices, visits } = timeline;
	const profile = (node: NodeKey) => profileOf.get(node) as ProfileId;
	const owners: DeviceAnswer["owners"] = {};
	for (const { claims } of visits) {
		for (const claim of claims) {
			// Without a device to place it, an event that carries only shared identifiers forms their own profile.
			const subject = subjects.get(claim) ?? (devices.length === 0 ? bestNode(claim.nodes) : null);
			owners[claimKey(claim)] = subject === null ? null : profile(subject);
		}
	}
	const aliases = pairs.aliasesOf(devices);
	// A user who is only named to be parted from the device owns nothing on it.
	const ignored = pairs.unlinkedFrom(devices).flatMap((user) => profileOf.get(user) ?? []);
	return {
		owners,
		shared: isSharedDevice(collectTurns(timeline, subjects, aliases), clusters),
		ignored: [...new Set(ignored)].sort(compareText),
		aliasClaims: aliases.map(({ at, user }) => ({ at, owner: profile(user) })),
	};
}

/** Rule 16: the smallest identifier of the best type names the profile. */
function nameProfiles(clusters: Clusters): Pick<ClusterResolution, "profileOf" | "members"> {
	const profileOf = new Map<NodeKey, ProfileId>();
	const members = new Map<ProfileId, NodeKey[]>();
	for (const cluster of clusters.all()) {
		const sorted = cluster.members.toSorted(compareText);
		const id = hashOf(bestNode(sorted) as NodeKey);
		members.set(id, sorted);
		for (const node of sorted) profileOf.set(node, id);
	}
	return { profileOf, members };
}

/** Rule 10's list of each contested identifier, as far as it changes hands. */
function contestedOwners(
	pointers: Pointers,
	contested: Set<NodeKey>,
	profileOf: Map<NodeKey, ProfileId>,
): ClusterResolution["contested"] {
	const timelines: ClusterResolution["contested"] = new Map();
	for (const node of contested) {
		const owners = (pointers.get(node) ?? []).map(({ at, hub }) => ({ at, owner: profileOf.get(hub) as ProfileId }));
		timelines.set(
			node,
			owners.filter(({ owner }, index) => owner !== owners[index - 1]?.owner),
		);
	}
	return timelines;
}
