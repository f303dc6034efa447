/**
 * One recompute: from where something changed, the set of streams that could be touched (rule 17),
 * the pure rules over it, and the answer for each of its streams.
 *
 * The walk goes from a stream to its identifiers, from an identifier to the streams that carry it,
 * and over pairs that a statement joins or parts. Taking in too much costs time and changes nothing;
 * what it takes in is always closed under the rules.
 */
import {
	type ClusterResolution,
	comparePositions,
	cutTimeline,
	type DeviceAnswer,
	foldRegisters,
	isUnattributed,
	type LightEvent,
	linkedGroups,
	type NodeKey,
	type PairState,
	resolveClusters,
	type Statement,
	type Timeline,
} from "../../identity/index.ts";
import type { Position } from "../../model.ts";
import type { StreamAnswer, StreamClaims } from "../messages.ts";
import type { Sql } from "../ports.ts";
import { nodesOf, readCarriers, readStatements, readStreams, type StreamRow } from "./graph-rows.ts";

export interface Component {
	/** By stream key; those that only a statement names have no claims. */
	streams: Map<string, StreamRow>;
	nodes: Set<NodeKey>;
	/** About the component's people. */
	statements: Statement[];
	/** Those, and what streams of nobody must hear of besides. */
	facts: Statement[];
}

const DEVICE_PREFIX = "anonymousId=";

/**
 * Gathers all that the changed nodes (or streams) can touch.
 * @param asking streams that are to be answered even if nothing is known of them any more
 */
export function gatherComponent(sql: Sql, begin: Iterable<NodeKey>, asking: Iterable<string> = []): Component {
	const streams = new Map<string, StreamRow>([...asking].map((stream) => [stream, { stream, claims: null, told: 0 }]));
	for (const row of readStreams(sql, [...streams.keys()])) streams.delete(row.stream);
	const nodes = new Set<NodeKey>();
	const statements = new Map<string, Statement>();
	const asides = new Map<string, Statement>();
	let front = new Set<NodeKey>([...begin, ...asking]);
	while (front.size > 0) {
		const asked = [...front].filter((node) => !nodes.has(node));
		for (const node of asked) nodes.add(node);
		front = new Set();
		const wanted = new Set<string>(asked);
		for (const { stream } of readCarriers(sql, asked)) wanted.add(stream);
		for (const statement of readStatements(sql, asked)) {
			statements.set(JSON.stringify(statement), statement);
			// Consent and erasure act on whoever carries the identifier; they make nobody one.
			const reached = statement.kind === "consent" || statement.kind === "erase" ? [] : nodesOf(statement);
			for (const node of reached) if (!nodes.has(node)) front.add(node);
		}
		for (const row of readStreams(
			sql,
			[...wanted].filter((stream) => !streams.has(stream)),
		)) {
			streams.set(row.stream, row);
			const carried = row.claims?.nodes ?? [];
			if (isUnattributed(row.stream)) {
				// What statements of nobody's stream name has nothing in common: it must hear of erasures, no more.
				for (const statement of readStatements(sql, carried)) asides.set(JSON.stringify(statement), statement);
				continue;
			}
			for (const node of carried) if (!nodes.has(node)) front.add(node);
		}
		// A statement may name a device that has never spoken: facts about it wait in its shard.
		for (const node of asked) {
			if (node.startsWith(DEVICE_PREFIX) && !streams.has(node)) {
				const named = [...statements.values()].some((statement) => nodesOf(statement).includes(node));
				if (named) streams.set(node, { stream: node, claims: null, told: 0 });
			}
		}
	}
	const facts = [...new Map([...statements, ...asides]).values()];
	return { streams, nodes, statements: [...statements.values()], facts };
}

export interface Resolved {
	resolution: ClusterResolution;
	registers: PairState[];
	timelines: Timeline[];
	/** By stream. */
	answers: Map<string, StreamAnswer>;
}

const EMPTY_ANSWER: DeviceAnswer = { owners: {}, shared: false, ignored: [], aliasClaims: [] };

export function resolveComponent(component: Component): Resolved {
	const { streams, statements, facts } = component;
	const registers = foldRegisters(statements);
	const groupOf = new Map<NodeKey, NodeKey[]>();
	for (const group of linkedGroups(registers)) {
		const sorted = [...group].sort();
		for (const node of sorted) groupOf.set(node, sorted);
	}
	const timelines: Timeline[] = [];
	const timelineOf = new Map<string, Timeline>();
	for (const { stream, claims } of streams.values()) {
		const group = groupOf.get(stream);
		if (group === undefined) {
			// Lights without a group: the link was undone and the stream has not spoken since. A device that never
			// spoke may be named by an alias or an unlink all the same.
			const isDevice = claims === null && stream.startsWith(DEVICE_PREFIX);
			const own = claims?.timeline ?? (claims?.lights || isDevice ? cutGroup([stream], streams) : null);
			if (own !== null) {
				timelines.push(own);
				timelineOf.set(stream, own);
			}
			continue;
		}
		if (timelineOf.has(stream)) continue;
		const timeline = cutGroup(group, streams);
		timelines.push(timeline);
		for (const member of group) timelineOf.set(member, timeline);
	}
	const resolution = resolveClusters(timelines, registers);
	const answers = new Map<string, StreamAnswer>();
	for (const { stream, claims } of streams.values()) {
		const timeline = timelineOf.get(stream);
		const carried = new Set([stream, ...(claims?.nodes ?? [])]);
		const isLinked = groupOf.has(stream);
		const about = facts
			.filter((statement) => nodesOf(statement).some((node) => carried.has(node)))
			.sort((a, b) => comparePositions(a.at, b.at));
		answers.set(stream, {
			consents: about.filter(
				(statement) => statement.kind === "consent" && !isAbout(statement, stream),
			) as StreamAnswer["consents"],
			erasures: about.filter((statement) => statement.kind === "erase") as StreamAnswer["erasures"],
			linked: isLinked,
			timeline: isLinked ? (timeline ?? null) : null,
			answer: inOrder(timeline === undefined ? EMPTY_ANSWER : (resolution.answers.get(timeline.key) ?? EMPTY_ANSWER)),
		});
	}
	return { resolution, registers, timelines, answers };
}

/** One spelling for equal answers, whatever order the walk came by. */
function inOrder({ owners, shared, ignored, aliasClaims }: DeviceAnswer): DeviceAnswer {
	return {
		owners: Object.fromEntries(Object.entries(owners).sort(([a], [b]) => (a < b ? -1 : 1))),
		shared,
		ignored: [...ignored].sort(),
		aliasClaims: [...aliasClaims].sort((a, b) => comparePositions(a.at, b.at)),
	};
}

/** A device's consent about itself alone never leaves its stream. */
function isAbout(statement: Statement, stream: string): boolean {
	return statement.kind === "consent" && statement.nodes.every((node) => node === stream);
}

/** Linked devices are one: their events are cut together, and a reset of any cuts all. */
function cutGroup(group: NodeKey[], streams: ReadonlyMap<string, StreamRow>): Timeline {
	const lights: LightEvent[] = [];
	const resets: Position[] = [];
	for (const member of group) {
		const claims: StreamClaims | null = streams.get(member)?.claims ?? null;
		if (claims?.lights) {
			lights.push(...claims.lights.events);
			resets.push(...claims.lights.resets);
		}
	}
	lights.sort((a, b) => comparePositions(a.at, b.at));
	resets.sort(comparePositions);
	return cutTimeline({ key: group[0] as string, devices: group, lights, resets });
}
