/**
 * The queue between capture and network: a port of five verbs with two implementations, `idb-queue`
 * (survives the page, shared by all tabs of an origin) and `memory-queue` (storage broken, blocked or
 * not consented to).
 *
 * Each record is owned by one tab, at first the one that wrote it. A tab that stays silent for
 * {@link LEASE_MS} is dead or frozen: another one adopts its records, and then owns them.
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

/** A tab that has not been heard of for so long may lose its records to another. */
export const LEASE_MS = 30_000;

export const QUEUE_LIMITS = {
	/** Events stored for one origin; above, the lowest rank is evicted and counted. */
	eventsMax: 10_000,
	/** UTF-16 units of stored JSON, about bytes; above, as `eventsMax`. */
	charsMax: 5 * 1024 * 1024,
	/** Older records are dropped and counted; the collector refuses them after 8 days. */
	ageMsMax: 7 * 24 * 3_600_000,
} as const;

/** What a tab says of itself. */
export interface Lease {
	/** Device time, ms since the epoch; 0 lets the records go at once. */
	at: number;
	/** Dropped by a cap, and not yet reported. */
	evicted: number;
	/** Refused by the collector even alone and without a verdict, and not yet reported. */
	setAside: number;
}

export interface Queue {
	/** Stores all or none under the tab that made them. Resolves when they survive the page; `strict`: when on the disk. */
	put(records: readonly Queued[], strict?: boolean): Promise<unknown>;
	/** By tab and sequence, at most `countMax`, of what `owner` owns; never `owner`'s own draft. */
	read(owner: string, countMax: number): Promise<Queued[]>;
	/** Forgets records of `owner`; without `records` everything of everybody. */
	remove(owner: string, records?: readonly Queued[]): Promise<unknown>;
	/** Renews `owner`'s lease. @returns whether the last one still stood: if not, its records were adopted */
	hold(owner: string, lease: Lease): Promise<boolean>;
	/**
	 * Makes `owner` the owner of what tabs silent since before `now` − 30 s left, and holds the store to
	 * its caps. @returns losses that the silent tabs had not reported, and those of the caps
	 */
	adopt(owner: string, now: number): Promise<{ adopted: number; evicted: number; setAside: number }>;
}

/** Which of `records` must go so that the rest keeps every cap. */
export function chooseEvicted(records: readonly Queued[], now: number): Queued[] {
	let count = 0;
	let chars = 0;
	const isOld = ({ at }: Queued): boolean => at < now - QUEUE_LIMITS.ageMsMax;
	// Best first: what still fits stays.
	return [...records]
		.sort((a, b) => b.rank - a.rank || b.at - a.at || b.seq - a.seq)
		.filter((record) => {
			if (isOld(record)) return true;
			chars += record.json.length;
			return ++count > QUEUE_LIMITS.eventsMax || chars > QUEUE_LIMITS.charsMax;
		});
}
