/**
 * From where something changed, the set of streams that could be touched (rule 17).
 *
 * The walk goes from a stream to its identifiers, from an identifier to the streams that carry it, and over
 * pairs that a statement joins or parts. It stops at identifiers that are known to be shared (shared-marks.ts), and on a
 * device that is known to be (shared-device.ts) it goes no further than to who stands beside somebody that it came by. Linked
 * devices it goes through, whoever uses them: taking in too much costs time and changes nothing.
 */
import { foldRegisters, isDevice, isUnattributed, type NodeKey, type Statement } from "../../identity/index.ts";
import { readMemories } from "./device-memory.ts";
import { type Beginning, nodesOf, readCarriers, readStatements, readStreams, type StreamRow } from "./graph-rows.ts";
import type { GraphSql } from "./graph-sql.ts";
import { type DeviceMemory, SharedDevice } from "./shared-device.ts";
import { claimsOf, isStillShared, readMarks, type SharedMark } from "./shared-marks.ts";

export interface Component {
	/** By stream key; those that only a statement names have no claims. */
	streams: Map<string, StreamRow>;
	/** Identifiers that the walk went through. */
	nodes: Set<NodeKey>;
	/** Shared identifiers that it stopped at. */
	shared: Set<NodeKey>;
	/** Shared devices of which it took in no more than the claims of people that it went through. */
	devices: Map<NodeKey, SharedDevice>;
	/** About the component's people. */
	statements: Statement[];
	/** Those, and what its streams must hear of besides. */
	facts: Statement[];
	/** Claims of its streams, on shared devices those of its people. */
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
	/** Walk through shared devices too. */
	throughDevices?: boolean;
	bounds?: Bounds | null;
}

/** Gathers all that the changed identifiers and streams can touch. */
export function gatherComponent(
	sql: GraphSql,
	begin: Pick<Beginning, "streams" | "nodes">,
	options: WalkOptions = {},
): Component {
	return new Walk(sql, options).from(begin);
}

export class Walk {
	private readonly streams = new Map<string, StreamRow>();
	private readonly nodes = new Set<NodeKey>();
	private readonly marks = new Map<NodeKey, SharedMark>();
	private readonly devices = new Map<NodeKey, SharedDevice>();
	/** Devices that were found to be shared no longer. */
	private readonly lapsed = new Set<NodeKey>();
	private readonly statements = new Map<string, Statement>();
	/** About shared identifiers, and about what streams of nobody and shared devices carry. */
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
		return this.goOn();
	}

	/** Goes on through devices that the rules over the component found to be shared no longer. */
	through(devices: Iterable<NodeKey>): Component {
		for (const device of devices) {
			this.lapsed.add(device);
			this.devices.delete(device);
			// Whom statements name beside it was left out.
			this.nodes.delete(device);
			this.front.add(device);
			this.takeIn(this.streams.get(device) as StreamRow);
		}
		return this.goOn();
	}

	private goOn(): Component {
		for (let isDone = false; !isDone && !this.isBeyond; ) {
			while (this.front.size > 0 && !this.isBeyond) this.step();
			const lapsed = this.isBeyond ? [] : this.findLapsed();
			isDone = lapsed.length === 0;
			this.passThrough(lapsed);
		}
		const { devices, nodes } = this;
		const claims = [...devices.values()].reduce((sum, device) => sum + device.claimsOf(nodes), this.claims);
		const statements = [...this.statements.values()].filter((statement) => !this.isOfOthers(statement));
		return {
			streams: this.streams,
			nodes,
			shared: new Set(this.marks.keys()),
			devices,
			statements,
			facts: [...new Map([...this.statements, ...this.asides]).values()],
			claims,
			isBeyond: this.isBeyond || claims > this.claimsMax(),
		};
	}

	private claimsMax(): number {
		return this.options.bounds?.claimsMax ?? Number.POSITIVE_INFINITY;
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
		for (const device of this.devices.values()) for (const node of device.beside(nodes)) this.front.add(node);
		this.readRows([...wanted].filter((stream) => !this.streams.get(stream)?.claims));
		const passed = new Set(nodes);
		const named = new Set<NodeKey>();
		for (const statement of readStatements(this.sql, nodes)) {
			this.statements.set(JSON.stringify(statement), statement);
			const ends = nodesOf(statement);
			for (const node of ends) named.add(node);
			// Consent and erasure act on whoever carries the identifier; they make nobody one.
			if (isHeardOnly(statement)) continue;
			// Whom a shared device is joined to or parted from is remembered like its claims.
			const isOpen = ends.some((node) => passed.has(node) && !this.devices.has(node));
			if (isOpen) for (const node of ends) this.front.add(node);
		}
		// A statement may name a device that has never spoken: facts about it wait in its shard.
		for (const node of nodes) {
			const isUnheard = isDevice(node) && !this.streams.has(node) && named.has(node);
			if (isUnheard) this.streams.set(node, { stream: node, claims: null, told: 0 });
		}
	}

	private readRows(wanted: readonly string[]): void {
		const rows = readStreams(this.sql, wanted);
		const memories = this.readMemories(rows);
		for (const row of rows) {
			this.streams.set(row.stream, row);
			this.meet(row.stream);
			const memory = memories.get(row.stream);
			if (memory === undefined || !this.stopAt(row, memory)) this.takeIn(row);
		}
		this.isBeyond ||= this.claims > this.claimsMax();
	}

	private takeIn(row: StreamRow): void {
		const carried = row.claims?.nodes ?? [];
		if (isUnattributed(row.stream)) {
			// What statements of nobody's stream name has nothing in common: it must hear of erasures, no more.
			this.hearAside(carried);
			return;
		}
		this.claims += claimsOf(row).length;
		for (const node of carried) this.front.add(node);
	}

	private readMemories(rows: readonly StreamRow[]): Map<string, DeviceMemory> {
		const { throughShared, throughDevices } = this.options;
		if (throughShared || throughDevices) return new Map();
		return readMemories(
			this.sql,
			rows.map(({ stream }) => stream).filter((stream) => isDevice(stream) && !this.lapsed.has(stream)),
		);
	}

	/** @returns false where the device is not one by itself any more */
	private stopAt({ stream, claims }: StreamRow, memory: DeviceMemory): boolean {
		if (!claims?.timeline) return false;
		const about = this.hearAside(new Set([...claims.nodes, stream])).filter((one) => nodesOf(one).includes(stream));
		const pairs = foldRegisters(about);
		if (pairs.some(({ kind }) => kind === "link")) return false;
		const device = new SharedDevice(claims.timeline, pairs, memory);
		this.devices.set(stream, device);
		this.front.add(stream);
		for (const node of [...device.changed(), ...device.beside(this.nodes)]) this.front.add(node);
		return true;
	}

	private hearAside(nodes: Iterable<NodeKey>): Statement[] {
		const statements = readStatements(this.sql, [...nodes]);
		for (const statement of statements) {
			if (isHeardOnly(statement)) this.asides.set(JSON.stringify(statement), statement);
		}
		return statements;
	}

	private meet(name: string): void {
		this.isBeyond ||= this.options.bounds?.known.has(name) ?? false;
	}

	/** Identifiers whose mark no longer shows that they are shared: they are judged again, with all that carry them. */
	private findLapsed(): NodeKey[] {
		const rows = [...this.streams.values()];
		return [...this.marks.values()].filter((mark) => !isStillShared(this.sql, mark, rows)).map(({ node }) => node);
	}

	/** Whether it joins a shared device to somebody that the walk did not come by, or parts them. */
	private isOfOthers(statement: Statement): boolean {
		if (isHeardOnly(statement)) return false;
		const ends = nodesOf(statement);
		return ends.some((node) => this.devices.has(node)) && ends.some((node) => !this.nodes.has(node));
	}
}

/** Makes nobody one. */
function isHeardOnly({ kind }: Statement): boolean {
	return kind === "consent" || kind === "erase";
}
