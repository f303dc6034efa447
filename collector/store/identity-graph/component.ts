/**
 * One recompute: from where something changed, the set of streams that could be touched (rule 17),
 * the pure rules over it, and the answer for each of its streams.
 *
 * The walk goes from a stream to its identifiers, from an identifier to the streams that carry it, and over
 * pairs that a statement joins or parts. It stops at identifiers that are known to be shared (shared-marks.ts) and goes
 * through shared devices, which is more than rule 17 asks: taking in too much costs time and changes nothing.
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
import { EMPTY_ANSWER } from "../no-answer.ts";
import { type Beginning, nodesOf, readCarriers, readStatements, readStreams, type StreamRow } from "./graph-rows.ts";
import type { GraphSql } from "./graph-sql.ts";
import { claimsOf, isStillShared, readMarks, type SharedMark } from "./shared-marks.ts";

export interface Component {
	/** By stream key; those that only a statement names have no claims. */
	streams: Map<string, StreamRow>;
	/** Identifiers that the walk went through. */
	nodes: Set<NodeKey>;
	/** Shared identifiers that it stopped at. */
	shared: Set<NodeKey>;
	/** About the component's people. */
	statements: Statement[];
	/** Those, and what its streams must hear of besides. */
	facts: Statement[];
	/** Claims of its streams. */
	claims: number;
	/** The walk was given up: see {@link Bounds}. */
	isBeyond: boolean;
}

export interface Bounds {
	/** The walk is given up at more claims than this. */
	claimsMax: number;
	/** Identifiers and streams of components that are known to be larger: the walk is given up where it meets one. */
	known: ReadonlySet<string>;
}

export interface WalkOptions {
	/** Streams that are to be answered even if nothing is known of them any more. */
	asking?: Iterable<string>;
	/** Walk through shared identifiers too: what is shared today need not have been on another day. */
	throughShared?: boolean;
	bounds?: Bounds | null;
}

const DEVICE_PREFIX = "anonymousId=";

/** Gathers all that the changed identifiers and streams can touch. */
export function gatherComponent(
	sql: GraphSql,
	begin: Pick<Beginning, "streams" | "nodes">,
	options: WalkOptions = {},
): Component {
	return new Walk(sql, options).from(begin);
}

class Walk {
	private readonly streams = new Map<string, StreamRow>();
	private readonly nodes = new Set<NodeKey>();
	private readonly marks = new Map<NodeKey, SharedMark>();
	private readonly statements = new Map<string, Statement>();
	/** About shared identifiers, and about what streams of nobody carry. */
	private readonly asides = new Map<string, Statement>();
	private readonly sql: GraphSql;
	private readonly options: WalkOptions;
	private claims = 0;
	private isBeyond = false;
	private front = new Set<NodeKey>();

	constructor(sql: GraphSql, options: WalkOptions) {
		this.sql = sql;
		this.options = options;
	}

	from({ streams, nodes }: Pick<Beginning, "streams" | "nodes">): Component {
		const { asking = [] } = this.options;
		for (const stream of asking) this.streams.set(stream, { stream, claims: null, told: 0 });
		this.readRows([...streams, ...this.streams.keys()]);
		// A stream is the log of an identifier, of which statements may speak.
		for (const stream of [...streams, ...asking]) if (!isUnattributed(stream)) this.front.add(stream);
		// More may have changed about these than a mark can tell.
		this.passThrough([...nodes]);
		for (let isDone = false; !isDone && !this.isBeyond; ) {
			while (this.front.size > 0 && !this.isBeyond) this.step();
			const lapsed = this.isBeyond ? [] : this.findLapsed();
			isDone = lapsed.length === 0;
			this.passThrough(lapsed);
		}
		const statements = [...this.statements.values()];
		return {
			streams: this.streams,
			nodes: this.nodes,
			shared: new Set(this.marks.keys()),
			statements,
			facts: [...new Map([...this.statements, ...this.asides]).values()],
			claims: this.claims,
			isBeyond: this.isBeyond,
		};
	}

	/** From the identifiers met last to the streams that carry them. */
	private step(): void {
		const met = [...this.front].filter((node) => !this.nodes.has(node) && !this.marks.has(node));
		this.front = new Set();
		const marks = this.options.throughShared ? [] : readMarks(this.sql, met);
		for (const mark of marks) this.marks.set(mark.node, mark);
		for (const statement of readStatements(
			this.sql,
			marks.map(({ node }) => node),
		)) {
			if (isHeardOnly(statement)) this.asides.set(JSON.stringify(statement), statement);
		}
		this.passThrough(met.filter((node) => !this.marks.has(node)));
	}

	private passThrough(nodes: readonly NodeKey[]): void {
		if (nodes.length === 0) return;
		for (const node of nodes) {
			this.marks.delete(node);
			this.nodes.add(node);
			this.meet(node);
		}
		const wanted = new Set<string>(nodes);
		for (const { stream } of readCarriers(this.sql, nodes)) wanted.add(stream);
		const named = new Set<NodeKey>();
		for (const statement of readStatements(this.sql, nodes)) {
			this.statements.set(JSON.stringify(statement), statement);
			for (const node of nodesOf(statement)) {
				named.add(node);
				// Consent and erasure act on whoever carries the identifier; they make nobody one.
				if (!isHeardOnly(statement)) this.front.add(node);
			}
		}
		this.readRows([...wanted].filter((stream) => !this.streams.get(stream)?.claims));
		// A statement may name a device that has never spoken: facts about it wait in its shard.
		for (const node of nodes) {
			const isUnheard = node.startsWith(DEVICE_PREFIX) && !this.streams.has(node) && named.has(node);
			if (isUnheard) this.streams.set(node, { stream: node, claims: null, told: 0 });
		}
	}

	private readRows(wanted: readonly string[]): void {
		for (const row of readStreams(this.sql, wanted)) {
			this.streams.set(row.stream, row);
			this.meet(row.stream);
			const carried = row.claims?.nodes ?? [];
			if (isUnattributed(row.stream)) {
				// What statements of nobody's stream name has nothing in common: it must hear of erasures, no more.
				for (const statement of readStatements(this.sql, carried)) {
					this.asides.set(JSON.stringify(statement), statement);
				}
				continue;
			}
			this.claims += claimsOf(row).length;
			for (const node of carried) this.front.add(node);
		}
		this.isBeyond ||= this.claims > (this.options.bounds?.claimsMax ?? Number.POSITIVE_INFINITY);
	}

	private meet(name: string): void {
		this.isBeyond ||= this.options.bounds?.known.has(name) ?? false;
	}

	/** Identifiers whose mark no longer shows that they are shared: they are judged again, with all that carry them. */
	private findLapsed(): NodeKey[] {
		const rows = [...this.streams.values()];
		return [...this.marks.values()].filter((mark) => !isStillShared(this.sql, mark, rows)).map(({ node }) => node);
	}
}

/** Makes nobody one. */
function isHeardOnly({ kind }: Statement): boolean {
	return kind === "consent" || kind === "erase";
}

export interface Resolved {
	resolution: ClusterResolution;
	registers: PairState[];
	timelines: Timeline[];
	/** By stream. */
	answers: Map<string, StreamAnswer>;
}

export function resolveComponent(component: Component): Resolved {
	const { streams, statements, facts, shared } = component;
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
	const resolution = resolveClusters(timelines, registers, shared);
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
