/**
 * Takes news into a head: which copies count, in which windows they lie, what they state.
 *
 * Ordinary news (later events, late ones, repeats) touches only the windows where they fall; what
 * changes the reading of old events (unlike copies, erasure, consent, new rules) re-reads the stream.
 */
import { isErased, isLasting } from "../../identity/index.ts";
import type { LoggedEvent } from "../../model.ts";
import { leavesNothing } from "./aging.ts";
import { byPosition, type Fact, isSameCopy, type Place, sortCopies } from "./facts.ts";
import { type Head, isBefore, rowsOf, VISIT_GAP_MS, type Window } from "./head.ts";
import { noteCopy, noteFirst } from "./head-notes.ts";
import type { StreamLimits } from "./limits.ts";
import { hashId } from "./message-ids.ts";
import type { StreamLog } from "./stream-log.ts";
import { openWindow, placeEvent, splitWindow, windowAround } from "./windows.ts";

export interface Intake {
	/** Windows to be derived again. */
	touched: Set<Window>;
	/** Windows that are no more. */
	gone: Window[];
	/** By log row: places of copies to be dropped from it, being erased or said before. */
	drops: Map<number, Set<number>>;
	wasErased: boolean;
	/** The stream was read whole: all is touched. */
	rebuilt: boolean;
}

/**
 * @param rows        not folded yet, with the stream's events in them
 * @param mustRebuild something changed how old events are read
 * @param isSeen      whether a messageId lies in a sealed bucket of the stream
 * @param open        brings the archived windows back into the head
 * @param aged        windows that lose content by age
 * @param forget      all before this, ms, goes as if it were erased, but what lasts
 */
export function takeIn(
	head: Head,
	log: StreamLog,
	rows: readonly { row: number; events: LoggedEvent[] }[],
	mustRebuild: boolean,
	isSeen: (messageId: string) => boolean,
	open: () => void,
	limits: StreamLimits,
	aged: readonly Window[] = [],
	forget = 0,
): Intake {
	const taking = new Taking(head, log, isSeen, limits, aged, forget);
	const arrived = taking.readNews(rows);
	// What states something, or may be said of old events, is not looked for in the open part alone.
	if (arrived.some(({ isReset, statement }) => isReset || statement !== null)) open();
	if (mustRebuild || !taking.place(arrived)) {
		open();
		taking.rebuild(arrived);
	}
	taking.finish();
	return taking;
}

class Taking implements Intake {
	readonly touched = new Set<Window>();
	readonly gone: Window[] = [];
	readonly drops = new Map<number, Set<number>>();
	wasErased = false;
	rebuilt = false;
	private readonly head: Head;
	private readonly log: StreamLog;
	private readonly isSeen: (messageId: string) => boolean;
	private readonly limits: StreamLimits;
	private readonly forget: number;

	constructor(
		head: Head,
		log: StreamLog,
		isSeen: (messageId: string) => boolean,
		limits: StreamLimits,
		aged: readonly Window[],
		forget: number,
	) {
		this.head = head;
		this.log = log;
		this.isSeen = isSeen;
		this.limits = limits;
		this.forget = forget;
		for (const window of aged) this.touched.add(window);
	}

	/** All new copies that are not erased. */
	readNews(rows: readonly { row: number; events: LoggedEvent[] }[]): Fact[] {
		const facts: Fact[] = [];
		for (const { row, events } of rows) {
			for (const [index, event] of events.entries()) {
				const fact = this.log.read(event, row, index);
				if (!this.eraseIfDue(fact)) facts.push(fact);
			}
		}
		return facts;
	}

	/** Puts new facts into windows. False, and nothing done, when an unlike copy of a logged event is among them. */
	place(arrived: readonly Fact[]): boolean {
		const { chosen, losers, repeats } = sortCopies(arrived);
		const news: Fact[] = [];
		for (const fact of [...chosen, ...losers]) {
			if (!this.isKnown(fact)) news.push(fact);
			else if (this.isRepeat(fact)) repeats.push(fact);
			else return false;
		}
		for (const fact of repeats) this.dropRepeat(fact);
		const losing = new Set(losers);
		for (const fact of news) {
			noteCopy(this.head, fact);
			if (losing.has(fact)) this.keepLoser(fact);
			else this.insert(fact);
		}
		return true;
	}

	/** Reads the whole stream again, as if every row were new; windows keep their numbers where they begin alike. */
	rebuild(arrived: readonly Fact[]): void {
		const { head, log } = this;
		this.rebuilt = true;
		this.touched.clear();
		log.forget();
		const logged = rowsOf(head)
			.flatMap((row) => log.rowFacts(row))
			.filter((fact) => !this.eraseIfDue(fact));
		const { chosen, losers, repeats } = sortCopies([...logged, ...arrived]);
		const old = new Map(head.windows.map((window) => [keyOf(window.first), window]));
		head.windows = [];
		head.nodes = [];
		head.statements = [];
		head.resets = [];
		head.losers = {};
		head.contentFrom = null;
		for (const fact of repeats) this.dropRepeat(fact);
		for (const fact of losers) {
			noteCopy(this.head, fact);
			this.keepLoser(fact);
		}
		for (const fact of chosen) {
			noteCopy(this.head, fact);
			this.append(fact, old);
			if (!this.isKnown(fact)) noteFirst(this.head, fact, this.limits.tabsMax);
			this.noteContent(fact);
		}
		for (const window of head.windows) this.touched.add(window);
		this.gone.push(...old.values());
	}

	finish(): void {
		if (leavesNothing(this.head)) this.forgetOld();
		for (const window of [...this.touched]) {
			const facts = this.log.factsOf(window).sort(byPosition);
			for (const part of splitWindow(this.head, window, facts, this.limits.windowEventsMax) ?? []) {
				this.log.setFacts(part.window, part.facts);
				this.touched.add(part.window);
			}
		}
		this.shiftLosers();
	}

	/** Of windows that lie before the cut nothing is left. One with a reset stays: it names who comes after it. */
	private forgetOld(): void {
		const { head, log } = this;
		const forgotten = new Set<string>();
		const old = [...this.touched].filter(({ last }) => last.t < head.cut);
		for (const window of old) {
			const facts = log.factsOf(window);
			if (facts.some(({ isReset }) => isReset)) continue;
			for (const fact of facts) {
				this.drop(fact);
				forgotten.add(fact.at.m);
			}
			this.touched.delete(window);
			this.gone.push(window);
			const index = head.windows.indexOf(window);
			head.windows.splice(index, 1);
			const next = head.windows[index];
			if (next?.joined !== true) continue;
			next.joined = false;
			this.touched.add(next);
		}
		if (old.length === 0) return;
		for (const row of Object.keys(head.losers).map(Number)) {
			for (const fact of log.rowFacts(row)) {
				// Copies that lost to one of these do not count now that it is gone.
				if (forgotten.has(fact.at.m) && head.losers[row]?.includes(fact.index)) this.drop(fact);
			}
		}
	}

	private eraseIfDue(fact: Fact): boolean {
		const isForgotten = fact.at.t < this.forget && !isLasting(fact.event);
		if (!isForgotten && !isErased(this.head.answer?.erasures ?? [], fact.carried, fact.at.t)) return false;
		this.drop(fact);
		this.wasErased = true;
		return true;
	}

	private drop({ row, index }: Place): void {
		const places = this.drops.get(row) ?? new Set<number>();
		this.drops.set(row, places.add(index));
	}

	private dropRepeat(fact: Fact): void {
		this.head.duplicates++;
		this.drop(fact);
	}

	private keepLoser(fact: Fact): void {
		const { losers } = this.head;
		const count = Object.values(losers).reduce((sum, places) => sum + places.length, 0);
		if (count >= this.limits.losersMax) this.drop(fact);
		else losers[fact.row] = [...(losers[fact.row] ?? []), fact.index];
	}

	/** Dropping a copy moves up those after it in its row. */
	private shiftLosers(): void {
		const { losers } = this.head;
		for (const [row, dropped] of this.drops) {
			const places = losers[row];
			if (places === undefined) continue;
			losers[row] = places
				.filter((index) => !dropped.has(index))
				.map((index) => index - [...dropped].filter((other) => other < index).length);
			if (losers[row].length === 0) delete losers[row];
		}
	}

	private isKnown({ at }: Fact): boolean {
		return this.head.recent.includes(hashId(at.m)) || this.isSeen(at.m);
	}

	/** The very copy that counts lies in the window where this one would fall. */
	private isRepeat(fact: Fact): boolean {
		const window = windowAround(this.head.windows, fact.at);
		const twin = window && this.log.factsOf(window).find((other) => other.at.m === fact.at.m);
		return twin !== undefined && isSameCopy(twin, fact);
	}

	private insert(fact: Fact): void {
		const { window, next } = placeEvent(this.head, fact.at, this.limits.windowEventsMax);
		this.log.factsOf(window).push(fact);
		if (next !== null) this.touched.add(next);
		window.count++;
		if (!window.rows.includes(fact.row)) window.rows.push(fact.row);
		this.touched.add(window);
		noteFirst(this.head, fact, this.limits.tabsMax);
		this.noteContent(fact);
	}

	/** Puts the next event after all others, on a rebuild. */
	private append(fact: Fact, old: Map<string, Window>): void {
		const { head, log } = this;
		let window = head.windows.at(-1);
		const isNear = window !== undefined && fact.at.t - window.last.t <= VISIT_GAP_MS;
		if (window === undefined || !isNear || window.count >= this.limits.windowEventsMax) {
			const was = old.get(keyOf(fact.at));
			old.delete(keyOf(fact.at));
			window = openWindow(head, fact.at, isNear);
			if (was !== undefined) {
				head.nextWindow--;
				window.id = was.id;
				window.owners = was.owners;
				window.sent = was.sent;
			}
			head.windows.push(window);
			log.setFacts(window, []);
		}
		window.last = fact.at;
		window.count++;
		if (!window.rows.includes(fact.row)) window.rows.push(fact.row);
		log.factsOf(window).push(fact);
	}

	private noteContent(fact: Fact): void {
		const { head } = this;
		if (fact.isReset) {
			head.resets.push(fact.at);
			head.resets.sort((a, b) => (isBefore(a, b) ? -1 : 1));
			for (const window of head.windows) if (!isBefore(window.last, fact.at)) this.touched.add(window);
		}
		if (fact.statement !== null && fact.statement.kind !== "erase") {
			head.statements.push(fact.statement);
			if (fact.statement.kind === "consent") {
				for (const window of head.windows) if (window.last.t >= fact.at.t) this.touched.add(window);
			}
		}
	}
}

function keyOf(at: { t: number; m: string }): string {
	return `${at.t} ${at.m}`;
}
