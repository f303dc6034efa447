/**
 * Rules 8, 9 and 14: who is one person. What servers say is settled, complements included, before any public event
 * is heard: nothing that a stranger puts beside a customer fills the customer's cluster, or makes two turns that
 * servers vouch for look like a handover (`design.md` §4, Trust). Where no event is public that is the order of rule 9.
 */
import { type Clusters, createClusters } from "./clusters.ts";
import { createDevicePairs, type DevicePairs } from "./device-pairs.ts";
import { type Complement, collectTurns, complementEdges, isHandover, type Turn } from "./device-people.ts";
import { SHARED_DEVICE_PEOPLE_MIN } from "./limits.ts";
import { isUser } from "./node-key.ts";
import { createDeviceJudge, type DeviceJudge } from "./shared-devices.ts";
import { findShared } from "./shared-identifiers.ts";
import { collectEdges, compareEdges, type OpenClaim, openClaims } from "./strong-edges.ts";
import { collectPointers, findContested, findSubjects, type Pointers } from "./subjects.ts";
import type { Elsewhere, Link, NodeKey, PairState, Refusal, Timeline } from "./types.ts";
import { findVouching, type Vouching } from "./vouching.ts";

export interface Settled {
	clusters: Clusters;
	vouching: Vouching;
	shared: Set<NodeKey>;
	open: OpenClaim[];
	pointers: Pointers;
	pairs: DevicePairs;
	devices: DeviceJudge;
	links: Link[];
	refusals: Refusal[];
	/** Devices that are shared by what servers say alone. */
	sharedByServers: Set<Timeline>;
	/** Of each userId that an unlink parts from a device: who is one person with it by what servers say alone. */
	unlinkedByServers: Map<NodeKey, Set<NodeKey>>;
}

export function settleClusters(
	timelines: readonly Timeline[],
	registers: readonly PairState[],
	elsewhere: Elsewhere,
): Settled {
	const claims = timelines.flatMap(({ visits }) => visits.flatMap((visit) => visit.claims));

	// Rule 8.
	const vouching = findVouching(timelines, registers);
	const shared = findShared(claims, registers, vouching);
	for (const node of elsewhere.shared) shared.add(node);
	const open = openClaims(claims, shared);

	// Rule 9. Everyone who is named has a cluster, if only their own.
	const clusters = createClusters(registers, vouching.tied);
	for (const claim of claims) for (const node of claim.nodes) clusters.of(node);
	for (const { kind, a, b } of registers) {
		for (const node of [a, b]) if (kind === "alias" && isUser(node)) clusters.of(node);
	}
	const links: Link[] = [];
	const refusals: Refusal[] = [];
	const tryEdge = (edge: Link, isServers: boolean) => {
		const fault = clusters.join(edge.a, edge.b, { isAlias: edge.rule === "alias", isServers });
		if (fault === null) links.push(edge);
		else refusals.push({ ...edge, ...fault });
	};
	const tryComplements = (complements: Complement[], isServers: boolean) => {
		for (const { isServers: areServers, ...edge } of complements.sort(compareEdges)) {
			const isOne = clusters.of(edge.a) === clusters.of(edge.b);
			if (areServers === isServers && !isOne && !isHandover(edge.a, edge.b, clusters)) tryEdge(edge, isServers);
		}
	};

	// Rules 13 and 14, on the clusters as they are.
	const pointers = collectPointers(open, vouching);
	const pairs = createDevicePairs(registers, shared);
	const devices = createDeviceJudge(clusters, vouching.carried, elsewhere.others);
	/** Of devices with so many turns, those whose claims are left out counted. To find them costs as much as a device has claims: most have none. */
	const findTurns = (turnsMin: number, trust: "server" | "any"): [Timeline, Turn[]][] => {
		const isHeard = ({ isServers }: { isServers: boolean }) => trust === "any" || isServers;
		const isPart = ({ key }: Timeline) => elsewhere.others.has(key);
		const busy = timelines.filter((one) => isPart(one) || countTurns(one, pairs, trust) >= turnsMin);
		if (busy.length === 0) return [];
		const subjects = findSubjects(open, pointers, findContested(pointers, clusters), vouching);
		return busy
			.map((one): [Timeline, Turn[]] => [one, collectTurns(one, subjects, pairs.aliasesOf(one.devices))])
			.filter(([one, turns]) => {
				const heard = [...turns, ...devices.othersOf(one)].filter(isHeard);
				return heard.length >= turnsMin || (trust === "any" && isPart(one));
			});
	};
	const findComplements = (isServers: boolean): Complement[] =>
		findTurns(2, isServers ? "server" : "any").flatMap(([timeline, turns]) =>
			devices.isShared(timeline, isServers ? "serverTier" : "publicTier", turns)
				? []
				: complementEdges(turns, clusters),
		);
	const findSharedByServers = (): Set<Timeline> => {
		const shared = findTurns(SHARED_DEVICE_PEOPLE_MIN, "server").filter(([timeline, turns]) =>
			devices.isShared(timeline, "servers", turns.filter(isServersTurn)),
		);
		return new Set(shared.map(([timeline]) => timeline));
	};

	const edges = collectEdges(open, registers, shared);
	for (const edge of edges) if (edge.rule !== "public") tryEdge(edge, true);
	tryComplements(findComplements(true), true);
	const sharedByServers = findSharedByServers();
	const unlinkedByServers = new Map(pairs.unlinkedUsers().map((user) => [user, new Set(clusters.find(user)?.members)]));
	for (const edge of edges) if (edge.rule === "public") tryEdge(edge, false);
	tryComplements(findComplements(false), false);

	return {
		clusters,
		vouching,
		shared,
		open,
		pointers,
		pairs,
		devices,
		links,
		// What a later edge joined all the same was not kept apart.
		refusals: refusals.filter(({ a, b }) => clusters.of(a) !== clusters.of(b)),
		sharedByServers,
		unlinkedByServers,
	};
}

function isServersTurn({ isServers }: Turn): boolean {
	return isServers;
}

/** An upper bound: a claim of which all is shared makes no turn. */
function countTurns({ devices, visits }: Timeline, pairs: DevicePairs, trust: "server" | "any"): number {
	if (devices.length === 0) return 0;
	let count = 0;
	for (const { claims } of visits) {
		for (const { serverFirst } of claims) if (trust === "any" || serverFirst !== null) count++;
	}
	for (const alias of pairs.aliasesOf(devices)) if (trust === "any" || alias.trust === "server") count++;
	return count;
}
