/** The pure rules over a component: who is who there, and the answer for each of its streams. */
import {
	type ClusterResolution,
	comparePositions,
	cutTimeline,
	type DeviceAnswer,
	foldRegisters,
	isDevice,
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
import { EMPTY_ANSWER } from "../no-answer.ts";
import { type Bounds, type Component, Walk, type WalkOptions } from "./component.ts";
import { type Beginning, nodesOf, type StreamRow } from "./graph-rows.ts";
import type { GraphSql } from "./graph-sql.ts";
import { type DeviceMemory, SharedDevice } from "./shared-device.ts";

export interface Resolved {
	resolution: ClusterResolution;
	registers: PairState[];
	timelines: Timeline[];
	/** By stream. */
	answers: Map<string, StreamAnswer>;
	/** What is to be remembered of the shared devices among its streams. */
	memories: Map<string, DeviceMemory>;
}

export interface Computed {
	component: Component;
	resolved: Resolved;
}

/**
 * Gathers a component and resolves it, going on through shared devices until each at which the walk stopped is shared still
 * by who its people are now.
 */
export function computeComponent(
	sql: GraphSql,
	begin: Pick<Beginning, "streams" | "nodes">,
	options: Omit<WalkOptions, "bounds"> = {},
): Computed {
	return compute(new Walk(sql, options), begin) as Computed;
}

/** The same; null where the walk was given up. */
export function computeWithin(
	sql: GraphSql,
	begin: Pick<Beginning, "streams" | "nodes">,
	bounds: Bounds,
	options: Omit<WalkOptions, "bounds"> = {},
): Computed | null {
	return compute(new Walk(sql, { ...options, bounds }), begin);
}

function compute(walk: Walk, begin: Pick<Beginning, "streams" | "nodes">): Computed | null {
	let component = walk.from(begin);
	while (!component.isBeyond) {
		const resolved = resolveComponent(component);
		const { lapsed } = resolved.resolution;
		if (lapsed.size === 0) return { component, resolved };
		component = walk.through(lapsed);
	}
	return null;
}

function resolveComponent(component: Component): Resolved {
	const { streams, nodes, devices, statements, facts, shared } = component;
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
			const isUnheard = claims === null && isDevice(stream);
			const whole = claims?.timeline ?? (claims?.lights || isUnheard ? cutGroup([stream], streams) : null);
			const own = devices.get(stream)?.partOf(nodes) ?? whole;
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
	const others = new Map([...devices].map(([stream, device]) => [stream, device.othersThan(nodes)]));
	const resolution = resolveClusters(timelines, registers, { shared, others });
	const memories = resolution.lapsed.size > 0 ? new Map() : rememberDevices(component, registers, resolution);
	for (const [stream, device] of devices) {
		const memory = memories.get(stream);
		const found = resolution.answers.get(stream);
		if (memory && found) resolution.answers.set(stream, device.answer(memory, found.shared));
	}
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
	const whole = timelines.map((timeline) =>
		devices.has(timeline.key) ? (streams.get(timeline.key)?.claims?.timeline ?? timeline) : timeline,
	);
	return { resolution, registers, timelines: whole, answers, memories };
}

/** Of every device by itself that joins nobody. */
function rememberDevices(
	{ streams, nodes, devices }: Component,
	registers: readonly PairState[],
	resolution: ClusterResolution,
): Map<string, DeviceMemory> {
	const memories = new Map<string, DeviceMemory>();
	const named = registers.flatMap((pair) => [pair.a, pair.b].filter(isDevice).map((device) => ({ device, pair })));
	const pairsOf = Map.groupBy(named, ({ device }) => device);
	for (const stream of resolution.known.keys()) {
		const timeline = streams.get(stream)?.claims?.timeline;
		const pairs = (pairsOf.get(stream) ?? []).map(({ pair }) => pair);
		if (!timeline || pairs.some(({ kind }) => kind === "link")) continue;
		const device = devices.get(stream) ?? new SharedDevice(timeline, pairs);
		memories.set(stream, device.remember(nodes, resolution));
	}
	return memories;
}

/** One spelling for equal answers, whatever order the walk came by. */
function inOrder({ owners, shared, ignored, heard, handovers, aliasClaims }: DeviceAnswer): DeviceAnswer {
	return {
		owners: Object.fromEntries(Object.entries(owners).sort(([a], [b]) => (a < b ? -1 : 1))),
		shared,
		ignored: [...ignored].sort(),
		...(heard !== undefined && { heard: [...heard].sort() }),
		...(handovers !== undefined && { handovers }),
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
