/** The Durable Object of a profile shard: a thin adapter that gives profile-shard.ts its ports, and calls the webhooks of its outbox. */
import { DurableObject } from "cloudflare:workers";
import type { Env } from "../../env.ts";
import type { Chain } from "../../journey/index.ts";
import type { Devices } from "../devices.ts";
import type { IdentityGraphObject } from "../identity-graph/identity-graph-object.ts";
import type { Envelope, Receipt } from "../links.ts";
import type { PiecesBody, ProfileDoor } from "../messages.ts";
import { createReport, readName, wipe } from "../object-home.ts";
import { createAlarm, createSql } from "../object-ports.ts";
import { objectName } from "../sharding.ts";
import { readStoredChains, type StoredPage } from "../stored.ts";
import { ProfileShard, type ProfileShardStatus } from "./profile-shard.ts";
import { type AnalysisPart, type AnalysisQuery, scanShard } from "./read-analyses.ts";
import { type ChangePage, type ChangePlace, type RowPage, type RowQuery, readChanges, readRows } from "./read-rows.ts";
import { makeCalls } from "./webhook-calls.ts";
import type { WebhookEndpoint } from "./webhook-outbox.ts";

/** After a fault of ours or of the graph, until webhooks are called again. */
const WEBHOOK_PAUSE_MS = 5_000;

function graphOfWorkspace(env: Env, workspace: string): IdentityGraphObject {
	return env.IDENTITY_GRAPH.getByName(objectName.graph(workspace)) as unknown as IdentityGraphObject;
}

export class ProfileShardObject extends DurableObject<Env> implements ProfileDoor {
	private logic: ProfileShard;
	private readonly sqlPort;
	private readonly alarmPort;

	constructor(ctx: DurableObjectState, env: Env) {
		super(ctx, env);
		this.sqlPort = createSql(ctx.storage);
		this.logic = new ProfileShard(this.sqlPort, () => Date.now());
		this.alarmPort = createAlarm(ctx, this.sqlPort);
	}

	/** To be called while all stream shards are closed and nothing is under way. */
	async empty(): Promise<void> {
		await wipe(this.ctx);
		this.alarmPort.fired();
		this.logic = new ProfileShard(this.sqlPort, () => Date.now());
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

	async readChanges(start: ChangePlace, query: RowQuery, until: number): Promise<ChangePage> {
		return readChanges(this.logic, start, query, until);
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
