/**
 * A stream shard: the log of the streams that fall to it, and their folding.
 *
 * An append is durable when it returns. Folding runs right after, in rounds (round.ts).
 */

import { cutAt, nextCutAt } from "../../identity/index.ts";
import type { PlanWarning } from "../../ingest/index.ts";
import type { LoggedEvent } from "../../model.ts";
import type { Segment } from "../codec.ts";
import { readStoredConfig, rulesVersion, type WorkspaceConfig } from "../config.ts";
import { keepForm } from "../form.ts";
import { type Envelope, Outbound, type Receipt, receive } from "../links.ts";
import type { AnswersBody, GraphDoor, ProfileDoor, StreamDoor } from "../messages.ts";
import type { Alarm, Peers, Sql } from "../ports.ts";
import { GUARD_MS, Pump } from "../pump.ts";
import { NO_RETENTION, type Retention, renewMsOf } from "./aging.ts";
import type { Head } from "./head.ts";
import { HeadStore } from "./head-store.ts";
import { STREAM_LIMITS, type StreamLimits } from "./limits.ts";
import { type CountedWarning, forgetShown, keepWarnings, readWarnings } from "./plan-warnings.ts";
import type { Rejection } from "./rejections.ts";
import { Losses, type LossReport, type ReportedLosses } from "./reported-losses.ts";
import { playRound } from "./round.ts";
import { createFoldRules, type FoldRules } from "./rules.ts";
import { STREAM_SHARD_SCHEMA } from "./schema.ts";
import { type SenderCount, Senders, type Sending } from "./senders.ts";
import { type DeliveryCounts, type Progress, ShardRows, type StuckStream } from "./shard-rows.ts";

/** The platform ends an object at 10 GB. */
export const STORAGE_FULL_BYTES = 9.5e9;
/** Asking for the size costs a look at the database: once in so many appends, each of which adds 2 MB at most. */
const STORAGE_CHECK_APPENDS = 64;

/** Between two steps of taking content that is too old, so that it costs others little. */
const AGING_PAUSE_MS = 1_000;

export type { Rejection };

export interface AppendRequest {
	segments: Segment[];
	rejections: Rejection[];
	/** Whom to count it to; absent: nobody. */
	sending?: Sending;
	/** The batch is a further try; said to one of its shards. */
	isRetry?: boolean;
	/** What the batch's sender lost before; said to one shard. */
	losses?: LossReport;
	/** Unfolded events that the shard may hold; at or above: `overloaded`. Comes along, since a shard learns the settings only when it folds. */
	backlogEventsMax?: number;
	/** How events of the batch differed from the tracking plan. */
	warnings?: (PlanWarning & Pick<Rejection, "carried">)[];
}

export type AppendAnswer = "ok" | "overloaded" | "storage_full";

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
	private cachedConfig: WorkspaceConfig | null = null;
	private cachedRules: FoldRules | null = null;
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
	/** The alarm asks for a step of looking for content that is too old. */
	private isAgingTurn = false;
	/** The round under way does nothing else. */
	private isAgingOnly = false;
	/** What is left may become too old; false once a search found nothing and nothing came since. */
	private mayAge = true;
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
		this.heads = new HeadStore(this.sql, this.rows.keys, this.limits);
		this.outbound = new Outbound(`stream/${index}`, life);
		keepForm(ports.sql, "log");
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
			if (body.config !== undefined) this.takeConfig(body.config);
			if (body.erasures !== undefined) {
				this.rows.rejections.erase(body.erasures, this.alarm.now());
				forgetShown(this.sql, this.rows.keys.slots);
			}
			for (const { stream, answer } of body.streams) {
				// A fact about a stream without events: its head keeps the slot of the key that the answer lies under.
				if (this.rows.keys.find(stream) === undefined) this.heads.keepSlot(stream);
				this.rows.putAnswer(stream, answer, this.alarm.now());
			}
		});
		this.changes++;
		this.guard();
		void this.pump.poke();
		return receipt;
	}

	/** The alarm went off: whatever is left undone is done now. */
	async wake(): Promise<void> {
		this.guardedUntil = 0;
		this.writeCounts();
		this.sql.transaction(() => this.rows.rejections.dropOld(this.alarm.now()));
		this.isAgingTurn = this.agingFrom() !== null;
		await this.pump.poke();
		if (this.pendingWork() > 0) this.guard();
		this.armAging();
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
		const aging = this.isAgingTurn ? this.agingFrom() : null;
		this.isAgingTurn = false;
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
				retention: this.retention(config),
				aging,
				isCurrent: () => this.cachedConfig === config,
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
		if (aging !== null) {
			const { after, found } = this.rows.aging();
			if (after === null) this.mayAge = found;
		}
		this.mayAge ||= done.hasContent;
		this.armAging();
		return done.hasMore || this.retry.length > 0;
	}

	// ——— content that goes by age ———

	private retention(config: WorkspaceConfig): Retention {
		const { retentionDays } = config.settings;
		if (retentionDays === null) return NO_RETENTION;
		return { cut: cutAt(this.alarm.now(), retentionDays), renewMs: renewMsOf(retentionDays) };
	}

	/** The stream after which to look for content that is too old; null: none is, as far as can be told. */
	private agingFrom(): string | null {
		const config = this.knownConfig();
		if (config === null || config.settings.retentionDays === null) return null;
		const { cut, after } = this.rows.aging();
		return cut < this.retention(config).cut ? "" : after;
	}

	/** A step of many at short pauses while there is work, then a look each day. */
	armAging(): void {
		const { retentionDays = null } = this.knownConfig()?.settings ?? {};
		if (retentionDays === null) return;
		const now = this.alarm.now();
		if (this.agingFrom() !== null) this.alarm.wakeBy(now + AGING_PAUSE_MS);
		else if (this.mayAge) this.alarm.wakeBy(nextCutAt(now) + this.index * AGING_PAUSE_MS);
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
		return { row: this.lastRow, arrived: this.rows.lastArrived() };
	}

	/** Whether all that had come when the mark was taken is folded and delivered, however much came since. */
	isPast({ row, arrived }: WorkMark): boolean {
		return this.progress.foldedTo >= row && this.stuck.size === 0 && this.rows.firstArrived() > arrived;
	}

	status(): StreamShardStatus {
		return {
			pending: this.pendingWork() + (this.pump.busy && !this.isAgingOnly ? 1 : 0),
			changes: this.changes,
			stuck: this.stuck.size,
			refolding: this.rows.meta("refold") === undefined ? 0 : 1,
			aging: this.agingFrom() === null ? 0 : 1,
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

	/** As far as the shard was told; null: it never asked. */
	private knownConfig(): WorkspaceConfig | null {
		const stored = this.cachedConfig === null ? this.rows.meta("config") : undefined;
		return stored === undefined ? this.cachedConfig : readStoredConfig(stored);
	}

	async config(): Promise<WorkspaceConfig> {
		const config = this.knownConfig() ?? (await this.peers.graph().config());
		if (config === null) throw new Error("the workspace does not exist");
		// Newer settings may have been told while the question was under way.
		return this.cachedConfig ?? this.takeConfig(config);
	}

	rules(config: WorkspaceConfig): FoldRules {
		const version = rulesVersion(config);
		if (this.cachedRules?.version !== version) this.cachedRules = createFoldRules(config);
		return this.cachedRules;
	}

	/** Under new rules, of the settings or of the code, every stream is folded again, in small steps. */
	private takeConfig(config: WorkspaceConfig): WorkspaceConfig {
		const version = rulesVersion(config);
		const before = this.rows.meta("rules");
		this.cachedConfig = config;
		if (before === version) return config;
		this.rows.setMeta("config", JSON.stringify(config));
		this.rows.setMeta("rules", version);
		if (before !== undefined) this.rows.setMeta("refold", "");
		return config;
	}

	/** Streams after `after` in key order, for reading; see read-events.ts. */
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

export interface WorkMark {
	/** Of the log. */
	row: number;
	/** Number of an answer. */
	arrived: number;
}

export interface StreamShardStatus {
	/** Unfolded log rows, unread answers and unfinished rounds. */
	pending: number;
	changes: number;
	stuck: number;
	refolding: number;
	/** 1: content that is too old is looked for and taken. */
	aging: number;
	rejections: number;
	backlogEvents: number;
	counts: DeliveryCounts;
	reported: ReportedLosses;
	/** `receivedAt` of the oldest unfolded event, ms; null: none. */
	waitingSince: number | null;
	logRows: number;
	databaseBytes: number;
	rowsRead: number;
	rowsWritten: number;
	lastError: string | null;
}
