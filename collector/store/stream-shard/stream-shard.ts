/**
 * A stream shard: the log of the streams that fall to it, and their folding.
 *
 * An append is durable when it returns. Folding runs right after, in rounds (round.ts).
 */

import type { LoggedEvent } from "../../model.ts";
import type { WorkspaceConfig } from "../config.ts";
import { keepForm } from "../form.ts";
import { type Envelope, Outbound, type Receipt, receive } from "../links.ts";
import type { AnswersBody, GraphDoor, ProfileDoor, StreamDoor } from "../messages.ts";
import type { Alarm, Peers, Sql } from "../ports.ts";
import { GUARD_MS, Pump } from "../pump.ts";
import { AgingTurns } from "./aging-turns.ts";
import type { AppendAnswer, AppendRequest } from "./append.ts";
import { bringHeadsOver } from "./form-4-heads.ts";
import type { Head } from "./head.ts";
import { HeadStore } from "./head-store.ts";
import { KnownConfig } from "./known-config.ts";
import { STREAM_LIMITS, type StreamLimits } from "./limits.ts";
import { type CountedWarning, forgetShown, keepWarnings, readWarnings } from "./plan-warnings.ts";
import type { Rejection } from "./rejections.ts";
import { Losses } from "./reported-losses.ts";
import { playRound } from "./round.ts";
import type { FoldRules } from "./rules.ts";
import { STREAM_SHARD_SCHEMA } from "./schema.ts";
import { type SenderCount, Senders } from "./senders.ts";
import { type Progress, ShardRows, type StuckStream } from "./shard-rows.ts";
import type { StreamShardStatus, WorkMark } from "./shard-status.ts";

/** The platform ends an object at 10 GB. */
export const STORAGE_FULL_BYTES = 9.5e9;
/** Asking for the size costs a look at the database: once in so many appends, each of which adds 2 MB at most. */
const STORAGE_CHECK_APPENDS = 64;

type ShardPeers = Peers<GraphDoor, StreamDoor, ProfileDoor>;

export class StreamShard implements StreamDoor {
	readonly pump: Pump;
	private readonly sql: Sql;
	readonly rows: ShardRows;
	private readonly senders: Senders;
	private readonly losses: Losses;
	private readonly heads: HeadStore;
	private readonly alarm: Alarm;
	private readonly peers: ShardPeers;
	private readonly index: number;
	private readonly limits: StreamLimits;
	private readonly outbound: Outbound;
	private readonly known: KnownConfig;
	private progress: Progress;
	private lastRow: number;
	/** Streams that a fault of ours has set aside. */
	private readonly stuck: Map<string, StuckStream>;
	/** Those of them that this life has not tried yet: it may run better code. */
	private retry: string[];
	/** Events in unfolded rows. */
	private backlogEvents = 0;
	private appends = 0;
	private isFull = false;
	private guardedUntil = 0;
	private readonly agingTurns: AgingTurns;
	/** The round under way does nothing else. */
	private isAgingOnly = false;
	/** Goes up with every change, so that a sweep over all objects can tell that none moved. */
	changes = 0;

	/**
	 * @param index  of this shard among the workspace's stream shards
	 * @param life   differs each time the object wakes
	 * @param report hears of failed rounds; must log no personal data
	 */
	constructor(
		ports: { sql: Sql; alarm: Alarm; peers: ShardPeers },
		index: number,
		life: string,
		report: (error: unknown) => void,
		limits: Partial<StreamLimits> = {},
	) {
		this.rows = new ShardRows(ports.sql);
		this.sql = this.rows.sql;
		this.senders = new Senders(ports.sql);
		this.losses = new Losses(ports.sql);
		this.alarm = ports.alarm;
		this.peers = ports.peers;
		this.index = index;
		this.limits = { ...STREAM_LIMITS, ...limits };
		this.known = new KnownConfig(this.rows, () => ports.peers.graph());
		this.agingTurns = new AgingTurns(this.rows, this.known, ports.alarm, index);
		this.heads = new HeadStore(this.sql, this.rows.keys, this.limits);
		this.outbound = new Outbound(`stream/${index}`, life);
		keepForm(ports.sql, "log", (form) => {
			if (form === 4) bringHeadsOver(ports.sql);
		});
		for (const statement of STREAM_SHARD_SCHEMA) this.sql.all(statement);
		this.progress = this.rows.progress();
		this.lastRow = Math.max(this.rows.lastRow(), this.progress.foldedTo);
		this.stuck = this.rows.stuckStreams();
		this.retry = [...this.stuck.keys()];
		for (const { segments } of this.rows.rowsAfter(this.progress.foldedTo, Number.MAX_SAFE_INTEGER)) {
			for (const { count } of segments) this.backlogEvents += count;
		}
		this.pump = new Pump(this.alarm, () => this.round(), report);
	}

	// ——— the door ———

	/** Logs one batch's events for this shard; durable on return. The caller sees to it that folding starts soon after. */
	append({
		segments,
		rejections,
		sending,
		isRetry = false,
		losses,
		warnings = [],
		backlogEventsMax = Number.POSITIVE_INFINITY,
	}: AppendRequest): AppendAnswer {
		if (this.appends++ % STORAGE_CHECK_APPENDS === 0) this.isFull = this.sql.databaseBytes > STORAGE_FULL_BYTES;
		if (this.isFull) return "storage_full";
		if (this.backlogEvents >= backlogEventsMax) return "overloaded";
		this.sql.transaction(() => {
			if (segments.length > 0) this.rows.appendRow(this.lastRow + 1, segments);
			if (rejections.length > 0) this.rows.rejections.keep(rejections, this.alarm.now());
			if (losses !== undefined) this.losses.keep(losses, this.alarm.now());
			if (warnings.length > 0) {
				// A late copy of what was erased is not to be shown by its id.
				const isGone = (one: Pick<Rejection, "carried">) => this.rows.rejections.isGone(one);
				keepWarnings(this.sql, this.rows.keys.slots, warnings, isGone, this.alarm.now());
			}
		});
		if (segments.length > 0) {
			this.lastRow++;
			for (const { count } of segments) this.backlogEvents += count;
		}
		if (isRetry) this.losses.countRetry();
		if (sending !== undefined) this.senders.add(sending, this.alarm.now());
		this.changes++;
		this.guard();
		return "ok";
	}

	async acceptAnswers(envelope: Envelope<AnswersBody>): Promise<Receipt> {
		const receipt = receive(this.sql, envelope, (body) => {
			if (body.config !== undefined) this.known.take(body.config);
			if (body.erasures !== undefined) {
				this.rows.rejections.erase(body.erasures, this.alarm.now());
				forgetShown(this.sql, this.rows.keys.slots);
			}
			for (const { stream, answer } of body.streams) {
				// A fact about a stream without events: its head keeps the slot of the key that the answer lies under.
				if (this.rows.keys.find(stream) === undefined) this.heads.keepSlot(stream);
				// What is to be forgotten was decided: a later answer that no fold read before takes nothing of it back.
				const mayForget = (this.known.read()?.settings.idleDays ?? null) !== null;
				const forget = mayForget ? this.rows.answers.find(stream)?.answer.forget : undefined;
				const joined = forget === undefined ? answer : { forget, ...answer };
				this.rows.answers.put(stream, joined, this.alarm.now());
			}
		});
		this.changes++;
		this.guard();
		// A new limit of age may ask for steps.
		if (envelope.body.config !== undefined) this.armAging();
		void this.pump.poke();
		return receipt;
	}

	/** The alarm went off: whatever is left undone is done now. */
	async wake(): Promise<void> {
		this.guardedUntil = 0;
		this.writeCounts();
		this.sql.transaction(() => this.rows.rejections.dropOld(this.alarm.now()));
		this.agingTurns.ask();
		await this.pump.turn();
		if (this.pendingWork() > 0) this.guard();
		this.armAging();
	}

	armAging(): void {
		this.agingTurns.arm();
	}

	private guard(): void {
		const now = this.alarm.now();
		if (this.guardedUntil > now) return;
		this.guardedUntil = now + GUARD_MS;
		this.alarm.wakeBy(this.guardedUntil);
	}

	// ——— folding ———

	/** @returns whether there is more to do */
	private async round(): Promise<boolean> {
		const aging = this.agingTurns.take();
		this.isAgingOnly = this.pendingWork() === 0;
		if (this.isAgingOnly && aging === null) return false;
		const config = await this.config();
		const retry = this.retry.slice(0, this.limits.roundRefoldMax);
		const done = await playRound(
			{
				sql: this.sql,
				rows: this.rows,
				heads: this.heads,
				alarm: this.alarm,
				peers: this.peers,
				outbound: this.outbound,
				limits: this.limits,
				index: this.index,
				config,
				rules: this.rules(config),
				retention: this.known.retention(config, this.alarm.now()),
				aging,
				isCurrent: () => this.known.isCurrent(config),
			},
			this.progress,
			this.stuck,
			retry,
		);
		this.progress = done.progress;
		this.retry = this.retry.slice(retry.length);
		this.backlogEvents -= done.events;
		for (const stream of done.freed) this.stuck.delete(stream);
		for (const [stream, stuck] of done.stuck) this.stuck.set(stream, stuck);
		this.changes++;
		this.agingTurns.finish(aging, done.hasContent);
		return done.hasMore || this.retry.length > 0;
	}

	/** Log rows and answers that no fold has finished with. */
	pendingWork(): number {
		const { foldedTo, intent } = this.progress;
		const isBroken = Object.keys(intent).length > 0 ? 1 : 0;
		return this.lastRow - foldedTo + isBroken + this.retry.length + this.rows.waiting();
	}

	// ——— questions ———

	/** Where the shard's work stands now: see {@link isPast}. */
	mark(): WorkMark {
		return { row: this.lastRow, arrived: this.rows.answers.lastArrived() };
	}

	/** Whether all that had come when the mark was taken is folded and delivered, however much came since. */
	isPast({ row, arrived }: WorkMark): boolean {
		return this.progress.foldedTo >= row && this.stuck.size === 0 && this.rows.answers.firstArrived() > arrived;
	}

	status(): StreamShardStatus {
		return {
			pending: this.pendingWork() + (this.pump.busy && !this.isAgingOnly ? 1 : 0),
			changes: this.changes,
			stuck: this.stuck.size,
			refolding: this.rows.meta("refold") === undefined ? 0 : 1,
			aging: this.agingTurns.from() === null ? 0 : 1,
			rejections: this.rows.rejections.count(),
			backlogEvents: this.backlogEvents,
			counts: this.progress.counts,
			reported: this.losses.read(),
			waitingSince: this.waitingSince(),
			logRows: this.lastRow,
			databaseBytes: this.sql.databaseBytes,
			rowsRead: this.sql.counters.rowsRead,
			rowsWritten: this.sql.counters.rowsWritten,
			lastError: this.pump.lastError,
		};
	}

	/** When the oldest event was received that no fold has read; null: none waits. */
	private waitingSince(): number | null {
		const [oldest] = this.rows.rowsAfter(this.progress.foldedTo, 1);
		const [segment] = oldest?.segments ?? [];
		return segment === undefined ? null : (this.rows.eventsOf(segment.stream, [segment])[0]?.receivedAt ?? null);
	}

	/** What is counted in memory and no part of the log. */
	writeCounts(): void {
		this.senders.write(this.alarm.now());
		this.losses.write();
	}

	senderCounts(): SenderCount[] {
		return this.senders.read();
	}

	config(): Promise<WorkspaceConfig> {
		return this.known.ask();
	}

	rules(config: WorkspaceConfig): FoldRules {
		return this.known.rules(config);
	}

	/** Streams after `after` in an order that stays, for reading; see read-events.ts. */
	streamsAfter(after: string, limit: number): string[] {
		return this.rows.streamsAfter(after, limit);
	}

	loadStream(stream: string): { head: Head; loadEvents: (row: number) => LoggedEvent[] } {
		const head = this.heads.load(stream);
		this.heads.open(head);
		return {
			head,
			loadEvents: (row) => this.rows.eventsOf(stream, this.rows.loadRow(row)),
		};
	}

	/** @param since a day since the epoch */
	planWarnings(since: number): CountedWarning[] {
		return readWarnings(this.sql, this.rows.keys.slots, since);
	}

	/** Newest first. */
	latestRejections(limit: number): Rejection[] {
		return this.rows.rejections.latest(limit);
	}
}
