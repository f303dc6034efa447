/**
 * One round of a stream shard's folding: what is unfolded is read, folded stream by stream, the
 * wanted ends are delivered to the profile shards and the graph, and only then do the heads, written
 * in one transaction, say that it is done.
 *
 * A crash anywhere before that repeats the round, with whatever has come since. So before anything is
 * sent, it is written down which windows of which streams are, and to whom: the repeat sends those
 * again even where it comes to the end that the heads know, and takes back what another end gave.
 */

import { withoutOldContent } from "../../identity/index.ts";
import type { Segment } from "../codec.ts";
import type { WorkspaceConfig } from "../config.ts";
import { describeError } from "../describe-error.ts";
import type { Outbound } from "../links.ts";
import type { ClaimsBody, GraphDoor, PiecesBody, ProfileDoor, StreamDoor } from "../messages.ts";
import type { Alarm, Peers, Sql } from "../ports.ts";
import { shardIndex } from "../sharding.ts";
import { dueAt, isEmpty, type Retention } from "./aging.ts";
import { foldStream, type Strays, type StreamFold, type StreamNews } from "./fold-stream.ts";
import { type Head, rowsOf } from "./head.ts";
import { type AgedPage, createSeen, type HeadStore } from "./head-store.ts";
import type { StreamLimits } from "./limits.ts";
import type { FoldRules } from "./rules.ts";
import type { CopyEdit, DeliveryCounts, Intent, Progress, ShardRows, StuckStream } from "./shard-rows.ts";

/** One process may run all objects on one thread: after this long others get their turn. */
const SLICE_MS = 4;
/** Events of a slice: where the platform's clock stands still between two waits, that is how a slice ends. */
const SLICE_EVENTS = 100;

export interface RoundPorts {
	sql: Sql;
	rows: ShardRows;
	heads: HeadStore;
	alarm: Alarm;
	peers: Peers<GraphDoor, StreamDoor, ProfileDoor>;
	outbound: Outbound;
	limits: StreamLimits;
	/** Of this shard. */
	index: number;
	config: WorkspaceConfig;
	rules: FoldRules;
	/** How much content goes by age. */
	retention: Retention;
	/** The stream after which heads are to be looked at for content that is too old; null: this round looks at none. */
	aging: string | null;
	/** Whether the settings are still those that the round began with. */
	isCurrent: () => boolean;
}

export interface RoundDone {
	progress: Progress;
	/** Events that are folded now. */
	events: number;
	/** Streams that were set aside, and those that are no longer. */
	stuck: Map<string, StuckStream>;
	freed: string[];
	hasMore: boolean;
	/** Some stream folded here holds content, which may become too old. */
	hasContent: boolean;
}

/**
 * @param progress as the last round left it; told of what this one may send
 * @param stuck    streams that were set aside before
 * @param retry    those of them to be tried again
 */
export async function playRound(
	ports: RoundPorts,
	progress: Progress,
	stuck: ReadonlyMap<string, StuckStream>,
	retry: readonly string[],
): Promise<RoundDone> {
	return new Round(ports, progress, stuck).play(retry);
}

/** Unpacked when its stream is folded, so that no slice is longer than a stream takes. */
interface GatheredNews extends Omit<StreamNews, "rows"> {
	rows: { row: number; segments: readonly Segment[] }[];
}

class Round {
	private readonly news = new Map<string, GatheredNews>();
	/** Marks of the answers taken in, by stream: deleted at the end unless a newer one came. */
	private readonly answers = new Map<string, number>();
	private readonly setAside = new Map<string, StuckStream & { reason: string }>();
	private readonly read = new Map<number, Segment[]>();
	private readonly ports: RoundPorts;
	private readonly before: Progress;
	private readonly stuck: ReadonlyMap<string, StuckStream>;
	private foldedTo: number;
	private events = 0;
	private readonly counts: DeliveryCounts;
	private refoldTo: string | null | undefined;
	/** Streams taken for their old content, and where the next step goes on; null: none was looked for. */
	private aged: AgedPage | null = null;
	/** Streams that have events in rows beyond this round, up to the row that was looked at last. */
	private readonly ahead = new Set<string>();
	private lookedTo = 0;
	/** There are more such rows than were looked at. */
	private isFarBehind = false;
	private hasMore = false;

	constructor(ports: RoundPorts, progress: Progress, stuck: ReadonlyMap<string, StuckStream>) {
		this.ports = ports;
		this.before = progress;
		this.stuck = stuck;
		this.foldedTo = progress.foldedTo;
		this.counts = { ...progress.counts };
	}

	async play(retry: readonly string[]): Promise<RoundDone> {
		for (const stream of [...retry, ...Object.keys(this.before.intent)]) this.newsOf(stream);
		this.gatherRows();
		this.gatherRefold();
		this.gatherAged();
		this.gatherAnswers();
		this.gatherStuck();
		const folds = await this.foldAll();
		this.writeIntent(folds);
		await this.deliver(folds);
		return this.finish(folds);
	}

	private newsOf(stream: string): GatheredNews {
		let found = this.news.get(stream);
		if (found === undefined) {
			found = { rows: [], strays: this.before.intent[stream] };
			this.news.set(stream, found);
		}
		return found;
	}

	// ——— reading ———

	private gatherRows(): void {
		const { rows, limits } = this.ports;
		const unfolded = rows.rowsAfter(this.foldedTo, limits.roundRowsMax);
		for (const { id, segments } of unfolded) {
			if (this.events >= limits.roundEventsMax) {
				this.hasMore = true;
				break;
			}
			for (const { stream, count } of segments) {
				this.addRow(stream, id, segments);
				this.events += count;
			}
			this.foldedTo = id;
		}
		if (unfolded.length === limits.roundRowsMax) this.hasMore = true;
	}

	private addRow(stream: string, row: number, segments: readonly Segment[]): void {
		const { rows } = this.newsOf(stream);
		if (rows.at(-1)?.row === row) return;
		rows.push({ row, segments });
	}

	private gatherRefold(): void {
		const { rows, limits } = this.ports;
		const from = rows.meta("refold");
		if (from === undefined) return;
		const streams = rows.streamsAfter(from, limits.roundRefoldMax);
		for (const stream of streams) this.newsOf(stream);
		this.refoldTo = streams.at(-1) ?? null;
		if (this.refoldTo !== null) this.hasMore = true;
	}

	private gatherAged(): void {
		const { aging, heads, limits, retention } = this.ports;
		if (aging === null) return;
		this.aged = heads.agedAfter(aging, retention.cut, limits.agedHeadsMax, limits.roundRefoldMax);
		for (const stream of this.aged.streams) this.newsOf(stream);
	}

	private gatherAnswers(): void {
		const { rows, limits } = this.ports;
		const arrived = rows.answers(limits.roundAnswersMax);
		for (const { stream } of arrived) this.newsOf(stream);
		if (arrived.length === limits.roundAnswersMax) this.hasMore = true;
		const known = new Map(arrived.map((row) => [row.stream, row]));
		for (const [stream, news] of this.news) {
			const row = known.get(stream) ?? (this.stuck.has(stream) ? rows.answerOf(stream) : undefined);
			if (row === undefined) continue;
			news.answer = row.answer;
			this.answers.set(stream, row.arrived);
		}
	}

	/** A stream that was set aside gets the rows it missed along with its news. */
	private gatherStuck(): void {
		for (const [stream, news] of this.news) {
			const stuck = this.stuck.get(stream);
			if (stuck === undefined) continue;
			const missed = this.ports.rows
				.rowIds(stuck.since, this.before.foldedTo)
				.map((row) => ({ row, segments: this.segmentsOf(row) }))
				.filter(({ segments }) => segments.some((segment) => segment.stream === stream));
			news.rows.unshift(...missed);
			news.strays = joinStrays(stuck.strays, news.strays ?? {});
		}
	}

	private segmentsOf(row: number): Segment[] {
		const segments = this.read.get(row) ?? this.ports.rows.loadRow(row);
		this.read.set(row, segments);
		return segments;
	}

	// ——— folding ———

	private async foldAll(): Promise<StreamFold[]> {
		const { alarm } = this.ports;
		const folds: StreamFold[] = [];
		if (this.news.size > 0) await alarm.pause();
		let [sliceStart, sliceEvents] = [alarm.elapsed(), 0];
		for (const [stream, news] of this.news) {
			try {
				folds.push(this.fold(stream, news));
			} catch (error) {
				// A fault of ours in one stream must not hold up its neighbours: set aside, shown, tried again.
				this.keepAside(stream, news, error);
			}
			sliceEvents += news.rows.reduce((sum, { segments }) => sum + countOf(stream, segments), 0);
			if (alarm.elapsed() - sliceStart > SLICE_MS || sliceEvents > SLICE_EVENTS) {
				await alarm.pause();
				[sliceStart, sliceEvents] = [alarm.elapsed(), 0];
			}
		}
		return folds;
	}

	private fold(stream: string, { rows, ...news }: GatheredNews): StreamFold {
		const { sql, rows: stored, heads, rules, limits } = this.ports;
		const head = heads.load(stream);
		const before = countsOf(head);
		const arrived = rows.map(({ row, segments }) => ({ row, events: stored.eventsOf(stream, segments) }));
		const fold = foldStream(
			head,
			{ ...news, rows: arrived, retention: this.retentionOf(head, arrived) },
			rules,
			(row) => stored.eventsOf(stream, this.segmentsOf(row)),
			createSeen(sql, stored.keys, head),
			(closed) => heads.open(closed),
			limits,
		);
		const after = countsOf(fold.head);
		this.counts.duplicates += after.duplicates - before.duplicates;
		this.counts.numbered += after.numbered - before.numbered;
		this.counts.lost += after.lost - before.lost;
		return fold;
	}

	/**
	 * Old content stays while rows beyond this round hold events of its stream: an unlike copy may be among them of an event whose
	 * content would go here, and only both texts tell which of the two counts.
	 */
	private retentionOf(head: Head, news: StreamNews["rows"]): Retention {
		const { retention } = this.ports;
		let oldest = head.contentFrom ?? Number.POSITIVE_INFINITY;
		for (const { events } of news) for (const { timestamp } of events) oldest = Math.min(oldest, timestamp);
		const mustWait = oldest < retention.cut && this.isAhead(head.stream);
		return mustWait ? { ...retention, cut: Math.min(head.cut, oldest) } : retention;
	}

	/** Whether the log holds events of the stream that this round does not read, or more rows than it can look through. */
	private isAhead(stream: string): boolean {
		if (this.isFarBehind) return true;
		const { rows, limits } = this.ports;
		const further = rows.rowsAfter(Math.max(this.lookedTo, this.foldedTo), limits.roundRowsMax);
		for (const { id, segments } of further) {
			this.lookedTo = id;
			for (const segment of segments) this.ahead.add(segment.stream);
		}
		this.isFarBehind = further.length === limits.roundRowsMax;
		return this.isFarBehind || this.ahead.has(stream);
	}

	private keepAside(stream: string, news: GatheredNews, error: unknown): void {
		const since = Math.min(this.before.foldedTo + 1, ...news.rows.map(({ row }) => row));
		this.setAside.set(stream, {
			since: Math.min(since, this.stuck.get(stream)?.since ?? since),
			strays: news.strays ?? {},
			reason: describeError(error),
		});
		this.answers.delete(stream);
	}

	// ——— sending ———

	private writeIntent(folds: readonly StreamFold[]): void {
		const intent: Intent = { ...this.before.intent };
		let isNew = false;
		for (const { head, windows, claims } of folds) {
			if (windows.length === 0 && claims === null) continue;
			isNew = true;
			const strays: Strays = {};
			for (const { window, pieces } of windows) strays[window] = pieces.map(({ profileId }) => profileId);
			intent[head.stream] = joinStrays(this.news.get(head.stream)?.strays ?? {}, strays);
		}
		if (isNew) this.ports.rows.setProgress({ ...this.before, intent });
		this.before.intent = intent;
	}

	private async deliver(folds: readonly StreamFold[]): Promise<void> {
		const { outbound, peers, index } = this.ports;
		const claims: ClaimsBody = { streams: [] };
		for (const { head, claims: told } of folds) {
			if (told !== null) claims.streams.push({ stream: head.stream, shard: index, claims: told.claims });
		}
		const sends = [...this.piecesByShard(folds)].map(([shard, body]) =>
			outbound.send(`profile/${shard}`, body, (envelope) => peers.profile(shard).acceptPieces(envelope)),
		);
		if (claims.streams.length > 0) {
			sends.push(outbound.send("graph", claims, (envelope) => peers.graph().acceptClaims(envelope)));
		}
		const failed = (await Promise.allSettled(sends)).find((result) => result.status === "rejected");
		if (failed !== undefined) throw failed.reason;
	}

	private piecesByShard(folds: readonly StreamFold[]): Map<number, PiecesBody> {
		const shardOf = (profileId: string) => shardIndex(profileId, this.ports.config.profileShards);
		const bodies = new Map<number, PiecesBody>();
		const bodyOf = (shard: number): PiecesBody => {
			const body = bodies.get(shard) ?? { windows: [], erased: [] };
			bodies.set(shard, body);
			return body;
		};
		for (const { head, sharers } of folds) {
			for (const [shard, profiles] of Map.groupBy(sharers ?? [], shardOf)) {
				bodyOf(shard).erased.push({ stream: head.stream, profiles });
			}
		}
		for (const window of folds.flatMap((fold) => fold.windows)) {
			const shards = new Set([...window.was, ...window.pieces.map(({ profileId }) => profileId)].map(shardOf));
			for (const shard of shards) {
				bodyOf(shard).windows.push({
					...window,
					pieces: window.pieces.filter(({ profileId }) => shardOf(profileId) === shard),
					was: window.was.filter((profileId) => shardOf(profileId) === shard),
				});
			}
		}
		return bodies;
	}

	// ——— the end ———

	private finish(folds: readonly StreamFold[]): RoundDone {
		const { sql, rows, heads, alarm, retention, isCurrent } = this.ports;
		this.counts.copies += this.events;
		const progress: Progress = { foldedTo: this.foldedTo, intent: {}, counts: this.counts };
		const freed: string[] = [];
		sql.transaction(() => {
			for (const [row, edits] of this.editsOf(folds)) rows.editRow(row, edits);
			for (const { head, claims } of folds) if (claims !== null) head.claimed = claims.digest;
			const empty = this.emptyOf(folds);
			for (const { head, sharers } of folds) {
				const isRenewed = sharers !== null;
				if (isRenewed) rows.renewStream(head.stream, rowsOf(head), this.foldedTo);
				if (empty.has(head.stream)) heads.forget(head.stream);
				else heads.save(head, dueAt(head, retention), isRenewed);
				if (!this.stuck.has(head.stream)) continue;
				rows.deleteStuck(head.stream);
				freed.push(head.stream);
			}
			for (const [stream, stuck] of this.setAside) {
				rows.setStuck(stream, stuck, alarm.now(), stuck.reason);
				// From here on no unfolded row keeps the slot of its key.
				heads.keepSlot(stream);
			}
			for (const [stream, arrived] of this.answers) rows.deleteAnswer(stream, arrived);
			rows.setProgress(progress);
			// Newer settings that came meanwhile begin again with the first stream.
			if (this.refoldTo !== undefined && isCurrent()) {
				if (this.refoldTo === null) rows.deleteMeta("refold");
				else rows.setMeta("refold", this.refoldTo);
			}
			this.saveAging(folds);
		});
		const hasContent = folds.some(({ head }) => head.contentFrom !== null);
		return { progress, events: this.events, stuck: this.setAside, freed, hasMore: this.hasMore, hasContent };
	}

	/** Where to go on looking for old content: here again, where a stream had more of it than one step takes. */
	private saveAging(folds: readonly StreamFold[]): void {
		const { rows, aging, retention } = this.ports;
		const left = folds.filter(({ head }) => (dueAt(head, retention) ?? Number.POSITIVE_INFINITY) <= retention.cut);
		if (this.aged !== null && aging !== null) {
			const { streams, next } = this.aged;
			const found = this.aged.found || (aging !== "" && rows.aging().found);
			const isLeft = left.some(({ head }) => streams.includes(head.stream));
			rows.setAging({ cut: retention.cut, after: isLeft ? aging : next, found });
		}
		// A stream that was set aside when its turn was, for one: those that were looked at are looked at again.
		if (left.length === 0) return;
		const { cut, after } = rows.aging();
		if (left.some(({ head }) => after === null || head.stream <= after)) rows.setAging({ cut, after: "", found: true });
	}

	/** What the folds take from the log: by row, so that a batch of many streams is written once. */
	private editsOf(folds: readonly StreamFold[]): Map<number, Map<string, CopyEdit>> {
		const { identity, hash } = this.ports.rules;
		const byRow = new Map<number, Map<string, CopyEdit>>();
		for (const { head, drops, outdated } of folds) {
			const { stream, cut } = head;
			for (const row of new Set([...drops.keys(), ...outdated])) {
				const places = drops.get(row);
				let index = 0;
				const edit: CopyEdit = (event, place) => {
					if (places?.has(place)) return null;
					return withoutOldContent(event, cut, identity, hash, head.losers[row]?.includes(index++));
				};
				byRow.set(row, (byRow.get(row) ?? new Map<string, CopyEdit>()).set(stream, edit));
			}
		}
		return byRow;
	}

	/** Streams of which nothing is left, and nothing has come meanwhile, which would lie under their keys. */
	private emptyOf(folds: readonly StreamFold[]): Set<string> {
		const { rows } = this.ports;
		const empty = new Set(folds.flatMap(({ head }) => (isEmpty(head) ? [head.stream] : [])));
		if (empty.size === 0) return empty;
		const beyond = rows.rowsAfter(this.foldedTo, Number.MAX_SAFE_INTEGER);
		for (const { stream } of beyond.flatMap(({ segments }) => segments)) empty.delete(stream);
		for (const stream of empty) if (rows.answerOf(stream) !== undefined) empty.delete(stream);
		return empty;
	}
}

function countOf(stream: string, segments: readonly Segment[]): number {
	return segments.reduce((sum, segment) => sum + (segment.stream === stream ? segment.count : 0), 0);
}

/** A stream's part of the counts. A tab that is forgotten takes its numbers along. */
function countsOf({ duplicates, tabs }: Head): Omit<DeliveryCounts, "copies"> {
	const numbered = tabs.reduce((sum, [, last]) => sum + last, 0);
	return { duplicates, numbered, lost: numbered - tabs.reduce((sum, [, , seen]) => sum + seen, 0) };
}

function joinStrays(a: Strays, b: Strays): Strays {
	const joined: Strays = { ...a };
	for (const [window, owners] of Object.entries(b)) {
		joined[window] = [...new Set([...(joined[window] ?? []), ...owners])];
	}
	return joined;
}
