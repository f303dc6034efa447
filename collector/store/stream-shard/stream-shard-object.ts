/** The Durable Object of a stream shard: a thin adapter that gives stream-shard.ts its ports and its peers. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../env.ts";
import type { LoggedEvent } from "../../model.ts";
import type { OwnedRuns } from "../erasure.ts";
import { FoldDelay } from "../fold-delay.ts";
import type { Envelope, Receipt } from "../links.ts";
import type { AnswersBody, StreamDoor } from "../messages.ts";
import { createPeers, createReport, keepName, readName, WAKE_DELAY_MS, wipe } from "../object-home.ts";
import { createAlarm, createSql } from "../object-ports.ts";
import { readStoredLog, type StoredPage } from "../stored.ts";
import type { AppendAnswer, AppendRequest } from "./append.ts";
import { ownedRuns } from "./owned-runs.ts";
import type { CountedWarning } from "./plan-warnings.ts";
import {
	type EventPage,
	type EventQuery,
	eventsUntil,
	ownerOfSegment,
	ownerOfStream,
	readEvents,
	type SegmentOwner,
} from "./read-events.ts";
import { SENDERS_WRITE_MS, type SenderCount } from "./senders.ts";
import type { StreamShardStatus, WorkMark } from "./shard-status.ts";
import { StreamShard } from "./stream-shard.ts";

/** Set while the workspace is being emptied. */
const CLOSED = "closed";

export class StreamShardObject extends DurableObject<Env> implements StreamDoor {
	private logic: StreamShard;
	private readonly sqlPort;
	private readonly alarmPort;
	private readonly delay = new FoldDelay();
	private isDue = false;
	private isCounting = false;
	/** Between `close` and `empty`. */
	private isClosed: boolean;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.sqlPort = createSql(ctx.storage);
		this.alarmPort = createAlarm(ctx, this.sqlPort);
		this.logic = this.createLogic();
		this.isClosed = ctx.storage.kv.get(CLOSED) === true;
		// What a crash left undone need not wait for the alarm.
		if (this.logic.pendingWork() > 0) this.foldIn(WAKE_DELAY_MS);
		// A crash may have taken the alarm along that was just set; until it is read, none can be set beside it.
		setTimeout(() => this.logic.armAging(), WAKE_DELAY_MS);
	}

	private createLogic(): StreamShard {
		const { workspace, index } = readName(this.ctx);
		return new StreamShard(
			{ sql: this.sqlPort, alarm: this.alarmPort, peers: createPeers(this.env, workspace) },
			index,
			crypto.randomUUID(),
			createReport(`stream/${index}`),
		);
	}

	/** Takes nothing more until it is emptied, so that what is under way comes to an end. */
	async close(): Promise<void> {
		this.ctx.storage.kv.put(CLOSED, true);
		this.isClosed = true;
	}

	/** @returns false, and nothing is done, where it was not closed before */
	async empty(): Promise<boolean> {
		if (!this.isClosed) return false;
		await wipe(this.ctx);
		this.alarmPort.fired();
		this.logic = this.createLogic();
		this.isClosed = false;
		return true;
	}

	async append(request: AppendRequest): Promise<AppendAnswer> {
		if (this.isClosed) return "overloaded";
		keepName(this.ctx);
		const answer = this.logic.append(request);
		this.foldIn(Number(this.env.FOLD_DELAY_MS) || this.delay.next(Date.now()));
		this.countSoon();
		return answer;
	}

	private countSoon(): void {
		if (this.isCounting) return;
		this.isCounting = true;
		setTimeout(() => {
			this.isCounting = false;
			this.logic.writeCounts();
		}, SENDERS_WRITE_MS);
	}

	private foldIn(delayMs: number): void {
		if (this.isDue) return;
		this.isDue = true;
		setTimeout(() => {
			this.isDue = false;
			void this.logic.pump.poke();
		}, delayMs);
	}

	async acceptAnswers(envelope: Envelope<AnswersBody>): Promise<Receipt> {
		keepName(this.ctx);
		return this.logic.acceptAnswers(envelope);
	}

	override async alarm(): Promise<void> {
		this.alarmPort.fired();
		await this.logic.wake();
	}

	async status(): Promise<StreamShardStatus> {
		return this.logic.status();
	}

	async readEvents(query: EventQuery): Promise<EventPage> {
		return readEvents(this.logic, query);
	}

	/** @see readStoredLog */
	async storedLog(after: string): Promise<StoredPage> {
		return readStoredLog(this.logic, after);
	}

	/** Whose a device is now: the owner of its latest event; null when it has none. */
	async ownerOfStream(stream: string): Promise<string | null> {
		return ownerOfStream(this.logic, stream);
	}

	/** The same of many streams at once. */
	async ownersOfStreams(streams: string[]): Promise<(string | null)[]> {
		const owners: (string | null)[] = [];
		for (const stream of streams) owners.push(await ownerOfStream(this.logic, stream));
		return owners;
	}

	/** Whose stretches between resets are now, by the ids of their anonymous profiles. */
	async ownersOfSegments(segments: { id: string; stream: string }[]): Promise<SegmentOwner[]> {
		const owners: SegmentOwner[] = [];
		for (const { id, stream } of segments) owners.push(await ownerOfSegment(this.logic, stream, id));
		return owners;
	}

	/** Copies of a stream's events received by `until` (ms), at most `limit`. */
	async eventsUntil(stream: string, until: number, limit: number): Promise<LoggedEvent[]> {
		return eventsUntil(this.logic, stream, until, limit);
	}

	async ownedRuns(stream: string, node: string, profileId: string): Promise<OwnedRuns> {
		return ownedRuns(this.logic, stream, node, profileId);
	}

	async senderCounts(): Promise<SenderCount[]> {
		return this.logic.senderCounts();
	}

	/** Since a day, as a number of days since the epoch. */
	async planWarnings(since: number): Promise<CountedWarning[]> {
		return this.logic.planWarnings(since);
	}

	async mark(): Promise<WorkMark> {
		return this.logic.mark();
	}

	async isPast(mark: WorkMark): Promise<boolean> {
		return this.logic.isPast(mark);
	}

	async latestRejections(limit: number): Promise<{ at: number; body: string }[]> {
		return this.logic.latestRejections(limit);
	}
}
