/**
 * Rules 13 and 14: who is known on a device, and what their turns on it say.
 */
import type { Position } from "../model.ts";
import { type Cluster, type Clusters, kindsOf } from "./clusters.ts";
import type { AliasOfDevice } from "./device-pairs.ts";
import { SHARED_DEVICE_PEOPLE_MIN } from "./limits.ts";
import { compareText, kindOf } from "./node-key.ts";
import { comparePositions } from "./position.ts";
import type { Subjects } from "./subjects.ts";
import { segmentAt } from "./timeline.ts";
import type { Link, NodeKey, Timeline } from "./types.ts";

/** Someone is known on a device from here on: a claim with a subject, or an alias of a userId and the device. */
export interface Turn {
	at: Position;
	/** The cluster of this node is who. */
	subject: NodeKey;
	/** Index of the segment that the turn lies in. */
	segment: number;
	/** A server says so. */
	isServers: boolean;
}

/** An edge of the last tier; `isServers` where servers say both turns. */
export type Complement = Link & { isServers: boolean };

/** @returns turns of the device, ascending; none for a stream without a device */
export function collectTurns(timeline: Timeline, subjects: Subjects, aliases: readonly AliasOfDevice[]): Turn[] {
	if (timeline.devices.length === 0) return [];
	const turns: Turn[] = [];
	for (const { claims, segment } of timeline.visits) {
		for (const claim of claims) {
			const subject = subjects.get(claim);
			if (subject === undefined) continue;
			turns.push({ at: claim.first, subject, segment, isServers: claim.serverFirst !== null });
		}
	}
	if (aliases.length === 0) return turns;
	for (const { at, user, trust } of aliases) {
		turns.push({ at, subject: user, segment: segmentAt(timeline.segments, at), isServers: trust === "server" });
	}
	return turns.sort((x, y) => comparePositions(x.at, y.at));
}

/**
 * Three or more people, each known by the same type of identifier, on the clusters as they are now. Whoever servers
 * know is known by what servers say: what strangers put beside such people makes their devices no shared ones.
 *
 * @param carried identifiers that a server event carries
 */
export function isSharedDevice(turns: readonly Turn[], clusters: Clusters, carried: ReadonlySet<NodeKey>): boolean {
	if (turns.length < SHARED_DEVICE_PEOPLE_MIN) return false;
	const people = new Set<Cluster>(turns.map((turn) => clusters.of(turn.subject)));
	if (people.size < SHARED_DEVICE_PEOPLE_MIN) return false;
	const knownBy = new Map<string, number>();
	for (const { members } of people) {
		const vouched = members.filter((node) => carried.has(node));
		const kinds = new Set((vouched.length > 0 ? vouched : members).map(kindOf));
		for (const kind of kinds) knownBy.set(kind, (knownBy.get(kind) ?? 0) + 1);
	}
	return [...knownBy.values()].some((count) => count >= SHARED_DEVICE_PEOPLE_MIN);
}

/**
 * Edges of the last tier: two consecutive turns of different people in one segment, supported where the later begins.
 *
 * @param turns ascending, of one device that is not shared
 */
export function complementEdges(turns: readonly Turn[], clusters: Clusters): Complement[] {
	const edges: Complement[] = [];
	for (const [index, { subject: other, at, segment, isServers }] of turns.entries()) {
		const before = turns[index - 1];
		if (before?.segment !== segment || clusters.of(before.subject) === clusters.of(other)) continue;
		const [a, b] = compareText(before.subject, other) < 0 ? [before.subject, other] : [other, before.subject];
		edges.push({ a, b, rule: "complement", at, isServers: isServers && before.isServers });
	}
	return edges;
}

/** Two mails or two userIds are a handover; only people who share no type of identifier may be one. */
export function isHandover(a: NodeKey, b: NodeKey, clusters: Clusters): boolean {
	const known = kindsOf(clusters.of(a));
	return [...kindsOf(clusters.of(b))].some((kind) => known.has(kind));
}
