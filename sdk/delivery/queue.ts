/**
 * The queue between capture and network: a port of five verbs with two implementations, `memory-queue`
 * (lives as long as the page: storage not consented to) and `idb-queue` (the same written through to the
 * disk, where it survives the page and is shared by all tabs of an origin).
 *
 * Each record on the disk is owned by one tab, at first the one that wrote it. A tab that stays silent
 * for {@link LEASE_MS} is dead or frozen: another one adopts its records, and then owns them; see
 * `adoption.ts`.
 */
import type { Kind } from "../page/observer.ts";

export interface Queued {
	/** The page load that made it. */
	tab: string;
	/** From 1 without gaps; {@link DRAFT_SEQ} for the tab's one draft. */
	seq: number;
	/** Device time of capture, ms since the epoch. */
	at: number;
	kind: Kind;
	/** The event as JSON, without `originalTimestamp`: the clock is corrected when it is sent. */
	json: string;
	/** Context that the whole page load shares, as JSON: said once a batch. */
	shared: string;
}

/**
 * Events that one tab lost in all its life. They are told as totals, of which the collector keeps the largest: whoever is
 * killed before he knows that they were heard, and whoever takes them over from him, may tell them again.
 */
export interface Losses {
	tab: string;
	/** Dropped by a cap. */
	evicted: number;
	/** Refused by the collector even alone and without a verdict. */
	setAside: number;
}

/**
 * A tab's draft is rewritten in place and sent by nobody while the tab lives: it is the reading time
 * that a killed browser would otherwise lose. Whoever adopts the tab sends it like any other record.
 */
export const DRAFT_SEQ = 0;

/** A tab that has not been heard of for so long may lose its records to another. */
export const LEASE_MS = 30_000;

export interface Queue {
	/**
	 * Takes a record in; what one task puts is stored together, all or none. Resolves to something when it survives the page
	 * (`strict`: when it is on the disk), to nothing when it surely never will.
	 */
	put(record: Queued, strict?: boolean): Promise<unknown>;
	/** All that is not answered yet, in the order of capture; never the tab's own draft. */
	read(): readonly Queued[];
	/** Has `records` in place of what it had: some were taken over from another tab, or by one. */
	replace(records: readonly Queued[]): void;
	/** Forgets records: they are answered for, or given up. */
	remove(records: readonly Queued[]): Promise<unknown>;
	/** Forgets everything, of every tab, and stores nothing from then on. */
	clear(): Promise<unknown>;
}
