/**
 * A stream's head: all that a fold must know of a stream without reading its log. One row; what
 * it lists are log rows by number, so that a fold reads the rows of the windows it touches and no
 * others.
 */
import { comparePositions, type LightEvent, type NodeKey, type Statement, type Visit } from "../../identity/index.ts";
import type { SessionCarry } from "../../journey/index.ts";
import type { Position } from "../../model.ts";
import type { StreamAnswer } from "../messages.ts";
import type { Archive, ArchivePage } from "./archive.ts";
import { type IdSpan, NO_IDS } from "./id-span.ts";

/** No visit goes on over a longer pause (`identity.md`, "Visit, claim"). */
export const VISIT_GAP_MS = 30 * 60_000;

/**
 * A run of the stream's events without a gap over {@link VISIT_GAP_MS}: the unit of re-folding.
 * Windows are storage: where they are cut never shows in what is derived.
 */
export interface Window {
	/** Unique in the stream, never used again. */
	id: number;
	/** Positions of the first and last event as logged, statements included. */
	first: Position;
	last: Position;
	/** Events, each messageId once. */
	count: number;
	/** Log rows that hold events of this window. */
	rows: number[];
	/** No gap parts it from the window before. */
	joined: boolean;
	/** Cut from the events that count; `segment` is meaningless here (see `timelineOf`). */
	visits: Visit[];
	/** Of a linked device only: the events that count. */
	lights?: LightEvent[];
	/** Owners whose profiles may hold pieces of this window. */
	owners: string[];
	/** Digest of who owns what in this window, and of its cuts, when it was folded last. */
	plan: number;
	/** Digest of the pieces that were sent last; 0 when a send was interrupted. */
	sent: number;
	/** What runs on into a joined window; null where none may follow. */
	carry: Carry | null;
}

export interface Carry {
	session: SessionCarry;
	/** Of the last event up to here that made part of a session. */
	at: Position;
}

export interface Head {
	stream: string;
	/** Rules version that the windows were folded under. */
	rules: string;
	nextWindow: number;
	/** Content of events before this (ms) went, or goes with the fold under way; 0: of none. */
	cut: number;
	/** No content is older (ms); null where there is none. */
	contentFrom: number | null;
	/** Content went by age since the stream's key was last renewed: with that key it can be read still. */
	leftovers: boolean;
	/** The cut (ms) at which the key was last renewed for that; 0: never. */
	renewedAt: number;
	/** No event is as young as this, ms, and the graph knows (idle.ts); null: some is, as far as was judged. */
	idle: number | null;
	/** The limit, ms, up to which that was judged. */
	judgedAt: number;
	/** Ascending, disjoint; after those of the archive. */
	windows: Window[];
	/** Older windows, while they are not at hand; null where all are. */
	archive: Archive | null;
	/** Hashes of messageIds not yet in a sealed bucket. */
	recent: number[];
	recentSpan: IdSpan;
	/** Of each sealed bucket of messageId hashes in table `seen`, in the order in which they were begun. */
	buckets: IdSpan[];
	/**
	 * Copies that do not count, since an unlike copy of the same messageId does: by log row, their places
	 * among the stream's events there. They stay, because an erasure may take the copy that counts.
	 */
	losers: { [row: string]: number[] };
	/** Every identifier that any logged event carries, the device included; sorted. */
	nodes: NodeKey[];
	statements: Statement[];
	/** Ascending. */
	resets: Position[];
	/** Digest of the claims that the graph acknowledged last; 0 when it knows of none, −1 when a send was interrupted. */
	claimed: number;
	/** What the graph said last; null while it was never asked. */
	answer: StreamAnswer | null;
	/** Copies that were dropped as duplicates, for the owner's pipeline view. */
	duplicates: number;
	/**
	 * By tab, the one heard of last at the end: the script's highest `seq` and how many different ones arrived, so that gaps can be
	 * counted. `first`, the lowest, only of a tab that began under another device id: the numbers before it are in that one's stream.
	 */
	tabs: [tab: string, last: number, seen: number, first?: number][];
	/** Rows that the head takes; 0 while it is not stored. Not stored itself. */
	rowParts: number;
	/** The pages of the archive that was opened: they still stand. Not stored itself. */
	openedPages: ReadonlyMap<number, ArchivePage> | null;
}

export function emptyHead(stream: string): Head {
	return {
		stream,
		rules: "",
		nextWindow: 1,
		cut: 0,
		contentFrom: null,
		leftovers: false,
		renewedAt: 0,
		idle: null,
		judgedAt: 0,
		windows: [],
		archive: null,
		recent: [],
		recentSpan: NO_IDS,
		buckets: [],
		losers: {},
		nodes: [],
		statements: [],
		resets: [],
		claimed: 0,
		answer: null,
		duplicates: 0,
		tabs: [],
		rowParts: 0,
		openedPages: null,
	};
}

/** Every log row that holds any copy of the stream's folded events, those that do not count too; ascending. */
export function rowsOf(head: Head): number[] {
	const rows = new Set([...head.windows.flatMap((window) => window.rows), ...Object.keys(head.losers).map(Number)]);
	return [...rows].sort((a, b) => a - b);
}

/** Position order ≺; over the streams of linked devices too. */
export function isBefore(a: Position, b: Position): boolean {
	return comparePositions(a, b) < 0;
}
