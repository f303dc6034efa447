/**
 * Rules 13 and 14: who is known on a device, and what their turns on it say.
 */
import type { Position } from "../model.ts";
import { type Clusters, kindsOf } from "./clusters.ts";
import type { AliasOfDevice } from "./device-pairs.ts";
import { compareText } from "./node-key.ts";
import { comparePositions } from "./position.ts";
import type { Subjects } from "./subjects.ts";
import { segmentAt } from "./timeline.ts";
import type { Claim, Link, NodeKey, Timeline } from "./types.ts";

/** Someone is known on a device from here on: a claim with a subject, or an alias of a userId and the device. */
export interface Turn {
	at: Position;
	/** The cluster of this node is who. */
	subject: NodeKey;
	/** Index of the segment that the turn lies in. */
	segment: number;
	/** A server says so. */
	isServers: boolean;
	/** What says so; null: the alias. */
	claim: Claim | null;
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
			turns.push({ at: claim.first, subject, segment, isServers: claim.serverFirst !== null, claim });
		}
	}
	if (aliases.length === 0) return turns;
	for (const { at, user, trust } of aliases) {
		const segment = segmentAt(timeline.segments, at);
		turns.push({ at, subject: user, segment, isServers: trust === "server", claim: null });
	}
	return turns.sort((x, y) => comparePositions(x.at, y.at));
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
