/**
 * The graph's background work: takes the oldest marks, computes again what they can touch, tells every stream whose answer
 * changed, and only then lets the marks go, so that a crash anywhere repeats it.
 *
 * What a stream's claims change is mostly its own answer. While nothing else is under way that answer is computed at once and
 * goes back with the receipt: no mark, no message, and the graph has nothing left to do.
 *
 * A component of very many claims would keep the graph busy for nothing but itself: it is computed at most
 * once a minute, and what asks for it meanwhile is put aside (rule 17).
 */
import { createHasher, type Hash, isDevice, isUnattributed, kindOf } from "../../identity/index.ts";
import { CODE_RULES_VERSION, configVersion, type WorkspaceConfig } from "../config.ts";
import type { Outbound } from "../links.ts";
import type { AnswersBody, ClaimsReceipt, GraphDoor, ProfileDoor, StreamAnswer, StreamDoor } from "../messages.ts";
import { isNothing } from "../no-answer.ts";
import type { Alarm, Peers } from "../ports.ts";
import { hash53, shardIndex } from "../sharding.ts";
import { type Component, gatherComponent } from "./component.ts";
import { forgetMemories, saveMemories } from "./device-memory.ts";
import type { GraphMeta } from "./graph-meta.ts";
import {
	beginningOf,
	countMarks,
	deleteDirty,
	forgetStreams,
	isMarked,
	type Mark,
	markAllDirty,
	postpone,
	readDirty,
	recallPostponed,
	saveOwners,
	saveTold,
	writeDrafts,
} from "./graph-rows.ts";
import type { GraphSql } from "./graph-sql.ts";
import { findForgets } from "./idle-streams.ts";
import { type Computed, computeComponent, computeWithin } from "./resolve-component.ts";
import { saveSegments } from "./segments.ts";
import { makeMarks, saveMarks } from "./shared-marks.ts";

export interface GraphLimits {
	/** Marks that one round takes. */
	marksMax: number;
	/** A component of more claims is large. */
	claimsMax: number;
	/** One of more claims is not computed at once: claims that come meanwhile are computed together with these. */
	claimsAtOnceMax: number;
	/** Between two recomputes of large components, ms. */
	largePauseMs: number;
}

export const GRAPH_LIMITS: GraphLimits = {
	marksMax: 50,
	claimsMax: 50_000,
	claimsAtOnceMax: 1_000,
	largePauseMs: 60_000,
};

export interface RecomputePorts {
	sql: GraphSql;
	meta: GraphMeta;
	alarm: Alarm;
	peers: Peers<GraphDoor, StreamDoor, ProfileDoor>;
	outbound: Outbound;
	limits: GraphLimits;
}

export class Recompute {
	private readonly ports: RecomputePorts;
	/** Identifiers and streams of the large components computed last: whatever leads into them waits without being walked. */
	private large: ReadonlySet<string> = new Set();

	constructor(ports: RecomputePorts) {
		this.ports = ports;
	}

	/** Marks left, and settings that streams have not been told. */
	pending(config: WorkspaceConfig): number {
		const { dirty, postponed } = countMarks(this.ports.sql);
		const told = this.ports.meta.read("config_told");
		return dirty + postponed + (told !== undefined && told !== configVersion(config) ? 1 : 0);
	}

	postponed(): number {
		return countMarks(this.ports.sql).postponed;
	}

	/** Whether every answer that was ever sent is acknowledged, and none is owed. */
	isQuiet(config: WorkspaceConfig): boolean {
		const { sql, meta } = this.ports;
		const isTold =
			meta.read("config_told") === configVersion(config) && meta.read("rules") === String(CODE_RULES_VERSION);
		return isTold && countMarks(sql).dirty === 0 && meta.read("telling") === undefined;
	}

	/**
	 * Answers streams whose claims were replaced in the transaction under way. They count as told: each asks again until it has
	 * taken the answer. To be called only where {@link isQuiet} said so before and no round runs, so that no
	 * older answer is on its way.
	 *
	 * @param marks of that replacement; they are to be kept unless all is `done`
	 * @returns null where it is to be computed later
	 */
	answerAtOnce(
		config: WorkspaceConfig,
		marks: ReadonlySet<string>,
		asking: readonly string[],
	): { answers: ClaimsReceipt["answers"]; isDone: boolean } | null {
		const { sql, limits } = this.ports;
		const { streams, nodes, idle } = beginningOf(Array.from(marks, (node) => ({ node })));
		if (idle.size > 0) return null;
		const bounds = { claimsMax: Math.min(limits.claimsAtOnceMax, limits.claimsMax), known: this.large };
		const computed = computeWithin(sql, { streams, nodes }, bounds, { asking });
		if (computed === null) return null;
		const { component, resolved } = computed;
		const digests = new Map(asking.map((stream) => [stream, digestOf(resolved.answers.get(stream) as StreamAnswer)]));
		const isDone = [...resolved.answers].every(
			([stream, answer]) => digests.has(stream) || component.streams.get(stream)?.told === digestOf(answer),
		);
		writeDrafts(sql, digests);
		if (isDone) this.keep(computed, createHasher(config.secret));
		const answers = asking.map((stream) => ({ stream, answer: resolved.answers.get(stream) as StreamAnswer }));
		return { answers, isDone };
	}

	/** @returns whether there is more to do now */
	async round(config: WorkspaceConfig): Promise<boolean> {
		const { sql, meta, limits, alarm } = this.ports;
		this.begin(config);
		const told = meta.read("config_told") ?? "";
		const version = configVersion(config);
		let marks = readDirty(sql, limits.marksMax);
		if (marks.length === 0 && told === version) return false;

		const before = new Set(JSON.parse(meta.read("telling") ?? "[]") as string[]);
		// What a broken round may have told is told again whatever it takes.
		if (before.size === 0) marks = this.putAside(marks);
		const idle = new Set([...beginningOf(marks).idle, ...before]);
		// Who is idle together hangs together on shared devices too.
		const throughDevices = config.settings.idleDays !== null && idle.size > 0;
		const parts = this.compute(marks, before, throughDevices);
		const digests = new Map<string, number>();
		const bodies = new Map<number, AnswersBody>();
		const bodyOf = (shard: number): AnswersBody => {
			const found = bodies.get(shard) ?? { streams: [] };
			bodies.set(shard, found);
			return found;
		};
		if (told !== version) {
			for (let shard = 0; shard < config.streamShards; shard++) bodyOf(shard).config = config;
		}
		const tell = (stream: string, answer: StreamAnswer, acknowledged: number): void => {
			const digest = digestOf(answer);
			if (acknowledged === digest && !before.has(stream)) return;
			digests.set(stream, digest);
			bodyOf(shardIndex(stream, config.streamShards)).streams.push({ stream, answer });
		};
		for (const { component, resolved } of parts) {
			for (const [stream, forget] of findForgets(component, resolved, idle, config, alarm.now())) {
				Object.assign(resolved.answers.get(stream) as StreamAnswer, { forget });
			}
		}
		for (const { component, resolved } of parts) {
			for (const [stream, answer] of resolved.answers) tell(stream, answer, component.streams.get(stream)?.told ?? 0);
		}
		// After a crash these are told again, even where the answer is then the one that they acknowledged before.
		const telling = [...new Set([...before, ...digests.keys()])];
		if (telling.length > before.size) meta.write("telling", JSON.stringify(telling));
		await this.deliver(bodies);
		const hash = createHasher(config.secret);
		const large = parts.filter(({ component }) => component.claims > limits.claimsMax);
		sql.transaction(() => {
			saveTold(sql, digests);
			deleteDirty(sql, marks);
			for (const part of parts) this.keep(part, hash);
			if (told !== version) meta.write("config_told", version);
			if (telling.length > 0) meta.delete("telling");
			if (large.length > 0) meta.write("large_until", String(alarm.now() + limits.largePauseMs));
		});
		if (large.length > 0) this.large = new Set(large.flatMap(namesOf));
		return countMarks(sql).dirty > 0 || meta.read("config_told") !== configVersion(config);
	}

	/** What waited long enough is due again; under new rules of the code every stream is. */
	private begin(config: WorkspaceConfig): void {
		const { sql, meta, alarm } = this.ports;
		const { postponed } = countMarks(sql);
		if (postponed > 0 && this.largeUntil() <= alarm.now()) sql.transaction(() => recallPostponed(sql));
		if (meta.read("rules") === String(CODE_RULES_VERSION)) return;
		sql.transaction(() => {
			// A workspace that was made under these rules has told its shards so.
			if (meta.read("config_told") !== configVersion(config)) markAllDirty(sql);
			forgetMemories(sql);
			meta.write("rules", String(CODE_RULES_VERSION));
		});
	}

	private largeUntil(): number {
		return Number(this.ports.meta.read("large_until") ?? 0);
	}

	/** @returns the marks that do not lead into a large component which was computed within the pause */
	private putAside(marks: Mark[]): Mark[] {
		const { sql, limits, alarm } = this.ports;
		const until = this.largeUntil();
		if (until <= alarm.now()) return marks;
		const bounds = { claimsMax: limits.claimsMax, known: this.large };
		const isBeyond = (some: Mark[]) => gatherComponent(sql, beginningOf(some), { bounds }).isBeyond;
		if (!isBeyond(marks)) return marks;
		const large = marks.filter((mark) => isBeyond([mark]));
		sql.transaction(() => postpone(sql, large));
		alarm.wakeBy(until);
		return marks.filter((mark) => !large.includes(mark));
	}

	/** One component for all marks; where that is large, each for itself, so that none is slowed down by another. */
	private compute(marks: readonly Mark[], asking: ReadonlySet<string>, throughDevices: boolean): Computed[] {
		const { sql, limits } = this.ports;
		const all = computeComponent(sql, beginningOf(marks), { asking, throughDevices });
		if (all.component.claims <= limits.claimsMax || asking.size > 0) return [all];
		let parts: { marks: Mark[]; computed: Computed }[] = [];
		for (const mark of marks) {
			if (parts.some(({ computed }) => isTaken(mark, computed.component))) continue;
			let part = { marks: [mark], computed: computeComponent(sql, beginningOf([mark]), { throughDevices }) };
			// Those that meet, on a shared device or at an identifier that is shared no more, answer for it together.
			for (;;) {
				const { component } = part.computed;
				const met = parts.filter(({ computed }) => haveMet(component, computed.component));
				if (met.length === 0) break;
				parts = parts.filter((other) => !met.includes(other));
				const together = [...met.flatMap((other) => other.marks), ...part.marks];
				part = { marks: together, computed: computeComponent(sql, beginningOf(together), { throughDevices }) };
			}
			parts.push(part);
		}
		return parts.map(({ computed }) => computed);
	}

	private async deliver(bodies: Map<number, AnswersBody>): Promise<void> {
		const { outbound, peers } = this.ports;
		const sends = [...bodies].map(([shard, body]) =>
			outbound.send(`stream/${shard}`, body, (envelope) => peers.stream(shard).acceptAnswers(envelope)),
		);
		const failed = (await Promise.allSettled(sends)).find((result) => result.status === "rejected");
		if (failed !== undefined) throw failed.reason;
	}

	/** Profiles, marks of shared identifiers, what is remembered of shared devices, stretches by name, and no row for a stream of which nothing is known. */
	private keep({ component: { nodes, streams }, resolved }: Computed, hash: Hash): void {
		const { resolution, registers, timelines, answers, memories } = resolved;
		const { sql } = this.ports;
		saveSegments(sql, timelines, resolution.answers, hash, (stream) => isMarked(sql, stream));
		const walked = [...nodes].filter((node) => kindOf(node) !== "anonymousId");
		saveOwners(
			sql,
			resolution.profileOf,
			walked.filter((node) => !resolution.profileOf.has(node)),
		);
		const shared = walked.filter((node) => resolution.sharedNodes.has(node));
		saveMarks(sql, walked, makeMarks(shared, [...streams.values()], registers));
		saveMemories(sql, [...streams.keys()].filter(isDevice), memories);
		const empty = [...streams.values()].filter(
			({ stream, claims }) => claims === null && isNothing(answers.get(stream)),
		);
		forgetStreams(
			sql,
			empty.map(({ stream }) => stream),
		);
	}
}

function digestOf(answer: StreamAnswer): number {
	return hash53(JSON.stringify(answer));
}

function isTaken(mark: Mark, component: Component): boolean {
	const { streams, nodes } = beginningOf([mark]);
	return (
		[...streams].some((stream) => component.streams.has(stream)) || [...nodes].some((node) => component.nodes.has(node))
	);
}

function haveMet(one: Component, other: Component): boolean {
	return [...one.streams.keys()].some((stream) => !isUnattributed(stream) && other.streams.has(stream));
}

/** Nobody's streams hang on no component, and shared devices on many. */
function namesOf({ component: { nodes, streams }, resolved: { memories } }: Computed): string[] {
	const own = [...nodes, ...[...streams.keys()].filter((stream) => !isUnattributed(stream))];
	return own.filter((name) => !memories.has(name));
}
