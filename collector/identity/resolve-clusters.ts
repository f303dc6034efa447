/**
 * Rules 8 to 11 and 13 to 16 over a set of timelines that is closed under rule 17: who is one person,
 * whose each claim is, and what each device must know to place the rest.
 */
import type { Clusters } from "./clusters.ts";
import { collectTurns } from "./device-people.ts";
import { bestNode, compareText, hashOf } from "./node-key.ts";
import { type Settled, settleClusters } from "./settle-clusters.ts";
import { findContested, findSubjects, type Pointers, type Subjects } from "./subjects.ts";
import { claimKey } from "./timeline.ts";
import type {
	Claim,
	ClusterResolution,
	DeviceAnswer,
	Elsewhere,
	NodeKey,
	PairState,
	ProfileId,
	Timeline,
} from "./types.ts";

const NOTHING: Elsewhere = { shared: new Set(), others: new Map() };

/**
 * @param timelines in any order, keys unique
 * @param registers in force, as `foldRegisters` gives them
 * @param elsewhere what claims that are not among the timelines' are known to show
 * @returns the same whatever the order of the arguments; near-linear in the number of claims
 */
export function resolveClusters(
	timelines: readonly Timeline[],
	registers: readonly PairState[],
	elsewhere: Elsewhere = NOTHING,
): ClusterResolution {
	const settled = settleClusters(timelines, registers, elsewhere);
	const { clusters, vouching, shared, open, pointers, links, refusals, devices } = settled;

	// Rules 10, 11, 13, 15 and 16, on the final clusters.
	const contested = findContested(pointers, clusters);
	const { profileOf, members } = nameProfiles(clusters);
	const subjects = findSubjects(open, pointers, contested, vouching);
	const owners = contestedOwners(pointers, contested, profileOf);
	const answer = (timeline: Timeline): DeviceAnswer => {
		const handovers = timeline.devices.length === 0 ? owners.get(timeline.key) : undefined;
		return { ...answerOf(timeline, subjects, settled, profileOf), ...(handovers && { handovers }) };
	};
	// Judges each device the last time.
	const answers = new Map(timelines.map((timeline) => [timeline.key, answer(timeline)]));
	return {
		answers,
		profileOf,
		members,
		sharedNodes: shared,
		contested: owners,
		links,
		refusals,
		known: new Map([...devices.known].map(([{ key }, turns]) => [key, turns])),
		lapsed: new Set([...devices.lapsed].map(({ key }) => key)),
	};
}

/** What a device must be told to place each of its events. */
function answerOf(
	timeline: Timeline,
	subjects: Subjects,
	{ pairs, devices: judge, sharedByServers, unlinkedByServers }: Settled,
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
	const turns = collectTurns(timeline, subjects, aliases);
	const isShared = judge.isShared(timeline, "final", turns);
	// A user who is only named to be parted from the device owns nothing on it.
	const unlinked = pairs.unlinkedFrom(devices).filter((user) => profileOf.has(user));
	const isHeard = ({ serverFirst }: Claim, subject: NodeKey): boolean => {
		const users = unlinked.filter((user) => profile(user) === profile(subject));
		return users.length > 0 && serverFirst !== null && !users.some((user) => unlinkedByServers.get(user)?.has(subject));
	};
	const heard: string[] = [];
	for (const claim of unlinked.length === 0 ? [] : visits.flatMap((visit) => visit.claims)) {
		const subject = subjects.get(claim);
		if (subject !== undefined && isHeard(claim, subject)) heard.push(claimKey(claim));
	}
	return {
		owners,
		// Where servers say all, they have said it: who on the device is one person by public events changes nothing.
		shared:
			sharedByServers.has(timeline) ||
			(isShared && [...turns, ...judge.othersOf(timeline)].some(({ isServers }) => !isServers)),
		ignored: [...new Set(unlinked.map(profile))].sort(compareText),
		...(heard.length > 0 && { heard: heard.sort(compareText) }),
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
