/**
 * Streams of which nothing was heard for `idleDays` (`identity/idle.ts`). A stream tells the graph that it is one; the graph, which
 * knows who hangs together, says when nobody around is heard of either, and then all that the stream held until
 * then is dropped as an erasure drops it. Whether it is one is judged where the limit moves, once a day, and at no other time: what is
 * forgotten then follows from what is known then, in whatever order it came.
 */
import { isLasting, isUnattributed } from "../../identity/index.ts";
import type { LoggedEvent } from "../../model.ts";
import { isNothing } from "../no-answer.ts";
import type { Retention } from "./aging.ts";
import { isTold } from "./claims.ts";
import type { Head } from "./head.ts";

/** A head's `idle` once nothing is left that could be forgotten. */
export const SPENT = 0;

/** Whether the limit has moved over all that the stream holds, and it was not said yet. */
export function isFallenIdle(head: Head, { idleCut }: Pick<Retention, "idleCut">): boolean {
	const { idle, judgedAt, nextWindow, stream } = head;
	const newest = newestOf(head);
	const isMoved = idleCut > judgedAt && nextWindow > 1;
	return idle === null && isMoved && newest !== null && newest < idleCut && !isUnattributed(stream);
}

/** Whether nobody but the stream itself knows of it: what it holds can go without asking. */
export function isAlone(head: Head): boolean {
	const { answer, claimed, resets } = head;
	// A reset names who comes after it.
	return claimed === 0 && !isTold(head) && (answer === null || isNothing(answer)) && resets.length === 0;
}

/**
 * Judges a head that news was taken into.
 *
 * @param wasFallen {@link isFallenIdle} before
 * @param arrived   the news
 * @param forgotten all before this went with the fold, ms; 0: nothing did
 */
export function judgeIdle(
	head: Head,
	wasFallen: boolean,
	arrived: Iterable<LoggedEvent>,
	forgotten: number,
	{ idleCut }: Retention,
): void {
	const newest = newestOf(head);
	if (forgotten > 0) head.idle = newest !== null && newest < forgotten ? SPENT : null;
	for (const event of arrived) {
		const isOfLate = event.timestamp >= head.judgedAt || (head.idle === SPENT && !isLasting(event));
		if (head.idle !== null && isOfLate) head.idle = null;
	}
	// What the graph does not know of it does not judge, either: it might come to know of it at any time.
	if (head.idle !== SPENT && !isTold(head)) head.idle = null;
	if (head.idle !== null || idleCut <= head.judgedAt) return;
	head.judgedAt = idleCut;
	if (wasFallen && newest !== null && newest < idleCut && isTold(head)) head.idle = idleCut;
}

/** The first cut of content, ms, at which it is to be judged; null: it is not, as long as nothing comes. */
export function judgeAt(head: Head, { cut, idleCut }: Retention): number | null {
	const newest = newestOf(head);
	if (idleCut === 0 || head.idle !== null || newest === null || isUnattributed(head.stream)) return null;
	if (!isTold(head) && !isAlone(head)) return null;
	return Math.max(newest, head.judgedAt) + 1 + cut - idleCut;
}

function newestOf({ windows, archive }: Head): number | null {
	return windows.at(-1)?.last.t ?? archive?.to ?? null;
}
