/**
 * The identity graph of a workspace: who is the same person, and the workspace's keys and settings.
 *
 * Streams tell it their claims; it recomputes what a change can touch with the pure rules (recompute.ts), and
 * tells each stream the answer that it needs. A change is marked in the transaction that accepts
 * it and the mark goes when every stream touched has acknowledged its answer.
 */
import { createHasher } from "../../identity/index.ts";
import {
	configVersion,
	readStoredConfig,
	type WorkspaceConfig,
	type WorkspaceSettings,
	withSettings,
} from "../config.ts";
import { keepForm } from "../form.ts";
import { type Envelope, Outbound, receive } from "../links.ts";
import type { ClaimsBody, ClaimsReceipt, GraphDoor, ProfileDoor, StreamDoor } from "../messages.ts";
import type { Alarm, Peers, Sql } from "../ports.ts";
import { GUARD_MS, Pump } from "../pump.ts";
import { DONE, type ReceiptState } from "../receipt-state.ts";
import { GraphMeta } from "./graph-meta.ts";
import { firstMark, idleMarks, lastMark, markDirty, replaceClaims, writeDrafts } from "./graph-rows.ts";
import { createGraphSql, type GraphSql } from "./graph-sql.ts";
import { IdleTurns } from "./idle-streams.ts";
import { Questions } from "./questions.ts";
import { GRAPH_LIMITS, type GraphLimits, Recompute } from "./recompute.ts";
import { IDENTITY_GRAPH_SCHEMA } from "./schema.ts";
import { Tombstones } from "./tombstones.ts";

/** Streams are counted again after a millisecond for each so many of them, and not before: 100,000 every 10 s. */
const COUNTED_STREAMS_PER_MS = 10;

type GraphPeers = Peers<GraphDoor, StreamDoor, ProfileDoor>;

export class IdentityGraph implements GraphDoor {
	readonly pump: Pump;
	readonly sql: GraphSql;
	readonly questions: Questions;
	private readonly alarm: Alarm;
	private readonly meta: GraphMeta;
	private readonly recompute: Recompute;
	private readonly tombstones: Tombstones;
	private readonly idleTurns: IdleTurns;
	private cachedConfig: WorkspaceConfig | null = null;
	private isReady = false;
	private guardedUntil = 0;
	changes = 0;
	private counted = { streams: 0, changes: -1, countedAt: 0 };

	/**
	 * @param life   differs each time the object wakes
	 * @param report hears of failed rounds; must log no personal data
	 */
	constructor(
		ports: { sql: Sql; alarm: Alarm; peers: GraphPeers },
		life: string,
		report: (error: unknown) => void,
		limits: Partial<GraphLimits> = {},
	) {
		this.sql = createGraphSql(ports.sql);
		this.questions = new Questions(this.sql);
		this.alarm = ports.alarm;
		this.meta = new GraphMeta(this.sql);
		const outbound = new Outbound("graph", life);
		this.idleTurns = new IdleTurns(this.sql, this.meta, this.alarm);
		this.tombstones = new Tombstones(this.sql, ports.peers, outbound);
		this.recompute = new Recompute({
			...ports,
			sql: this.sql,
			meta: this.meta,
			outbound,
			limits: { ...GRAPH_LIMITS, ...limits },
		});
		this.pump = new Pump(this.alarm, () => this.round(), report);
	}

	// ——— workspace ———

	/** A name that somebody made up must leave nothing on disk: tables come with the workspace. */
	private prepare(): void {
		if (this.isReady) return;
		keepForm(this.sql, "streams");
		for (const statement of IDENTITY_GRAPH_SCHEMA) this.sql.all(statement);
		this.isReady = true;
	}

	exists(): boolean {
		if (this.cachedConfig !== null) return true;
		const tables = this.sql.all("SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'meta'");
		if (tables.length === 0) return false;
		this.prepare();
		return this.meta.read("config") !== undefined;
	}

	/** @returns false when the workspace exists already: nothing is changed then */
	create(config: WorkspaceConfig): boolean {
		if (this.exists()) return false;
		this.prepare();
		this.sql.transaction(() => {
			this.meta.write("config", JSON.stringify(config));
			// Every shard asks for its first settings itself.
			this.meta.write("config_told", configVersion(config));
		});
		this.cachedConfig = config;
		return true;
	}

	readConfig(): WorkspaceConfig | null {
		if (this.cachedConfig === null && this.exists()) {
			const stored = this.meta.read("config");
			if (stored !== undefined) this.cachedConfig = readStoredConfig(stored);
		}
		return this.cachedConfig;
	}

	async config(): Promise<WorkspaceConfig | null> {
		return this.readConfig();
	}

	/** New settings are told to every stream shard, which folds its history again where they say so. */
	changeSettings(settings: WorkspaceSettings): WorkspaceConfig {
		const config = withSettings(this.mustConfig(), settings);
		this.sql.transaction(() => this.meta.write("config", JSON.stringify(config)));
		this.cachedConfig = config;
		this.changes++;
		this.guard();
		void this.pump.poke();
		return config;
	}

	private mustConfig(): WorkspaceConfig {
		const config = this.readConfig();
		if (config === null) throw new Error("the workspace does not exist");
		return config;
	}

	// ——— claims in ———

	async acceptClaims(envelope: Envelope<ClaimsBody>): Promise<ClaimsReceipt> {
		let answers: ClaimsReceipt["answers"] = [];
		const receipt = receive(this.sql, envelope, (body) => {
			answers = this.takeClaims(body);
		});
		if (envelope.body.streams.some(({ claims }) => claims?.idle)) this.idleTurns.arm();
		this.changes++;
		if (this.pendingWork() > 0) {
			this.guard();
			void this.pump.poke();
		}
		return { ...receipt, answers };
	}

	private takeClaims({ streams }: ClaimsBody): ClaimsReceipt["answers"] {
		const config = this.mustConfig();
		const hash = createHasher(config.secret);
		const isQuiet = !this.pump.busy && this.tombstones.untold() === 0 && this.recompute.isQuiet(config);
		const marks = new Set<string>();
		for (const { stream, claims } of streams) {
			for (const mark of replaceClaims(this.sql, stream, claims, hash)) marks.add(mark);
			if (claims !== null) this.tombstones.note(claims.statements);
		}
		const asking = streams.map(({ stream }) => stream);
		const said = isQuiet ? this.recompute.answerAtOnce(config, marks, asking) : null;
		if (said === null) writeDrafts(this.sql, new Map());
		if (said?.isDone !== true) markDirty(this.sql, marks, this.alarm.now());
		return said?.answers ?? [];
	}

	async wake(): Promise<void> {
		this.guardedUntil = 0;
		if (!this.exists()) return;
		this.takeIdleTurn();
		await this.pump.turn();
		if (this.pendingWork() > 0) this.guard();
	}

	private takeIdleTurn(): void {
		if (this.mustConfig().settings.idleDays === null) return;
		this.sql.transaction(() => {
			const streams = this.idleTurns.take();
			if (streams.length > 0) markDirty(this.sql, idleMarks(streams), this.alarm.now());
		});
		this.idleTurns.arm();
	}

	private async round(): Promise<boolean> {
		if (this.pendingWork() === 0) return false;
		const config = this.mustConfig();
		await this.tombstones.tell(config.streamShards);
		const hasMore = await this.recompute.round(config);
		this.changes++;
		return hasMore;
	}

	private guard(): void {
		const now = this.alarm.now();
		if (this.guardedUntil > now) return;
		this.guardedUntil = now + GUARD_MS;
		this.alarm.wakeBy(this.guardedUntil);
	}

	pendingWork(): number {
		if (!this.exists()) return 0;
		return this.recompute.pending(this.mustConfig()) + this.tombstones.untold();
	}

	// ——— receipts, and how things stand ———

	keepReceipt(receipt: string, state: ReceiptState): void {
		this.sql.all(
			"INSERT INTO receipts (receipt, body) VALUES (?, ?) ON CONFLICT (receipt) DO UPDATE SET body = excluded.body",
			receipt,
			JSON.stringify(state),
		);
	}

	readReceipt(receipt: string): ReceiptState | null {
		const [row] = this.sql.all<{ body: string }>("SELECT body FROM receipts WHERE receipt = ?", receipt);
		return row === undefined ? null : (JSON.parse(row.body) as ReceiptState);
	}

	/** Receipts of erasures that are not finished. */
	openReceipts(): string[] {
		return this.sql
			.all<{ receipt: string }>("SELECT receipt FROM receipts WHERE body <> ?", JSON.stringify(DONE))
			.map(({ receipt }) => receipt);
	}

	/** Where the graph's work stands now: see {@link isPast}. */
	mark(): number {
		return lastMark(this.sql);
	}

	/** Whether all that was marked up to then is computed and told, however much came since. */
	isPast(mark: number): boolean {
		return firstMark(this.sql) > mark && this.recompute.postponed() === 0 && this.tombstones.untold() === 0;
	}

	/** Counting reads the whole table, and a dashboard asks often: the more streams, the older the number may be. */
	private countStreams(): number {
		const { streams, changes, countedAt } = this.counted;
		const now = this.alarm.now();
		if (changes === this.changes || now - countedAt < streams / COUNTED_STREAMS_PER_MS) return streams;
		const [row] = this.sql.all<{ streams: number }>("SELECT count(*) AS streams FROM streams");
		this.counted = { streams: row?.streams ?? 0, changes: this.changes, countedAt: now };
		return this.counted.streams;
	}

	status(): GraphStatus {
		if (!this.exists()) {
			return {
				pending: 0,
				postponed: 0,
				erasing: 0,
				changes: 0,
				streams: 0,
				databaseBytes: 0,
				rowsRead: 0,
				rowsWritten: 0,
				lastError: null,
			};
		}
		return {
			pending: this.pendingWork() + (this.pump.busy ? 1 : 0),
			postponed: this.recompute.postponed(),
			erasing: this.openReceipts().length,
			changes: this.changes,
			streams: this.countStreams(),
			databaseBytes: this.sql.databaseBytes,
			rowsRead: this.sql.counters.rowsRead,
			rowsWritten: this.sql.counters.rowsWritten,
			lastError: this.pump.lastError,
		};
	}
}

export interface GraphStatus {
	pending: number;
	/** Of those: what waits for the next recompute of a large component. */
	postponed: number;
	/** Erasures whose receipts are not done. */
	erasing: number;
	changes: number;
	streams: number;
	databaseBytes: number;
	rowsRead: number;
	rowsWritten: number;
	lastError: string | null;
}
