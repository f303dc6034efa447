/**
 * The three Durable Objects: thin adapters that give the shard logic its ports and its peers. What
 * they do is in stream-shard.ts, identity-graph.ts and profile-shard.ts.
 */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../env.ts";
import type { ShareLink, TrackingPlan } from "../ingest/index.ts";
import type { Chain } from "../journey/index.ts";
import type { LoggedEvent } from "../model.ts";
import type { WorkspaceConfig, WorkspaceSettings } from "./config.ts";
import type { Devices } from "./devices.ts";
import type { OwnedRuns } from "./erasure.ts";
import { FoldDelay } from "./fold-delay.ts";
import { type Carried, readCarried, takeCarried } from "./identity-graph/carried.ts";
import { type LoggedErasure, listErasures, logErasure } from "./identity-graph/erasure-log.ts";
import type { Explanation } from "./identity-graph/explain.ts";
import { type GraphStatus, IdentityGraph } from "./identity-graph/identity-graph.ts";
import { deleteKey, findKey, type KeyRecord, listKeys, saveKey } from "./identity-graph/keys.ts";
import { readPlan, savePlan } from "./identity-graph/plan.ts";
import { addShareLink, findShareLink, listShareLinks, revokeShareLink } from "./identity-graph/share-links.ts";
import { claimCall, readWebhooks, releaseCall, saveWebhooks, settleCall } from "./identity-graph/webhooks.ts";
import type { Envelope, Receipt } from "./links.ts";
import type { AnswersBody, ClaimsBody, GraphDoor, PiecesBody, ProfileDoor, StreamDoor } from "./messages.ts";
import { createAlarm, createSql } from "./object-ports.ts";
import type { Peers } from "./ports.ts";
import { ProfileShard, type ProfileShardStatus } from "./profile-shard/profile-shard.ts";
import { type AnalysisPart, type AnalysisQuery, scanShard } from "./profile-shard/read-analyses.ts";
import { type ChangePage, type RowPage, type RowQuery, readChanges, readRows } from "./profile-shard/read-rows.ts";
import { type Claim, makeCalls } from "./profile-shard/webhook-calls.ts";
import type { WebhookEndpoint } from "./profile-shard/webhook-outbox.ts";
import { DONE, type ReceiptState } from "./receipt-state.ts";
import { objectName } from "./sharding.ts";
import { readStoredChains, readStoredLog, readStoredOwners, type StoredPage } from "./stored.ts";
import { ownedRuns } from "./stream-shard/owned-runs.ts";
import type { CountedWarning } from "./stream-shard/plan-warnings.ts";
import { type EventPage, type EventQuery, eventsUntil, ownerOfStream, readEvents } from "./stream-shard/read-events.ts";
import { SENDERS_WRITE_MS, type SenderCount } from "./stream-shard/senders.ts";
import {
	type AppendAnswer,
	type AppendRequest,
	StreamShard,
	type StreamShardStatus,
	type WorkMark,
} from "./stream-shard/stream-shard.ts";

/** What a crash left undone is folded this long after the object wakes. */
const WAKE_DELAY_MS = 25;
/** After a fault of ours or of the graph, until webhooks are called again. */
const WEBHOOK_PAUSE_MS = 5_000;

/** `workspace/stream/3` → its parts. The platform tells a name only to objects that were reached by it. */
function readName(ctx: DurableObjectState): { workspace: string; index: number } {
	const stored = ctx.id.name ?? ctx.storage.kv.get<string>("name");
	if (stored === undefined) throw new Error("this object was reached without its name");
	const [workspace = "", , index = "0"] = stored.split("/");
	return { workspace, index: Number(index) };
}

/** Objects of this isolate that are known to have kept their name: asking again would cost each append a query. */
const named = new WeakSet<DurableObjectState>();

/** An alarm may wake an object that no call has named: what writes keeps its name. */
function keepName(ctx: DurableObjectState): void {
	if (ctx.id.name === undefined || named.has(ctx)) return;
	if (ctx.storage.kv.get("name") === undefined) ctx.storage.kv.put("name", ctx.id.name);
	named.add(ctx);
}

function graphOfWorkspace(env: Env, workspace: string): IdentityGraphObject {
	return env.IDENTITY_GRAPH.getByName(objectName.graph(workspace)) as unknown as IdentityGraphObject;
}

function createPeers(env: Env, workspace: string): Peers<GraphDoor, StreamDoor, ProfileDoor> {
	return {
		graph: () => env.IDENTITY_GRAPH.getByName(objectName.graph(workspace)) as unknown as GraphDoor,
		stream: (index) => env.STREAM_SHARDS.getByName(objectName.stream(workspace, index)) as unknown as StreamDoor,
		profile: (index) => env.PROFILE_SHARDS.getByName(objectName.profile(workspace, index)) as unknown as ProfileDoor,
	};
}

/** A failed round is repeated from storage; what went wrong is logged without any content. */
function createReport(object: string): (error: unknown) => void {
	return (error) => {
		const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
		console.error(JSON.stringify({ level: "error", object, message: "round failed, will be repeated", reason }));
	};
}

export class StreamShardObject extends DurableObject<Env> implements StreamDoor {
	private readonly logic: StreamShard;
	private readonly alarmPort;
	private readonly delay = new FoldDelay();
	private isDue = false;
	private isCounting = false;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		const { workspace, index } = readName(ctx);
		this.alarmPort = createAlarm(ctx);
		this.logic = new StreamShard(
			{ sql: createSql(ctx.storage), alarm: this.alarmPort, peers: createPeers(env, workspace) },
			index,
			crypto.randomUUID(),
			createReport(`stream/${index}`),
		);
		// What a crash left undone need not wait for the alarm.
		if (this.logic.pendingWork() > 0) this.foldIn(WAKE_DELAY_MS);
	}

	async append(request: AppendRequest): Promise<AppendAnswer> {
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
			this.logic.writeSenders();
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

export class IdentityGraphObject extends DurableObject<Env> implements GraphDoor {
	private readonly logic: IdentityGraph;
	private readonly alarmPort;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		const { workspace } = readName(ctx);
		this.alarmPort = createAlarm(ctx);
		this.logic = new IdentityGraph(
			{ sql: createSql(ctx.storage), alarm: this.alarmPort, peers: createPeers(env, workspace) },
			crypto.randomUUID(),
			createReport("graph"),
		);
		if (this.logic.pendingWork() > 0) setTimeout(() => void this.logic.pump.poke(), WAKE_DELAY_MS);
	}

	/** @returns false when the workspace exists already */
	async create(config: WorkspaceConfig, keys: { hash: string; record: KeyRecord }[]): Promise<boolean> {
		if (!this.logic.create(config)) return false;
		keepName(this.ctx);
		for (const { hash, record } of keys) saveKey(this.logic.sql, hash, record);
		return true;
	}

	async config(): Promise<WorkspaceConfig | null> {
		return this.logic.config();
	}

	async changeSettings(settings: WorkspaceSettings): Promise<WorkspaceConfig> {
		return this.logic.changeSettings(settings);
	}

	async findKey(
		hash: string,
	): Promise<{ record: KeyRecord; config: WorkspaceConfig; plan: TrackingPlan | null } | null> {
		const config = this.logic.readConfig();
		const record = config === null ? null : findKey(this.logic.sql, hash);
		return config === null || record === null ? null : { record, config, plan: readPlan(this.logic.sql) };
	}

	/** @param plan null takes it away */
	async setPlan(plan: TrackingPlan | null): Promise<void> {
		savePlan(this.logic.sql, plan);
	}

	async addKey(hash: string, record: KeyRecord): Promise<void> {
		saveKey(this.logic.sql, hash, record);
	}

	async listKeys(): Promise<KeyRecord[]> {
		return listKeys(this.logic.sql);
	}

	async readWebhooks(): Promise<WebhookEndpoint[]> {
		return readWebhooks(this.logic.sql);
	}

	async saveWebhooks(endpoints: WebhookEndpoint[]): Promise<void> {
		saveWebhooks(this.logic.sql, endpoints);
	}

	/** @see claimCall */
	async claimCall(id: string, holder: string): Promise<Claim> {
		return claimCall(this.logic.sql, id, holder, Date.now());
	}

	async settleCall(id: string): Promise<void> {
		settleCall(this.logic.sql, id);
	}

	async releaseCall(id: string, holder: string): Promise<void> {
		releaseCall(this.logic.sql, id, holder);
	}

	async readCarried(): Promise<Carried> {
		return readCarried(this.logic.sql);
	}

	/** @returns false when the workspace exists already */
	async createFrom(config: WorkspaceConfig, carried: Carried): Promise<boolean> {
		if (!this.logic.create(config)) return false;
		keepName(this.ctx);
		takeCarried(this.logic.sql, carried);
		return true;
	}

	/** @see readStoredOwners */
	async storedOwners(after: string): Promise<StoredPage> {
		return readStoredOwners(this.logic, after);
	}

	async deleteKey(id: string): Promise<boolean> {
		return deleteKey(this.logic.sql, id);
	}

	async findShareLink(code: string): Promise<{ link: ShareLink; config: WorkspaceConfig } | null> {
		const config = this.logic.readConfig();
		const link = config === null ? null : findShareLink(this.logic.sql, code);
		return config === null || link === null ? null : { link, config };
	}

	/** @returns the link that stands; null when the workspace can hold no more */
	async addShareLink(link: ShareLink): Promise<ShareLink | null> {
		return addShareLink(this.logic.sql, link);
	}

	async listShareLinks(after: string, limit: number): Promise<ShareLink[]> {
		return listShareLinks(this.logic.sql, after, limit);
	}

	async revokeShareLink(code: string, at: number): Promise<boolean> {
		return revokeShareLink(this.logic.sql, code, at);
	}

	async acceptClaims(envelope: Envelope<ClaimsBody>): Promise<Receipt> {
		return this.logic.acceptClaims(envelope);
	}

	override async alarm(): Promise<void> {
		this.alarmPort.fired();
		await this.logic.wake();
	}

	async profileOfNode(node: string): Promise<string | null> {
		return this.logic.profileOfNode(node);
	}

	async heirOf(profileId: string): Promise<string | null> {
		return this.logic.heirOf(profileId);
	}

	/** Heirs of many ids at once; null for one that the graph does not know. */
	async heirsOf(profileIds: string[]): Promise<(string | null)[]> {
		return profileIds.map((id) => this.logic.heirOf(id));
	}

	/** Of many hashes, those of devices that the graph knows. */
	async devicesAmong(hashes: string[]): Promise<string[]> {
		return hashes.filter((hash) => this.logic.hasDevice(hash));
	}

	/** For each profile: identifier (`kind=hash`) → rule of the strongest link that it has. */
	async linkRules(profileIds: string[]): Promise<{ [node: string]: string }[]> {
		return this.logic.linkRules(profileIds);
	}

	async hasDevice(hash: string): Promise<boolean> {
		return this.logic.hasDevice(hash);
	}

	/** Streams that identifiers can touch (rule 17), and those that logged what was stated about them. */
	async streamsAround(nodes: string[]): Promise<string[]> {
		return this.logic.streamsAround(nodes);
	}

	/** Streams that carry an identifier. */
	async streamsOf(node: string): Promise<string[]> {
		return this.logic.streamsOf(node);
	}

	async keepReceipt(receipt: string, state: ReceiptState): Promise<void> {
		this.logic.keepReceipt(receipt, state);
		logErasure(this.logic.sql, receipt, state.step === DONE.step, Date.now());
	}

	async readReceipt(receipt: string): Promise<ReceiptState | null> {
		return this.logic.readReceipt(receipt);
	}

	async openReceipts(): Promise<string[]> {
		return this.logic.openReceipts();
	}

	async mark(): Promise<number> {
		return this.logic.mark();
	}

	async isPast(mark: number): Promise<boolean> {
		return this.logic.isPast(mark);
	}

	async listErasures(): Promise<LoggedErasure[]> {
		return listErasures(this.logic.sql);
	}

	async explain(profileId: string): Promise<Explanation> {
		return this.logic.explain(profileId);
	}

	async status(): Promise<GraphStatus> {
		return this.logic.status();
	}
}

export class ProfileShardObject extends DurableObject<Env> implements ProfileDoor {
	private readonly logic: ProfileShard;
	private readonly alarmPort;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.logic = new ProfileShard(createSql(ctx.storage), () => Date.now());
		this.alarmPort = createAlarm(ctx);
	}

	async acceptPieces(envelope: Envelope<PiecesBody>): Promise<Receipt> {
		const receipt = await this.logic.acceptPieces(envelope);
		this.callLater();
		return receipt;
	}

	/** @param workspace and `index`: of this shard, since an alarm does not know by what name it was reached */
	async setWebhooks(workspace: string, index: number, endpoints: WebhookEndpoint[]): Promise<void> {
		this.ctx.storage.kv.put("name", objectName.profile(workspace, index));
		this.logic.webhooks.setEndpoints(endpoints);
		this.callLater();
	}

	override async alarm(): Promise<void> {
		this.alarmPort.fired();
		const { workspace, index } = readName(this.ctx);
		const graph = graphOfWorkspace(this.env, workspace);
		const holder = `profile/${index}`;
		try {
			await makeCalls({
				outbox: this.logic.webhooks,
				now: () => Date.now(),
				readChain: (profileId) => this.logic.readChain(profileId),
				register: {
					claim: (id) => graph.claimCall(id, holder),
					settle: (id) => graph.settleCall(id),
					release: (id) => graph.releaseCall(id, holder),
				},
			});
		} catch (error) {
			createReport(holder)(error);
			this.alarmPort.wakeBy(Date.now() + WEBHOOK_PAUSE_MS);
			return;
		}
		this.callLater();
	}

	private callLater(): void {
		const due = this.logic.webhooks.nextDue();
		if (due !== null) this.alarmPort.wakeBy(due);
	}

	async readChain(profileId: string, options: { bots?: boolean }): Promise<Chain | null> {
		return this.logic.readChain(profileId, options);
	}

	async readPerson(profileId: string, options: { bots?: boolean }): Promise<{ chain: Chain; devices: Devices } | null> {
		return this.logic.readPerson(profileId, options);
	}

	async readRows(query: RowQuery): Promise<RowPage> {
		return readRows(this.logic, query);
	}

	async readChanges(since: number, query: RowQuery): Promise<ChangePage> {
		return readChanges(this.logic, since, query);
	}

	/** @see readStoredChains */
	async storedChains(after: string): Promise<StoredPage> {
		return readStoredChains(this.logic, after);
	}

	/** This shard's part of an analysis, from the profile after `after`. */
	async analyse(query: AnalysisQuery, after: string): Promise<AnalysisPart> {
		return scanShard(this.logic, query, after, () => new Promise((resolve) => setTimeout(resolve, 0)));
	}

	/** Numbers of changes that the feed can still tell of: those after `first`, up to `last`. */
	async changeNumbers(): Promise<{ first: number; last: number }> {
		return { first: this.logic.firstChange(), last: this.logic.lastChange() };
	}

	async status(): Promise<ProfileShardStatus> {
		return this.logic.status();
	}
}
