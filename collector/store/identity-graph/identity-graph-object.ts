/** The Durable Object of a workspace's identity graph, keys and settings: a thin adapter that gives identity-graph.ts its ports and its peers. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../env.ts";
import type { ShareLink, TrackingPlan } from "../../ingest/index.ts";
import type { WorkspaceConfig, WorkspaceSettings } from "../config.ts";
import type { Envelope } from "../links.ts";
import type { ClaimsBody, ClaimsReceipt, GraphDoor } from "../messages.ts";
import { createPeers, createReport, keepName, readName, WAKE_DELAY_MS } from "../object-home.ts";
import { createAlarm, createSql } from "../object-ports.ts";
import type { Claim } from "../profile-shard/webhook-calls.ts";
import type { WebhookEndpoint } from "../profile-shard/webhook-outbox.ts";
import { DONE, type ReceiptState } from "../receipt-state.ts";
import { readStoredOwners, type StoredPage } from "../stored.ts";
import { type Carried, clearTables, readCarried, takeCarried } from "./carried.ts";
import { type LoggedErasure, listErasures, logErasure } from "./erasure-log.ts";
import type { Explanation } from "./explain.ts";
import { type GraphStatus, IdentityGraph } from "./identity-graph.ts";
import { deleteKey, findKey, type KeyRecord, listKeys, saveKey } from "./keys.ts";
import { readPlan, savePlan } from "./plan.ts";
import type { AnonymousId } from "./questions.ts";
import { addShareLink, findShareLink, listShareLinks, revokeShareLink } from "./share-links.ts";
import { claimCall, readWebhooks, releaseCall, saveWebhooks, settleCall } from "./webhooks.ts";

export class IdentityGraphObject extends DurableObject<Env> implements GraphDoor {
	private logic: IdentityGraph;
	private readonly sqlPort;
	private readonly alarmPort;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.sqlPort = createSql(ctx.storage);
		this.alarmPort = createAlarm(ctx, this.sqlPort);
		this.logic = this.createLogic();
		if (this.logic.pendingWork() > 0) setTimeout(() => void this.logic.pump.poke(), WAKE_DELAY_MS);
	}

	private createLogic(): IdentityGraph {
		const { workspace } = readName(this.ctx);
		return new IdentityGraph(
			{ sql: this.sqlPort, alarm: this.alarmPort, peers: createPeers(this.env, workspace) },
			crypto.randomUUID(),
			createReport("graph"),
		);
	}

	/** Forgets everybody; settings, keys, plan, links and webhooks stay. To be called while all stream shards are closed and nothing is under way. */
	async empty(): Promise<void> {
		const { sql } = this.logic;
		const config = this.logic.readConfig();
		if (config === null) return;
		const [carried, webhooks] = [readCarried(sql), readWebhooks(sql)];
		this.logic = sql.transaction(() => {
			clearTables(sql);
			const fresh = this.createLogic();
			fresh.create(config);
			takeCarried(sql, carried);
			saveWebhooks(sql, webhooks);
			return fresh;
		});
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

	async acceptClaims(envelope: Envelope<ClaimsBody>): Promise<ClaimsReceipt> {
		return this.logic.acceptClaims(envelope);
	}

	override async alarm(): Promise<void> {
		this.alarmPort.fired();
		await this.logic.wake();
	}

	async profileOfNode(node: string): Promise<string | null> {
		return this.logic.questions.profileOfNode(node);
	}

	/** Heirs of many ids at once; null for one that the graph does not know. */
	async heirsOf(profileIds: string[]): Promise<(string | null)[]> {
		return profileIds.map((id) => this.logic.questions.heirOf(id));
	}

	/** @see Questions.anonymousAmong */
	async anonymousAmong(ids: string[]): Promise<AnonymousId[]> {
		return this.logic.questions.anonymousAmong(ids);
	}

	/** For each profile: identifier (`kind=hash`) → rule of the strongest link that it has. */
	async linkRules(profileIds: string[]): Promise<{ [node: string]: string }[]> {
		return this.logic.questions.linkRules(profileIds);
	}

	/** Streams that identifiers can touch (rule 17), and those that logged what was stated about them. */
	async streamsAround(nodes: string[]): Promise<string[]> {
		return this.logic.questions.streamsAround(nodes);
	}

	/** Streams that carry an identifier. */
	async streamsOf(node: string): Promise<string[]> {
		return this.logic.questions.streamsOf(node);
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
		return this.logic.questions.explain(profileId);
	}

	async status(): Promise<GraphStatus> {
		return this.logic.status();
	}
}
