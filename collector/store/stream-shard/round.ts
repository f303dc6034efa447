/**
 * One round of a stream shard's folding: what is unfolded is read, folded stream by stream, the graph is told what it is to know
 * and heard where it answers at once, the wanted ends are delivered to the profile shards, and only then do the heads,
 * written in one transaction, say that it is done.
 *
 * A crash anywhere before that repeats the round, with whatever has come since. So before anything is
 * sent, it is written down which windows of which streams are, and to whom: the repeat sends those
 * again even where it comes to the end that the heads know, and takes back what another end gave.
 */

import { withoutOldContent } from "../../identity/index.ts";
import type { Segment } from "../codec.ts";
import { describeError } from "../describe-error.ts";
import type { StreamAnswer } from "../messages.ts";
import { dueAt, isEmpty, type Retention } from "./aging.ts";
import { deliver, tellGraph } from "./deliver.ts";
import { foldStream, joinFolds, type Strays, type StreamFold, type StreamNews } from "./fold-stream.ts";
import { Gathered, type GatheredNews, joinStrays } from "./gathered.ts";
import { type Head, rowsOf } from "./head.ts";
import { placeAfter } from "./head-place.ts";
import { createSeen } from "./head-store.ts";
import { isFallenIdle } from "./idle.ts";
import type { RoundPorts } from "./round-ports.ts";
import type { CopyEdit, DeliveryCounts, Foretold, Intent, Progress, StuckStream } from "./shard-rows.ts";

/** One process may run all objects on one thread: after this long others get their turn. */
const SLICE_MS = 4;
/** Events of a slice: where the platform's clock stands still between two waits, that is how a slice ends. */
const SLICE_EVENTS = 100;
/** What a stream that is folded again or for its age counts as there: its own events are not counted before it is folded. */
const AGAIN_EVENTS = 20;

export interface RoundDone {
	progress: Progress;
	/** Events that are folded now. */
	events: number;
	/** Streams that were set aside, and those that are no longer. */
	stuck: Map<string, StuckStream>;
	freed: string[];
	hasMore: boolean;
	/** Some stream folded here holds what may become too old. */
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
	return new Round(ports, progress, stuck, retry).play();
}

class Round {
	private readonly gathered: Gathered;
	private readonly setAside = new Map<string, StuckStream & { reason: string }>();
	private readonly ports: RoundPorts;
	private readonly before: Progress;
	private readonly stuck: ReadonlyMap<string, StuckStream>;
	private readonly counts: DeliveryCounts;
	/** The end that was written down before anything was sent; null: none was. */
	private foretold: Foretold | null = null;
	/** Answers that this round had no use for, by stream: for the next. */
	private readonly late = new Map<string, StreamAnswer>();
	/** Streams that the next round tells the graph of again. */
	private readonly unheard: Intent = {};

	constructor(
		ports: RoundPorts,
		progress: Progress,
		stuck: ReadonlyMap<string, StuckStream>,
		retry: readonly string[],
	) {
		this.ports = ports;
		this.before = progress;
		this.stuck = stuck;
		this.gathered = new Gathered(ports, progress, stuck, retry);
		this.counts = { ...progress.counts };
		this.counts.copies += this.gathered.events;
	}

	async play(): Promise<RoundDone> {
		let folds = await this.foldAll();
		this.writeIntent(folds);
		const answers = await tellGraph(this.ports, folds);
		folds = folds.flatMap((fold) => this.hear(fold, answers.get(fold.head.stream)) ?? []);
		this.writeIntent(folds);
		await deliver(this.ports, folds);
		return this.finish(folds);
	}

	// ——— folding ———

	private async foldAll(): Promise<StreamFold[]> {
		const { alarm } = this.ports;
		const folds: StreamFold[] = [];
		if (this.gathered.news.size > 0) await alarm.pause();
		let [sliceStart, sliceEvents] = [alarm.elapsed(), 0];
		for (const [stream, news] of this.gathered.news) {
			try {
				folds.push(this.fold(stream, news));
			} catch (error) {
				// A fault of ours in one stream must not hold up its neighbours: set aside, shown, tried again.
				this.keepAside(stream, news, error);
			}
			const arrived = news.rows.reduce((sum, { segments }) => sum + countOf(stream, segments), 0);
			sliceEvents += arrived > 0 ? arrived : AGAIN_EVENTS;
			if (alarm.elapsed() - sliceStart > SLICE_MS || sliceEvents > SLICE_EVENTS) {
				await alarm.pause();
				[sliceStart, sliceEvents] = [alarm.elapsed(), 0];
			}
		}
		return folds;
	}

	private fold(stream: string, { rows, ...news }: GatheredNews, head = this.ports.heads.load(stream)): StreamFold {
		const { sql, rows: stored, heads, rules, limits } = this.ports;
		const before = countsOf(head);
		const arrived = rows.map(({ row, segments }) => ({ row, events: stored.eventsOf(stream, segments) }));
		const fold = foldStream(
			head,
			{ ...news, rows: arrived, retention: this.retentionOf(head, arrived) },
			rules,
			(row) => stored.eventsOf(stream, this.gathered.segmentsOf(row)),
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
		const isOld = oldest < retention.cut;
		const mustWait = (isOld || isFallenIdle(head, retention)) && this.gathered.isAhead(head.stream);
		if (!mustWait) return retention;
		return { ...retention, cut: isOld ? Math.min(head.cut, oldest) : retention.cut, idleCut: 0 };
	}

	private keepAside(stream: string, news: GatheredNews, error: unknown): void {
		const since = Math.min(this.before.foldedTo + 1, ...news.rows.map(({ row }) => row));
		this.setAside.set(stream, {
			since: Math.min(since, this.stuck.get(stream)?.since ?? since),
			strays: joinStrays(news.strays ?? {}, this.before.intent[stream] ?? {}),
			reason: describeError(error),
		});
		this.gathered.answers.delete(stream);
	}

	// ——— the graph's word ———

	/**
	 * Folds what the graph answered at once, so that pieces go where they belong and nowhere else before.
	 * @returns null for a stream that is set aside
	 */
	private hear(fold: StreamFold, answer: StreamAnswer | undefined): StreamFold | null {
		const { head, claims, drops, outdated, sharers } = fold;
		const { stream } = head;
		if (claims === null) return fold;
		head.claimed = claims.digest;
		if (answer === undefined) return fold;
		const arrived = this.ports.rows.answers.arrivedOf(stream);
		if (arrived !== undefined && arrived !== this.gathered.answers.get(stream)) {
			// Which of the two the graph said last cannot be told.
			this.unheard[stream] = {};
			return fold;
		}
		if (drops.size > 0 || outdated.size > 0 || sharers !== null) {
			// The log must be rewritten before it is read again.
			this.late.set(stream, answer);
			return fold;
		}
		try {
			const again = this.fold(stream, { rows: [], answer }, head);
			if (again.claims !== null) this.unheard[stream] = {};
			return joinFolds(fold, again);
		} catch (error) {
			this.keepAside(stream, this.gathered.news.get(stream) as GatheredNews, error);
			return null;
		}
	}

	// ——— sending ———

	/** Of what is sent already more is said than less: a repeat takes back what nobody was given, too. */
	private writeIntent(folds: readonly StreamFold[]): void {
		const intent: Intent = { ...this.before.intent };
		for (const { head, windows, claims } of folds) {
			if (windows.length === 0 && claims === null) continue;
			const strays: Strays = {};
			for (const { window, pieces } of windows) strays[window] = pieces.map(({ profileId }) => profileId);
			const before = joinStrays(this.gathered.news.get(head.stream)?.strays ?? {}, intent[head.stream] ?? {});
			intent[head.stream] = joinStrays(before, strays);
		}
		const isNew = JSON.stringify(intent) !== JSON.stringify(this.before.intent);
		if (isNew) this.ports.rows.setProgress({ ...this.before, intent }, this.foretell(folds));
		this.before.intent = intent;
	}

	private foretell(folds: readonly StreamFold[]): Foretold {
		const { stream } = (folds[0] as StreamFold).head;
		const { foldedTo } = this.gathered;
		this.foretold = { foldedTo, counts: { ...this.counts }, stream, head: this.ports.rows.headMark(stream) };
		return this.foretold;
	}

	/** @param empty of those, the ones whose head is not written, but deleted */
	private isAsForetold(folds: readonly StreamFold[], empty: ReadonlySet<string>): boolean {
		const { foretold } = this;
		if (foretold === null || Object.keys(this.unheard).length > 0 || empty.has(foretold.stream)) return false;
		const isWritten = folds.some(({ head }) => head.stream === foretold.stream);
		return isWritten && JSON.stringify(foretold.counts) === JSON.stringify(this.counts);
	}

	// ——— the end ———

	private finish(folds: readonly StreamFold[]): RoundDone {
		const { sql, rows, heads, alarm, retention, isCurrent } = this.ports;
		const { events, foldedTo, answers, refoldTo, hasMore } = this.gathered;
		const progress: Progress = { foldedTo, intent: this.unheard, counts: this.counts };
		const freed: string[] = [];
		sql.transaction(() => {
			for (const [row, edits] of this.editsOf(folds)) rows.editRow(row, edits);
			const empty = this.emptyOf(folds);
			for (const { head, sharers } of folds) {
				const isRenewed = sharers !== null;
				if (isRenewed) rows.renewStream(head.stream, rowsOf(head), foldedTo);
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
			for (const [stream, arrived] of answers) rows.answers.delete(stream, arrived);
			for (const [stream, answer] of this.late) {
				// One that came since is newer.
				if (rows.answers.arrivedOf(stream) === undefined) rows.answers.put(stream, answer, alarm.now());
			}
			if (!this.isAsForetold(folds, empty)) rows.setProgress(progress);
			// Newer settings that came meanwhile begin again with the first stream.
			if (refoldTo !== undefined && isCurrent()) {
				if (refoldTo === null) rows.deleteMeta("refold");
				else rows.setMeta("refold", refoldTo);
			}
			this.saveAging(folds);
		});
		const hasContent = folds.some(({ head }) => dueAt(head, retention) !== null);
		const isOwed = this.late.size > 0 || Object.keys(this.unheard).length > 0;
		return { progress, events, stuck: this.setAside, freed, hasMore: hasMore || isOwed, hasContent };
	}

	/** Where to go on looking for old content: here again, where a stream had more of it than one step takes. */
	private saveAging(folds: readonly StreamFold[]): void {
		const { sql, rows, aging, retention } = this.ports;
		const left = folds.filter(({ head }) => (dueAt(head, retention) ?? Number.POSITIVE_INFINITY) <= retention.cut);
		const { aged } = this.gathered;
		if (aged !== null && aging !== null) {
			const { streams, next } = aged;
			const found = aged.found || (aging !== "" && rows.aging().found);
			const isLeft = left.some(({ head }) => streams.includes(head.stream));
			rows.setAging({ cut: retention.cut, after: isLeft ? aging : next, found });
		}
		// A stream that was set aside when its turn was, for one: those that were looked at are looked at again.
		if (left.length === 0) return;
		const { cut, after } = rows.aging();
		const passed = after === null ? Number.POSITIVE_INFINITY : placeAfter(sql, after);
		if (left.some(({ head }) => placeAfter(sql, head.stream) <= passed)) rows.setAging({ cut, after: "", found: true });
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

	/** Streams of which nothing is left, and nothing has come meanwhile or waits for the next round, which would lie under their keys. */
	private emptyOf(folds: readonly StreamFold[]): Set<string> {
		const { rows } = this.ports;
		const empty = new Set(folds.flatMap(({ head }) => (isEmpty(head) ? [head.stream] : [])));
		if (empty.size === 0) return empty;
		const beyond = rows.rowsAfter(this.gathered.foldedTo, Number.MAX_SAFE_INTEGER);
		for (const { stream } of beyond.flatMap(({ segments }) => segments)) empty.delete(stream);
		for (const stream of empty) {
			const arrived = rows.answers.arrivedOf(stream);
			const isWaiting = arrived !== undefined && arrived !== this.gathered.answers.get(stream);
			if (this.late.has(stream) || isWaiting) empty.delete(stream);
		}
		return empty;
	}
}

function countOf(stream: string, segments: readonly Segment[]): number {
	return segments.reduce((sum, segment) => sum + (segment.stream === stream ? segment.count : 0), 0);
}

/** A stream's part of the counts. A tab that is forgotten takes its numbers along. */
function countsOf({ duplicates, tabs }: Head): Omit<DeliveryCounts, "copies"> {
	const numbered = tabs.reduce((sum, [, last, , first = 1]) => sum + last - first + 1, 0);
	return { duplicates, numbered, lost: numbered - tabs.reduce((sum, [, , seen]) => sum + seen, 0) };
}
