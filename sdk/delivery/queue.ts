/**
 * The queue between capture and network: a port of five verbs with two implementations, `idb-queue`
 * (survives the page, shared by all tabs of an origin) and `memory-queue` (storage blocked or not
 * consented to).
 *
 * Each record belongs to the tab that wrote it, and each tab has a *lease* that says who sends its
 * records: itself while it lives, the tab that adopted them afterwards.
 */

/** Order of eviction when a cap is reached: the lowest goes first, among equals the oldest. */
export const RANKS = { engagement: 0, vital: 1, click: 2, page: 3, custom: 4, identity: 5 } as const;
export type Rank = (typeof RANKS)[keyof typeof RANKS];

export interface Queued {
	/** The page load that made it. */
	tab: string;
	/** From 1 without gaps; {@link DRAFT_SEQ} for the tab's one draft. */
	seq: number;
	/** Device time of capture, ms since the epoch. */
	at: number;
	rank: Rank;
	/** The event as JSON, without `originalTimestamp`: the clock is corrected when it is sent. */
	json: string;
}

/**
 * A tab's draft is rewritten in place and sent by nobody while the tab lives: it is the reading time
 * that a killed browser would otherwise lose. Whoever adopts the tab sends it like any other record.
 */
export const DRAFT_SEQ = 0;

/** A lease that was not renewed for this long belongs to a dead or frozen tab. */
export const LEASE_MS = 30_000;

export const QUEUE_LIMITS = {
	/** Events stored for one origin; above, the lowest rank is evicted and counted. */
	eventsMax: 10_000,
	/** UTF-16 units of stored JSON, about bytes; above, as `eventsMax`. */
	bytesMax: 5 * 1024 * 1024,
	/** Older records are dropped and counted; the collector refuses them after 8 days. */
	ageMsMax: 7 * 24 * 3_600_000,
} as const;

/** Events that will never arrive, counted until the collector has been told. */
export interface Losses {
	/** Dropped by a cap. */
	evicted: number;
	/** Refused by the collector even alone, without a verdict. */
	setAside: number;
}

/** What a look at the leases found. */
export interface Held extends Losses {
	/** Another tab took this tab's records while it slept: it must go on under a new tab id. */
	lost: boolean;
	/** Tabs adopted just now. */
	adopted: number;
}

export interface Queue {
	/** Stores all or none, overwriting equal keys. Resolves when they survive the page; `strict`: when flushed to the disk. */
	put(records: readonly Queued[], strict?: boolean): Promise<void>;
	/** Oldest first, at most `countMax`, of every tab whose lease `owner` holds; never `owner`'s own draft. */
	read(owner: string, countMax: number): Promise<Queued[]>;
	/** Forgets records by key (unknown keys are ignored) and adds `change` to the losses. */
	remove(records: readonly Queued[], change?: Losses): Promise<void>;
	/** Renews `owner`'s leases and adopts the tabs whose lease ran out before `now` or was let go. */
	hold(owner: string, now: number): Promise<Held>;
	/** Lets `owner`'s tabs go, so that the next page may adopt them at once. `forget` deletes everything instead. */
	release(owner: string, forget?: boolean): Promise<void>;
}

/** Which of `records` must go so that the rest keeps every cap. */
export function chooseEvicted(records: readonly Queued[], now: number): Queued[] {
	const evicted: Queued[] = [];
	const kept: Queued[] = [];
	for (const record of records) (record.at < now - QUEUE_LIMITS.ageMsMax ? evicted : kept).push(record);
	kept.sort((a, b) => a.rank - b.rank || a.at - b.at || a.seq - b.seq);
	let bytes = 0;
	for (const record of kept) bytes += record.json.length;
	let count = kept.length;
	for (const record of kept) {
		if (count <= QUEUE_LIMITS.eventsMax && bytes <= QUEUE_LIMITS.bytesMax) break;
		evicted.push(record);
		bytes -= record.json.length;
		count--;
	}
	return evicted;
}

/** Oldest first; within a tab the sequence decides. */
export const byAge = (a: Queued, b: Queued): number => (a.tab === b.tab ? a.seq - b.seq : a.at - b.at);
