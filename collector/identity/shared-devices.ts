/**
 * Rule 13: which devices are shared. A device is judged several times, as clusters grow; where it is shared before each
 * tier of complements, nobody on it is joined to another because of it, so that the claims of some of its people
 * say all of those people (rule 17), and the device's own answer needs of the others no more than who they were found to be.
 */
import type { Cluster, Clusters } from "./clusters.ts";
import type { Turn } from "./device-people.ts";
import { SHARED_DEVICE_PEOPLE_MIN } from "./limits.ts";
import { bestNode, hashOf, kindOf } from "./node-key.ts";
import { claimKey } from "./timeline.ts";
import type { Elsewhere, KnownPerson, KnownTurn, NodeKey, Stage, Timeline } from "./types.ts";

export interface DeviceJudge {
	/**
	 * Three or more people, each known by the same type of identifier, on the clusters as they are now. Whoever servers
	 * know is known by what servers say: what strangers put beside such people makes their devices no shared ones.
	 *
	 * @param turns of the timeline, those that are heard at the stage
	 */
	isShared(timeline: Timeline, stage: Stage, turns: readonly Turn[]): boolean;
	/** Turns of the device whose claims are left out of its timeline. */
	othersOf(timeline: Timeline): readonly KnownTurn[];
	/** Whom the turns of each device that joins nobody were found to be of, by {@link turnKey}. */
	known: Map<Timeline, Map<string, KnownTurn>>;
	/** Devices of which claims are left out and that may join somebody after all, or of whose others too little is known. */
	lapsed: Set<Timeline>;
}

/** @returns text that names a turn among all of its device */
export function turnKey({ claim, subject }: Turn): string {
	return claim === null ? aliasKey(subject) : claimKey(claim);
}

/** Of an alias of a user and the device; no claim is called so. */
export function aliasKey(user: NodeKey): string {
	return `alias\n${user}`;
}

/**
 * @param carried identifiers that a server event carries
 * @param others  see {@link Elsewhere}
 */
export function createDeviceJudge(
	clusters: Clusters,
	carried: ReadonlySet<NodeKey>,
	others: Elsewhere["others"],
): DeviceJudge {
	const known: DeviceJudge["known"] = new Map();
	const lapsed: DeviceJudge["lapsed"] = new Set();
	const joining = new Set<Timeline>();

	/** Who each turn is of. */
	const nameAll = (turns: readonly Turn[]): KnownPerson[] => {
		const named = new Map<Cluster, KnownPerson>();
		return turns.map(({ subject }) => {
			const cluster = clusters.of(subject);
			let person = named.get(cluster);
			if (person === undefined) {
				const { members } = cluster;
				const vouched = members.filter((node) => carried.has(node));
				const kinds = new Set((vouched.length > 0 ? vouched : members).map(kindOf));
				person = { id: hashOf(bestNode(members) as NodeKey), kinds: [...kinds].sort() };
				named.set(cluster, person);
			}
			return person;
		});
	};
	const note = (timeline: Timeline, stage: Stage, turns: readonly Turn[], people: readonly KnownPerson[]): void => {
		const noted = known.get(timeline) ?? new Map<string, KnownTurn>();
		known.set(timeline, noted);
		for (const [index, turn] of turns.entries()) {
			const key = turnKey(turn);
			const found = noted.get(key) ?? { isServers: turn.isServers, people: {} };
			noted.set(key, found);
			found.people[stage] = people[index] as KnownPerson;
		}
	};

	return {
		known,
		lapsed,
		othersOf: ({ key }) => others.get(key) ?? [],
		isShared(timeline, stage, turns) {
			const elsewhere = others.get(timeline.key)?.filter(({ isServers }) => isServers || stage !== "servers");
			const isFew = countPeople(turns, clusters) < SHARED_DEVICE_PEOPLE_MIN;
			// Most devices have one person, and need no more than that.
			const isPlain = elsewhere === undefined && isFew && !known.has(timeline);
			const people = isPlain ? [] : nameAll(turns);
			const isShared = areMany([...people, ...(elsewhere ?? []).flatMap(({ people: was }) => was[stage] ?? [])]);
			if (!isShared && (stage === "serverTier" || stage === "publicTier")) {
				joining.add(timeline);
				known.delete(timeline);
			}
			const isJoining = joining.has(timeline);
			if (!isPlain && !isJoining) note(timeline, stage, turns, people);
			const isUnknown = elsewhere?.some(({ people: was }) => was[stage] === undefined);
			if (elsewhere !== undefined && (isJoining || isUnknown)) lapsed.add(timeline);
			return isShared;
		},
	};
}

function countPeople(turns: readonly Turn[], clusters: Clusters): number {
	if (turns.length < SHARED_DEVICE_PEOPLE_MIN) return turns.length;
	return new Set(turns.map(({ subject }) => clusters.of(subject))).size;
}

function areMany(people: readonly KnownPerson[]): boolean {
	const knownBy = new Map<string, number>();
	for (const { kinds } of new Map(people.map((person) => [person.id, person])).values()) {
		for (const kind of kinds) knownBy.set(kind, (knownBy.get(kind) ?? 0) + 1);
	}
	return [...knownBy.values()].some((count) => count >= SHARED_DEVICE_PEOPLE_MIN);
}
