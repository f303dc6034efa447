/**
 * Rules 8 to 11 and 13 to 16 over a set of timelines that is closed under rule 17: who is one person,
 * whose each claim is, and what each device must know to place the rest.
 */
import type { Position } from "../model.ts";
import { type Clusters, createClusters } from "./clusters.ts";
import { complementEdges, isHandover, isSharedDevice, type Turn } from "./device-people.ts";
import { pushTo } from "./multimap.ts";
import { bestNode, compareText, DEVICE_KIND, hashOf, kindOf } from "./node-key.ts";
import { comparePositions } from "./position.ts";
import { findShared, findVouched, isUser } from "./shared-identifiers.ts";
import { collectEdges, compareEdges, hubOf } from "./strong-edges.ts";
import { collectPointers, findContested, type Pointers, subjectOf } from "./subjects.ts";
import { claimKey, segmentAt } from "./timeline.ts";
import type {
	Claim,
	ClusterResolution,
	DeviceAnswer,
	Link,
	NodeKey,
	Owner,
	PairState,
	ProfileId,
	Refusal,
	Timeline,
} from "./types.ts";

/** An alias of a userId and a device acts as a claim of that user at the statement's position. */
interface AliasTurn {
	at: Position;
	user: NodeKey;
}

/**
 * @param timelines in any order, keys unique
 * @param registers in force, as `foldRegisters` gives them
 * @returns the same whatever the order of the arguments; near-linear in the number of claims
 */
export function resolveClusters(timelines: readonly Timeline[], registers: readonly PairState[]): ClusterResolution {
	const claims = timelines.flatMap(({ visits }) => visits.flatMap((visit) => visit.claims));
	const vouched = findVouched(claims);
	const shared = findShared(claims, registers, vouched);

	// Rule 9. Everyone who is named has a cluster, if only their own.
	const heard = registers.filter(({ kind, a, b }) => kind === "unlink" || (!shared.has(a) && !shared.has(b)));
	const clusters = createClusters(heard);
	for (const claim of claims) for (const node of claim.nodes) clusters.of(node);
	for (const { kind, a, b } of registers)
		if (kind === "alias") for (const node of [a, b].filter(isUser)) clusters.of(node);
	const links: Link[] = [];
	const refusals: Refusal[] = [];
	const tryEdges = (edges: readonly Link[], isTried: (edge: Link) => boolean = () => true) => {
		for (const edge of edges) {
			if (!isTried(edge)) continue;
			const fault = clusters.join(edge.a, edge.b, edge.rule === "alias");
			if (fault === null) links.push(edge);
			else refusals.push({ ...edge, ...fault });
		}
	};
	tryEdges(collectEdges(claims, registers, shared));

	// Rule 14, on devices that are not shared by the clusters of rule 9.
	const pointers = collectPointers(claims, shared, vouched);
	const aliases = aliasesByDevice(heard);
	const contestedBefore = findContested(pointers, clusters);
	const complements = timelines.flatMap((timeline) => {
		const turns = collectTurns(timeline, aliases, shared, pointers, contestedBefore);
		return isSharedDevice(turns, clusters) ? [] : complementEdges(turns, clusters);
	});
	tryEdges(
		complements.sort(compareEdges),
		({ a, b }) => clusters.of(a) !== clusters.of(b) && !isHandover(a, b, clusters),
	);

	// Rules 11, 13, 15 and 16, on the final clusters.
	const contested = findContested(pointers, clusters);
	const { profileOf, members } = nameProfiles(clusters);
	const profile = (node: NodeKey) => profileOf.get(node) as ProfileId;
	const ownerOf = (claim: Claim): Owner => {
		const hub = hubOf(claim, shared);
		return hub && profile(subjectOf(hub, claim.first, pointers, contested));
	};
	const unlinks = unlinkedUsersByDevice(registers);
	const answers = new Map<string, DeviceAnswer>();
	for (const timeline of timelines) {
		const { devices, key } = timeline;
		const owners: DeviceAnswer["owners"] = {};
		for (const claim of timeline.visits.flatMap((visit) => visit.claims)) {
			// Without a device to place it, an event that carries only shared identifiers forms their own profile.
			owners[claimKey(claim)] =
				ownerOf(claim) ?? (devices.length === 0 ? profile(bestNode(claim.nodes) as NodeKey) : null);
		}
		answers.set(key, {
			owners,
			shared: isSharedDevice(collectTurns(timeline, aliases, shared, pointers, contested), clusters),
			ignored: uniqueSorted(
				devices
					.flatMap((device) => unlinks.get(device) ?? [])
					.filter((user) => profileOf.has(user))
					.map(profile),
			),
			aliasClaims: aliasTurnsOf(timeline, aliases).map(({ at, user }) => ({ at, owner: profile(user) })),
		});
	}
	return {
		answers,
		profileOf,
		members,
		sharedNodes: shared,
		contested: contestedOwners(pointers, contested, profile),
		links,
		refusals,
	};
}

/** Turns of a device, ascending; none for a stream without a device. */
function collectTurns(
	timeline: Timeline,
	aliases: Map<NodeKey, AliasTurn[]>,
	shared: Set<NodeKey>,
	pointers: Pointers,
	contested: Set<NodeKey>,
): Turn[] {
	if (timeline.devices.length === 0) return [];
	const turns: Turn[] = aliasTurnsOf(timeline, aliases).map(({ at, user }) => ({
		at,
		subject: user,
		segment: segmentAt(timeline.segments, at),
	}));
	for (const { claims, segment } of timeline.visits) {
		for (const claim of claims) {
			const hub = hubOf(claim, shared);
			if (hub) turns.push({ at: claim.first, subject: subjectOf(hub, claim.first, pointers, contested), segment });
		}
	}
	return turns.sort((x, y) => comparePositions(x.at, y.at));
}

function aliasTurnsOf(timeline: Timeline, aliases: Map<NodeKey, AliasTurn[]>): AliasTurn[] {
	return timeline.devices.flatMap((device) => aliases.get(device) ?? []).sort((x, y) => comparePositions(x.at, y.at));
}

function aliasesByDevice(registers: Iterable<PairState>): Map<NodeKey, AliasTurn[]> {
	return byDevice(registers, "alias", (user, { at }) => ({ at, user }));
}

function unlinkedUsersByDevice(registers: Iterable<PairState>): Map<NodeKey, NodeKey[]> {
	return byDevice(registers, "unlink", (user) => user);
}

/** The pairs of a userId and a device among the registers of a kind, by device. */
function byDevice<T>(
	registers: Iterable<PairState>,
	kind: PairState["kind"],
	make: (user: NodeKey, pair: PairState) => T,
): Map<NodeKey, T[]> {
	const found = new Map<NodeKey, T[]>();
	for (const pair of registers) {
		const device = [pair.a, pair.b].find((node) => kindOf(node) === DEVICE_KIND);
		const user = [pair.a, pair.b].find(isUser);
		if (pair.kind !== kind || device === undefined || user === undefined) continue;
		pushTo(found, device, make(user, pair));
	}
	return found;
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
	profile: (node: NodeKey) => ProfileId,
): ClusterResolution["contested"] {
	const timelines: ClusterResolution["contested"] = new Map();
	for (const node of contested) {
		const owners = (pointers.get(node) ?? []).map(({ at, hub }) => ({ at, owner: profile(hub) }));
		timelines.set(
			node,
			owners.filter(({ owner }, index) => owner !== owners[index - 1]?.owner),
		);
	}
	return timelines;
}

function uniqueSorted(ids: ProfileId[]): ProfileId[] {
	return [...new Set(ids)].sort(compareText);
}
