/** What is given up when more waits than may: the least telling first. */
import type { Kind } from "../page/observer.ts";
import type { Queued } from "./queue.ts";

/** Order of eviction: the first goes first, among equals the oldest. */
export const EVICTED_FIRST: readonly Kind[] = ["engagement", "vital", "click", "page", "custom", "identity"];

export const QUEUE_LIMITS = {
	/** Events that one tab holds; above, the lowest kind is evicted and counted. */
	eventsMax: 10_000,
	/** UTF-16 units of stored JSON, about bytes; above, as `eventsMax`. */
	charsMax: 5 * 1024 * 1024,
	/** Older records are dropped and counted; the collector refuses them after 8 days. */
	ageMsMax: 7 * 24 * 3_600_000,
} as const;

/** Which of `records` must go so that the rest keeps every cap. */
export function chooseEvicted(records: readonly Queued[], now: number): Queued[] {
	let count = 0;
	let chars = 0;
	const rank = ({ kind }: Queued): number => EVICTED_FIRST.indexOf(kind);
	// Best first: what still fits stays.
	return [...records]
		.sort((a, b) => rank(b) - rank(a) || b.at - a.at || b.seq - a.seq)
		.filter(({ at, json }) => {
			const isGone =
				at < now - QUEUE_LIMITS.ageMsMax ||
				count >= QUEUE_LIMITS.eventsMax ||
				chars + json.length > QUEUE_LIMITS.charsMax;
			if (!isGone) {
				count++;
				chars += json.length;
			}
			return isGone;
		});
}
