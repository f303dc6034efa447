/** A stream's part of the log as one fold sees it: read row by row, and each row once. */
import { createReadField, isKept, type ReadField, rememberFields } from "../../identity/index.ts";
import type { LoggedEvent } from "../../model.ts";
import { type Fact, readFact } from "./facts.ts";
import { type Head, isBefore, type Window } from "./head.ts";
import type { FoldRules } from "./rules.ts";

export class StreamLog {
	/** Facts of windows that were read or are new, by window id. */
	private readonly loaded = new Map<number, Fact[]>();
	/** Rows read that hold content from before the cut. */
	readonly outdated = new Set<number>();
	private readonly head: Head;
	private readonly rules: FoldRules;
	private readonly loadEvents: (row: number) => LoggedEvent[];
	private readonly readField: ReadField;

	/** @param loadEvents this stream's events in one log row */
	constructor(head: Head, rules: FoldRules, loadEvents: (row: number) => LoggedEvent[]) {
		this.head = head;
		this.rules = rules;
		this.loadEvents = loadEvents;
		this.readField = rememberFields(createReadField(rules.identity, rules.hash));
	}

	read(event: LoggedEvent, row: number, index: number): Fact {
		if (event.timestamp < this.head.cut && !isKept(event)) this.outdated.add(row);
		return readFact(event, { row, index }, this.head.stream, this.rules, this.readField);
	}

	/** All copies in a row, losers too. */
	rowFacts(row: number): Fact[] {
		return this.loadEvents(row).map((event, index) => this.read(event, row, index));
	}

	/** The window's events that count, in no order; the caller may add to the list. */
	factsOf(window: Window): Fact[] {
		let facts = this.loaded.get(window.id);
		if (facts !== undefined) return facts;
		facts = [];
		for (const row of window.rows) {
			const losers = this.head.losers[row] ?? [];
			for (const fact of this.rowFacts(row)) {
				if (losers.includes(fact.index)) continue;
				if (!isBefore(fact.at, window.first) && !isBefore(window.last, fact.at)) facts.push(fact);
			}
		}
		this.loaded.set(window.id, facts);
		return facts;
	}

	/** Says what a window holds, when it was opened or filled anew. */
	setFacts(window: Window, facts: Fact[]): void {
		this.loaded.set(window.id, facts);
	}

	forget(): void {
		this.loaded.clear();
	}
}
