/**
 * Content that goes by age (`identity/retention.ts`), in one stream: how far a fold may go, which windows that touches, when
 * the stream has work next, and when its key is renewed so that what went can be read nowhere on disk.
 */
import { isKept } from "../../identity/index.ts";
import type { LoggedEvent } from "../../model.ts";
import { isNothing } from "../no-answer.ts";
import type { Head, Window } from "./head.ts";
import { judgeAt } from "./idle.ts";
import { deviceOf } from "./owners.ts";
import type { StreamLog } from "./stream-log.ts";

/** What a workspace's limit of age means today. */
export interface Retention {
	/** Content of events before this goes, ms; 0: none does. */
	cut: number;
	/** Who is not heard of from here on, ms, is forgotten; 0: nobody is. Not after `cut`. */
	idleCut: number;
	/**
	 * Between two renewals of a stream's key, ms. A renewal seals all that the stream still holds anew, so a stream that is
	 * added to every day would be written whole every day; so it is, in its events' lives, a few times only.
	 */
	renewMs: number;
}

const DAY_MS = 24 * 3600_000;
/** Times that an event is sealed anew while it is kept, at most. */
const RENEWALS_MAX = 12;

export const NO_RETENTION: Retention = { cut: 0, idleCut: 0, renewMs: 0 };

/** @param retentionDays whole days */
export function renewMsOf(retentionDays: number): number {
	return Math.ceil(retentionDays / RENEWALS_MAX) * DAY_MS;
}

/** Whether there is something left of an event to be shown. */
export function hasContent(event: LoggedEvent, cut: number): boolean {
	return event.timestamp >= cut && !isKept(event);
}

/** Whether content must go. It may lie in the archive, which is to be opened before. */
export function hasOldContent({ contentFrom }: Head, cut: number): boolean {
	return contentFrom !== null && contentFrom < cut;
}

/**
 * Sets the head's cut to `cut`, or, where more than `eventsMax` events lose content by that, so far that some do.
 *
 * @param head with its archive open, where {@link hasOldContent}
 * @returns windows that lose content; to be derived again
 */
export function moveCut(head: Head, log: StreamLog, cut: number, eventsMax: number): Window[] {
	head.cut = cut;
	const { contentFrom } = head;
	if (contentFrom === null || contentFrom >= cut) return [];
	const touched: Window[] = [];
	let events = 0;
	let reached = cut;
	for (const window of head.windows) {
		if (window.last.t < contentFrom) continue;
		if (window.first.t >= cut) break;
		// Windows may begin in one millisecond: the cut must move all the same.
		if (events >= eventsMax && window.first.t > contentFrom) {
			reached = window.first.t;
			break;
		}
		events += window.count;
		touched.push(window);
	}
	head.cut = reached;
	head.contentFrom = reached < cut ? reached : findContent(head, log);
	return touched;
}

/** A time that no content is older than; null where there is none. */
function findContent(head: Head, log: StreamLog): number | null {
	const window = head.windows.find(({ last }) => last.t >= head.cut);
	const times = window === undefined ? [] : [Math.max(window.first.t, head.cut)];
	for (const [row, places] of Object.entries(head.losers)) {
		for (const { event, index } of log.rowFacts(Number(row))) {
			if (places.includes(index) && hasContent(event, head.cut)) times.push(event.timestamp);
		}
	}
	return times.length === 0 ? null : Math.min(...times);
}

/**
 * Whether an old event leaves nothing at all: nobody but its own device was ever named in the stream, nothing was stated, and the graph
 * knows nothing of it. What such an event leaves would part nobody from anybody.
 */
export function leavesNothing(head: Head): boolean {
	const device = deviceOf(head);
	const isUnheard = head.answer === null || isNothing(head.answer);
	return isUnheard && head.statements.length === 0 && head.nodes.every((node) => node === device);
}

/** Of a head as it is to be stored: whether the stream can be forgotten whole. */
export function isEmpty(head: Head): boolean {
	const isBare = head.windows.length === 0 && head.archive === null && Object.keys(head.losers).length === 0;
	return isBare && head.cut > 0 && head.claimed === 0 && leavesNothing(head);
}

/** Whether what went is to be made unreadable now: at once where it was not done of late, or where nothing is left to be sealed anew. */
export function mustRenew(head: Head, { cut, renewMs }: Retention): boolean {
	if (!head.leftovers || hasOldContent(head, cut)) return false;
	return head.contentFrom === null || cut === 0 || cut - head.renewedAt >= renewMs;
}

/** The first cut, ms, at which the stream has something to do; null: none. */
export function dueAt(head: Head, retention: Retention): number | null {
	const { contentFrom, leftovers, renewedAt } = head;
	const judged = judgeAt(head, retention);
	const times = [
		...(contentFrom === null ? [] : [contentFrom + 1]),
		...(leftovers ? [renewedAt + retention.renewMs] : []),
		...(judged === null ? [] : [judged]),
	];
	return times.length === 0 ? null : Math.min(...times);
}
