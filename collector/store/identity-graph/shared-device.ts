/**
 * What stands on a shared device, each with what was found of it: so that the people on it who are looked at say who they
 * are, and the others need not be (rule 17). What is remembered of a person changes only where that person is computed again,
 * and then so is this.
 */
import {
	aliasKey,
	type Claim,
	type ClusterResolution,
	claimKey,
	type DeviceAnswer,
	isDevice,
	isUser,
	type KnownTurn,
	type NodeKey,
	type Owner,
	type PairState,
	type Timeline,
} from "../../identity/index.ts";
import { hash53 } from "../sharding.ts";

/** What was found of a fact when its people were computed last. */
export interface RememberedFact {
	nodes: NodeKey[];
	owner: Owner;
	/** The owner is parted from the device, and the claim counts all the same: see `DeviceAnswer.heard`. */
	isHeard: boolean;
	/** Null where it makes nobody known on the device. */
	people: KnownTurn["people"] | null;
}

/** By digest of the fact: no messageId is kept. */
export type DeviceMemory = ReadonlyMap<number, RememberedFact>;

/** A claim, an alias of a user and the device, or an unlink of the two. */
interface Fact {
	digest: number;
	/** Whom it names. */
	nodes: NodeKey[];
	claim: Claim | null;
	pair: PairState | null;
	isServers: boolean;
}

export class SharedDevice {
	private readonly timeline: Timeline;
	private readonly memory: DeviceMemory;
	private readonly facts: Fact[];
	private readonly byNode = new Map<NodeKey, Fact[]>();

	/**
	 * @param timeline of the device alone
	 * @param pairs    in force that name it
	 * @param memory   facts that it lacks are to be looked at
	 */
	constructor(timeline: Timeline, pairs: readonly PairState[], memory: DeviceMemory = new Map()) {
		this.timeline = timeline;
		this.memory = memory;
		this.facts = [
			...timeline.visits.flatMap(({ claims }) => claims.map(factOfClaim)),
			...pairs.flatMap((pair) => factOfPair(pair) ?? []),
		];
		for (const fact of this.facts) {
			for (const node of fact.nodes) {
				const known = this.byNode.get(node);
				if (known === undefined) this.byNode.set(node, [fact]);
				else known.push(fact);
			}
		}
	}

	/** Whoever is named by what came or went since it was remembered. */
	changed(): NodeKey[] {
		const still = new Set(this.facts.map(({ digest }) => digest));
		const gone = [...this.memory].filter(([digest]) => !still.has(digest)).map(([, fact]) => fact);
		const fresh = this.facts.filter(({ digest }) => !this.memory.has(digest));
		return [...gone, ...fresh].flatMap(({ nodes }) => nodes);
	}

	/** Whoever is named beside any of these. */
	beside(nodes: Iterable<NodeKey>): NodeKey[] {
		return [...nodes].flatMap((node) => (this.byNode.get(node) ?? []).flatMap((fact) => fact.nodes));
	}

	/** The device's claims that say something of the people looked at. */
	partOf(walked: ReadonlySet<NodeKey>): Timeline {
		const open = new Set(this.open(walked).map(({ claim }) => claim));
		const visits = this.timeline.visits.map((visit) => ({
			...visit,
			claims: visit.claims.filter((claim) => open.has(claim)),
		}));
		return { ...this.timeline, visits };
	}

	claimsOf(walked: ReadonlySet<NodeKey>): number {
		return this.open(walked).filter(({ claim }) => claim !== null).length;
	}

	/** Turns of everybody else. */
	othersThan(walked: ReadonlySet<NodeKey>): KnownTurn[] {
		const open = new Set(this.open(walked));
		return this.facts.flatMap((fact) => {
			const people = open.has(fact) ? null : this.memory.get(fact.digest)?.people;
			return people ? [{ isServers: fact.isServers, people }] : [];
		});
	}

	/** @param resolution of the people looked at */
	remember(walked: ReadonlySet<NodeKey>, resolution: ClusterResolution): Map<number, RememberedFact> {
		const { answers, known, profileOf } = resolution;
		const turns = known.get(this.timeline.key);
		const answer = answers.get(this.timeline.key);
		const heard = new Set(answer?.heard);
		const open = new Set(this.open(walked));
		const find = ({ nodes, claim, pair }: Fact): RememberedFact => {
			const key = claim === null ? aliasKey(nodes[0] as NodeKey) : claimKey(claim);
			const people = (pair?.kind !== "unlink" && turns?.get(key)?.people) || null;
			if (claim !== null) return { nodes, owner: answer?.owners[key] ?? null, isHeard: heard.has(key), people };
			const isCounted = pair?.kind === "unlink" || people !== null;
			return { nodes, owner: (isCounted && profileOf.get(nodes[0] as NodeKey)) || null, isHeard: false, people };
		};
		return new Map(
			this.facts.map((fact) => [
				fact.digest,
				open.has(fact) ? find(fact) : (this.memory.get(fact.digest) as RememberedFact),
			]),
		);
	}

	/** @param memory as {@link remember} makes it */
	answer(memory: DeviceMemory, isShared: boolean): DeviceAnswer {
		const answer: DeviceAnswer = { owners: {}, shared: isShared, ignored: [], aliasClaims: [] };
		const heard: string[] = [];
		const ignored = new Set<string>();
		for (const { digest, claim, pair } of this.facts) {
			const { owner, isHeard } = memory.get(digest) as RememberedFact;
			if (claim !== null) answer.owners[claimKey(claim)] = owner;
			if (claim !== null && isHeard) heard.push(claimKey(claim));
			if (pair === null || owner === null) continue;
			if (pair.kind === "unlink") ignored.add(owner);
			else answer.aliasClaims.push({ at: pair.at, owner });
		}
		return { ...answer, ignored: [...ignored], ...(heard.length > 0 && { heard }) };
	}

	private open(walked: ReadonlySet<NodeKey>): Fact[] {
		return this.facts.filter(({ digest, nodes }) => !this.memory.has(digest) || nodes.some((node) => walked.has(node)));
	}
}

function factOfClaim(claim: Claim): Fact {
	const digest = hash53(JSON.stringify([claimKey(claim), claim.serverFirst]));
	return { digest, nodes: claim.nodes, claim, pair: null, isServers: claim.serverFirst !== null };
}

/** Null for a pair of other things: it says nothing of who is on the device. */
function factOfPair(pair: PairState): Fact | null {
	const { kind, a, b, at, trust } = pair;
	const user = isDevice(a) ? b : a;
	if (kind === "link" || !isUser(user)) return null;
	const digest = hash53(JSON.stringify([kind, user, at, trust]));
	return { digest, nodes: [user], claim: null, pair, isServers: trust === "server" };
}
