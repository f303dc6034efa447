/**
 * A stream shard: the log of the streams that fall to it, and their folding.
 *
 * An append is durable when it returns. Folding runs right after, in rounds: what is unfolded is
 * read, folded stream by stream, the wanted ends are delivered to the profile shards and the
 * graph, and only then do the heads, written in one transaction, say that it is done. A crash
 * anywhere before that repeats the round; owners to whom a round was about to send for the first
 * time are written down before it sends, so that a repeat with another answer takes back what
 * the first one gave.
 */
import type { LoggedEvent } from "../../model.ts";
import { decodeRow, encodeRow, packEvents, type Segment, unpackEvents } from "../codec.ts";
import { rulesVersion, type WorkspaceConfig } from "../config.ts";
import { type Envelope, Outbound, type Receipt, receive } from "../links.ts";
import type {
	AnswersBody,
	ClaimsBody,
	GraphDoor,
	PiecesBody,
	ProfileDoor,
	StreamAnswer,
	StreamDoor,
} from "../messages.ts";
import type { Alarm, Peers, Sql } from "../ports.ts";
import { GUARD_MS, Pump } from "../pump.ts";
import { shardIndex } from "../sharding.ts";
import { foldStream, type StreamFold, type StreamNews } from "./fold-stream.ts";
import type { Head } from "./head.ts";
import { createSeen, loadHead, saveHead } from "./head-store.ts";
import { createFoldRules, type FoldRules } from "./rules.ts";
import { STREAM_SHARD_SCHEMA } from "./schema.ts";

/** Log rows and answers that one round takes. */
const ROUND_ROWS_MAX = 200;
const ROUND_EVENTS_MAX = 4000;
const ROUND_ANSWERS_MAX = 500;
/** Streams that one round re-folds under new rules. */
const ROUND_REFOLD_MAX = 50;
/** One process may run all objects on one thread: after this long others get their turn. */
const SLICE_MS = 20;
const REJECTIONS_MAX = 10_000;
const REJECTIONS_AGE_MS = 7 * 24 * 3600_000;
/** The platform ends an object at 10 GB. */
export const STORAGE_FULL_BYTES = 9.5e9;

export interface Rejection {
	at: number;
	body: string;
}

export interface AppendRequest {
	segments: Segment[];
	rejections: Rejection[];
}

export type AppendAnswer = "ok" | "overloaded" | "storage_full";

type ShardPeers = Peers<GraphDoor, StreamDoor, ProfileDoor>;

/** Owners a round may send to for the first time: stream → window → owners. */
type Intent = { [stream: string]: { [window: string]: string[] } };

interface Round {
	config: WorkspaceConfig;
	rules: FoldRules;
	news: Map<string, StreamNews>;
	foldedTo: number;
	/** Answers taken in, by stream: deleted at the end unless a newer one came. */
	answers: Map<string, number>;
	refoldTo: string | null | undefined;
	hasMore: boolean;
}

export class StreamShard implements StreamDoor {
	readonly pump: Pump;
	private readonly sql: Sql;
	private readonly alarm: Alarm;
	private readonly peers: ShardPeers;
	private readonly name: string;
	private readonly index: number;
	private readonly outbound: Outbound;
	private cachedConfig: WorkspaceConfig | null = null;
	private cachedRules: FoldRules | null = null;
	private foldedTo: number;
	private lastRow: number;
	/** Events in unfolded rows. */
	private backlogEvents = 0;
	private guardedUntil = 0;
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
	) {
		this.sql = ports.sql;
		this.alarm = ports.alarm;
		this.peers = ports.peers;
		this.index = index;
		this.name = `stream/${index}`;
		this.outbound = new Outbound(this.name, life);
		for (const statement of STREAM_SHARD_SCHEMA) this.sql.all(statement);
		this.foldedTo = Number(this.meta("folded_to") ?? 0);
		this.lastRow = this.sql.all<{ id: number | null }>("SELECT max(id) AS id FROM log")[0]?.id ?? 0;
		this.lastRow = Math.max(this.lastRow, this.foldedTo);
		for (const { body } of this.unfolded(Number.MAX_SAFE_INTEGER)) {
			for (const { count } of decodeRow(body)) this.backlogEvents += count;
		}
		this.pump = new Pump(this.alarm, () => this.round(), report);
	}

	// ——— the door ———

	/** Logs one batch's events for this shard; durable on return. Folding starts right after. */
	append({ segments, rejections }: AppendRequest): AppendAnswer {
		if (this.sql.databaseBytes > STORAGE_FULL_BYTES) return "storage_full";
		const backlogMax = this.cachedConfig?.settings.backlogEventsMax ?? Number.POSITIVE_INFINITY;
		if (this.backlogEvents >= backlogMax) return "overloaded";
		this.sql.transaction(() => {
			if (segments.length > 0) {
				this.sql.all("INSERT INTO log (id, body) VALUES (?, ?)", this.lastRow + 1, encodeRow(segments));
			}
			if (rejections.length > 0) this.keepRejections(rejections);
		});
		if (segments.length > 0) {
			this.lastRow++;
			for (const { count } of segments) this.backlogEvents += count;
		}
		this.changes++;
		this.guard();
		return "ok";
	}

	private keepRejections(rejections: Rejection[]): void {
		this.sql.all(
			"INSERT INTO rejections (at, body) SELECT value ->> 'at', value ->> 'body' FROM json_each(?)",
			JSON.stringify(rejections),
		);
		this.sql.all("DELETE FROM rejections WHERE id <= (SELECT max(id) FROM rejections) - ?", REJECTIONS_MAX);
		this.sql.all("DELETE FROM rejections WHERE at < ?", this.alarm.now() - REJECTIONS_AGE_MS);
	}

	async acceptAnswers(envelope: Envelope<AnswersBody>): Promise<Receipt> {
		const receipt = receive(this.sql, envelope, (body) => {
			if (body.config !== undefined) this.takeConfig(body.config);
			for (const { stream, answer } of body.streams) {
				this.sql.all(
					"INSERT INTO answers (stream, arrived, body) VALUES (?, 1, ?) ON CONFLICT (stream) DO UPDATE SET arrived = arrived + 1, body = excluded.body",
					stream,
					JSON.stringify(answer),
				);
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
		await this.pump.poke();
		if (this.pendingWork() > 0) this.guard();
	}

	private guard(): void {
		const now = this.alarm.now();
		if (this.guardedUntil > now) return;
		this.guardedUntil = now + GUARD_MS;
		this.alarm.wakeBy(this.guardedUntil);
	}

	// ——— rounds ———

	private async round(): Promise<boolean> {
		const round = await this.gather();
		if (round === null) return false;
		const strays = this.readIntent();
		const folds = await this.foldAll(round, strays);
		this.writeIntent(folds, strays);
		await this.deliver(round, folds);
		this.finish(round, folds);
		return round.hasMore;
	}

	/** Reads what is to be folded; null when nothing is. */
	private async gather(): Promise<Round | null> {
		if (this.pendingWork() === 0) return null;
		const config = await this.config();
		const news = new Map<string, StreamNews>();
		const newsOf = (stream: string): StreamNews => {
			let found = news.get(stream);
			if (found === undefined) {
				found = { rows: [] };
				news.set(stream, found);
			}
			return found;
		};
		let events = 0;
		let foldedTo = this.foldedTo;
		for (const { id, body } of this.unfolded(ROUND_ROWS_MAX)) {
			if (events >= ROUND_EVENTS_MAX) break;
			for (const segment of decodeRow(body)) {
				newsOf(segment.stream).rows.push({ row: id, events: unpackEvents(segment.body) });
				events += segment.count;
			}
			foldedTo = id;
		}
		const answers = new Map<string, number>();
		const arrived = this.sql.all<{ stream: string; arrived: number; body: string }>(
			"SELECT stream, arrived, body FROM answers LIMIT ?",
			ROUND_ANSWERS_MAX,
		);
		for (const { stream, arrived: mark, body } of arrived) {
			answers.set(stream, mark);
			newsOf(stream).answer = JSON.parse(body) as StreamAnswer;
		}
		for (const stream of Object.keys(this.intent())) newsOf(stream);
		const refoldFrom = this.meta("refold");
		let refoldTo: string | null | undefined;
		if (refoldFrom !== undefined) {
			const streams = this.sql.all<{ stream: string }>(
				"SELECT DISTINCT stream FROM heads WHERE stream > ? ORDER BY stream LIMIT ?",
				refoldFrom,
				ROUND_REFOLD_MAX,
			);
			for (const { stream } of streams) newsOf(stream);
			refoldTo = streams.at(-1)?.stream ?? null;
		}
		const hasMore =
			foldedTo < this.lastRow || arrived.length === ROUND_ANSWERS_MAX || (refoldTo !== undefined && refoldTo !== null);
		return { config, rules: this.rules(config), news, foldedTo, answers, refoldTo, hasMore };
	}

	private async foldAll(round: Round, strays: Intent): Promise<StreamFold[]> {
		const rows = new Map<number, Segment[]>();
		const segmentsOf = (row: number): Segment[] => {
			let segments = rows.get(row);
			if (segments === undefined) {
				segments = this.loadRow(row);
				rows.set(row, segments);
			}
			return segments;
		};
		const folds: StreamFold[] = [];
		let sliceStart = this.alarm.elapsed();
		for (const [stream, news] of round.news) {
			const windows = strays[stream];
			if (windows !== undefined) {
				news.strays = new Map(Object.entries(windows).map(([id, owners]) => [Number(id), owners]));
			}
			this.addStuckRows(stream, news, segmentsOf);
			const head = loadHead(this.sql, stream);
			try {
				folds.push(
					foldStream(
						head,
						news,
						round.rules,
						(row) =>
							segmentsOf(row).flatMap((segment) => (segment.stream === stream ? unpackEvents(segment.body) : [])),
						createSeen(this.sql, stream, head.buckets),
					),
				);
			} catch (error) {
				// A fault of ours in one stream must not hold up its neighbours: set aside, shown, tried again.
				this.setAside(stream, news, error);
			}
			if (this.alarm.elapsed() - sliceStart > SLICE_MS) {
				await this.alarm.pause();
				sliceStart = this.alarm.elapsed();
			}
		}
		return folds;
	}

	private loadRow(row: number): Segment[] {
		const [found] = this.sql.all<{ body: ArrayBuffer }>("SELECT body FROM log WHERE id = ?", row);
		return found === undefined ? [] : decodeRow(found.body);
	}

	private setAside(stream: string, news: StreamNews, error: unknown): void {
		const since = Math.min(this.foldedTo + 1, ...news.rows.map(({ row }) => row));
		this.sql.all(
			"INSERT INTO stuck (stream, since, at, error) VALUES (?, ?, ?, ?) ON CONFLICT (stream) DO UPDATE SET at = excluded.at, error = excluded.error",
			stream,
			since,
			this.alarm.now(),
			error instanceof Error ? `${error.name}: ${error.message}` : String(error),
		);
	}

	/** A stream that was set aside gets the rows it missed along with its news. */
	private addStuckRows(stream: string, news: StreamNews, segmentsOf: (row: number) => Segment[]): void {
		const [stuck] = this.sql.all<{ since: number }>("SELECT since FROM stuck WHERE stream = ?", stream);
		if (stuck === undefined) return;
		const have = new Set(news.rows.map(({ row }) => row));
		const rows = this.sql.all<{ id: number }>(
			"SELECT id FROM log WHERE id >= ? AND id <= ?",
			stuck.since,
			this.foldedTo,
		);
		for (const { id } of rows) {
			if (have.has(id)) continue;
			for (const segment of segmentsOf(id)) {
				if (segment.stream === stream) news.rows.push({ row: id, events: unpackEvents(segment.body) });
			}
		}
	}

	private async deliver(round: Round, folds: StreamFold[]): Promise<void> {
		const { config } = round;
		const byShard = new Map<number, PiecesBody>();
		for (const fold of folds) {
			for (const window of fold.windows) {
				const shards = new Set(
					[...window.was, ...window.pieces.map(({ profileId }) => profileId)].map((id) =>
						shardIndex(id, config.profileShards),
					),
				);
				for (const shard of shards) {
					const body = byShard.get(shard) ?? { windows: [] };
					body.windows.push({
						...window,
						pieces: window.pieces.filter(({ profileId }) => shardIndex(profileId, config.profileShards) === shard),
						was: window.was.filter((id) => shardIndex(id, config.profileShards) === shard),
					});
					byShard.set(shard, body);
				}
			}
		}
		const claims: ClaimsBody = { streams: [] };
		for (const { head, claims: told } of folds) {
			if (told !== null) claims.streams.push({ stream: head.stream, shard: this.index, claims: told.claims });
		}
		const sends = [...byShard].map(([shard, body]) =>
			this.outbound.send(`profile/${shard}`, body, (envelope) => this.peers.profile(shard).acceptPieces(envelope)),
		);
		if (claims.streams.length > 0) {
			sends.push(this.outbound.send("graph", claims, (envelope) => this.peers.graph().acceptClaims(envelope)));
		}
		const results = await Promise.allSettled(sends);
		const failed = results.find((result) => result.status === "rejected");
		if (failed !== undefined) throw failed.reason;
	}

	private finish(round: Round, folds: StreamFold[]): void {
		this.sql.transaction(() => {
			for (const { head, claims, purge } of folds) {
				if (claims !== null) head.claimed = claims.digest;
				this.purgeRows(head, purge);
				saveHead(this.sql, head);
				this.sql.all("DELETE FROM stuck WHERE stream = ?", head.stream);
			}
			for (const [stream, mark] of round.answers) {
				this.sql.all("DELETE FROM answers WHERE stream = ? AND arrived = ?", stream, mark);
			}
			if (round.foldedTo !== this.foldedTo) this.setMeta("folded_to", String(round.foldedTo));
			if (round.refoldTo === null) this.sql.all("DELETE FROM meta WHERE key = 'refold'");
			else if (round.refoldTo !== undefined) this.setMeta("refold", round.refoldTo);
			this.sql.all("DELETE FROM meta WHERE key = 'intent'");
		});
		for (const { rows } of round.news.values()) {
			for (const { row, events } of rows) if (row > this.foldedTo) this.backlogEvents -= events.length;
		}
		this.foldedTo = round.foldedTo;
		this.changes++;
	}

	/** Rewrites log rows without the events that were erased. */
	private purgeRows(head: Head, purge: Map<number, Set<string>>): void {
		for (const [row, keys] of purge) {
			const segments = this.loadRow(row).flatMap((segment) => {
				if (segment.stream !== head.stream) return [segment];
				const kept = unpackEvents(segment.body).filter(
					(event) => !keys.has(`${event.timestamp} ${event.sent.messageId}`),
				);
				return kept.length === 0 ? [] : [{ ...segment, count: kept.length, body: packEvents(kept) }];
			});
			if (segments.length === 0) this.sql.all("DELETE FROM log WHERE id = ?", row);
			else this.sql.all("UPDATE log SET body = ? WHERE id = ?", encodeRow(segments), row);
		}
	}

	// ——— intent: whom an unfinished round may have sent to ———

	private intent(): Intent {
		return JSON.parse(this.meta("intent") ?? "{}") as Intent;
	}

	private readIntent(): Intent {
		return this.intent();
	}

	private writeIntent(folds: StreamFold[], strays: Intent): void {
		const intent: Intent = structuredClone(strays);
		let isNew = false;
		for (const { head, windows } of folds) {
			for (const { window, pieces, was } of windows) {
				const owners = pieces.map(({ profileId }) => profileId).filter((id) => !was.includes(id));
				if (owners.length === 0) continue;
				isNew = true;
				const ofStream = intent[head.stream] ?? {};
				ofStream[window] = [...new Set([...(ofStream[window] ?? []), ...owners])];
				intent[head.stream] = ofStream;
			}
		}
		if (isNew) this.setMeta("intent", JSON.stringify(intent));
	}

	// ——— small things ———

	private unfolded(limit: number): { id: number; body: ArrayBuffer }[] {
		return this.sql.all<{ id: number; body: ArrayBuffer }>(
			"SELECT id, body FROM log WHERE id > ? ORDER BY id LIMIT ?",
			this.foldedTo,
			limit,
		);
	}

	/** Log rows and answers that no fold has finished with. */
	pendingWork(): number {
		const [row] = this.sql.all<{ answers: number; meta: number }>(
			"SELECT (SELECT count(*) FROM answers) AS answers, (SELECT count(*) FROM meta WHERE key IN ('intent', 'refold')) AS meta",
		);
		return this.lastRow - this.foldedTo + (row?.answers ?? 0) + (row?.meta ?? 0);
	}

	status(): StreamShardStatus {
		const [row] = this.sql.all<{ stuck: number; rejections: number; refolding: number }>(
			"SELECT (SELECT count(*) FROM stuck) AS stuck, (SELECT count(*) FROM rejections) AS rejections, (SELECT count(*) FROM meta WHERE key = 'refold') AS refolding",
		);
		return {
			pending: this.pendingWork() + (this.pump.busy ? 1 : 0),
			changes: this.changes,
			stuck: row?.stuck ?? 0,
			refolding: row?.refolding ?? 0,
			rejections: row?.rejections ?? 0,
			backlogEvents: this.backlogEvents,
			logRows: this.lastRow,
			databaseBytes: this.sql.databaseBytes,
			rowsRead: this.sql.counters.rowsRead,
			rowsWritten: this.sql.counters.rowsWritten,
			lastError: this.pump.lastError,
		};
	}

	async config(): Promise<WorkspaceConfig> {
		if (this.cachedConfig !== null) return this.cachedConfig;
		const stored = this.meta("config");
		if (stored !== undefined) {
			this.cachedConfig = JSON.parse(stored) as WorkspaceConfig;
			return this.cachedConfig;
		}
		const config = await this.peers.graph().config();
		if (config === null) throw new Error("the workspace does not exist");
		this.setMeta("config", JSON.stringify(config));
		this.cachedConfig = config;
		return config;
	}

	rules(config: WorkspaceConfig): FoldRules {
		const version = rulesVersion(config);
		if (this.cachedRules?.version !== version) this.cachedRules = createFoldRules(config);
		return this.cachedRules;
	}

	/** New settings: every stream is folded again, in small steps. */
	private takeConfig(config: WorkspaceConfig): void {
		const old = this.meta("config");
		this.setMeta("config", JSON.stringify(config));
		this.cachedConfig = config;
		if (old === undefined || rulesVersion(JSON.parse(old) as WorkspaceConfig) !== rulesVersion(config)) {
			this.setMeta("refold", "");
		}
	}

	private meta(key: string): string | undefined {
		return this.sql.all<{ value: string }>("SELECT value FROM meta WHERE key = ?", key)[0]?.value;
	}

	private setMeta(key: string, value: string): void {
		this.sql.all(
			"INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
			key,
			value,
		);
	}

	/** Streams after `after` in key order, for reading; see read-events.ts. */
	streamsAfter(after: string, limit: number): string[] {
		return this.sql
			.all<{ stream: string }>(
				"SELECT stream FROM heads WHERE stream > ? AND part = 0 ORDER BY stream LIMIT ?",
				after,
				limit,
			)
			.map(({ stream }) => stream);
	}

	loadStream(stream: string): { head: Head; loadEvents: (row: number) => LoggedEvent[] } {
		return {
			head: loadHead(this.sql, stream),
			loadEvents: (row) =>
				this.loadRow(row).flatMap((segment) => (segment.stream === stream ? unpackEvents(segment.body) : [])),
		};
	}

	/** Newest first. */
	latestRejections(limit: number): { at: number; body: string }[] {
		return this.sql.all("SELECT at, body FROM rejections ORDER BY id DESC LIMIT ?", limit);
	}
}

export interface StreamShardStatus {
	/** Unfolded log rows, unread answers and unfinished rounds. */
	pending: number;
	changes: number;
	stuck: number;
	refolding: number;
	rejections: number;
	backlogEvents: number;
	logRows: number;
	databaseBytes: number;
	rowsRead: number;
	rowsWritten: number;
	lastError: string | null;
}
