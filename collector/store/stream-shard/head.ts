/**
 * A stream's head: all that a fold must know of a stream without reading its log. One row; what
 * it lists are log rows by number, so that a fold reads the rows of the windows it touches and no
 * others.
 */
import type { LightEvent, NodeKey, Statement, Visit } from "../../identity/index.ts";
import type { SessionCarry } from "../../journey/index.ts";
import type { Position } from "../../model.ts";
import type { StreamAnswer } from "../messages.ts";

/** A window is closed to later events from this size on; a longer visit goes on in a joined window. */
export const WINDOW_EVENTS_MAX = 500;
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
	/** Log rows that hold events of this window; ascending. */
	rows: number[];
	/** No gap parts it from the window before. */
	joined: boolean;
	/** Cut from the events that count; `segment` is meaningless here (see `timelineOf`). */
	visits: Visit[];
	/** Of a linked device only: the events that count. */
	lights?: LightEvent[];
	/** Owners whose profiles may hold pieces of this window. */
	owners: string[];
	/** Digest of who owns what in this window when it was folded last. */
	plan: number;
	/** Digest of the pieces that were sent last. */
	sent: number;
	/** Session that runs on into a joined window. */
	carry: SessionCarry | null;
}

export interface Head {
	stream: string;
	/** Rules version that the windows were folded under. */
	rules: string;
	nextWindow: number;
	/** Ascending, disjoint. */
	windows: Window[];
	/** hash53 of messageIds not yet in a sealed bucket. */
	recent: number[];
	/** Sealed buckets of messageId hashes in table `seen`. */
	buckets: number;
	/** messageIds of which unlike copies were logged: position and digest of the copy that counts. */
	conflicts: { [messageId: string]: { t: number; digest: number } };
	/** Every identifier that any logged event carries, the device included; sorted. */
	nodes: NodeKey[];
	statements: Statement[];
	/** Ascending. */
	resets: Position[];
	/** Digest of the claims that the graph acknowledged last; 0 when it knows of none. */
	claimed: number;
	/** What the graph said last; null while it was never asked. */
	answer: StreamAnswer | null;
	/** Copies that were dropped as duplicates, for the owner's pipeline view. */
	duplicates: number;
	/** By tab: the script's highest `seq` and how many different ones arrived, so that gaps can be counted. */
	tabs: { [tab: string]: { last: number; seen: number } };
}

export function emptyHead(stream: string): Head {
	return {
		stream,
		rules: "",
		nextWindow: 1,
		windows: [],
		recent: [],
		buckets: 0,
		conflicts: {},
		nodes: [],
		statements: [],
		resets: [],
		claimed: 0,
		answer: null,
		duplicates: 0,
		tabs: {},
	};
}

/** Position order ≺ inside one stream. */
export function isBefore(a: Position, b: Position): boolean {
	return a.t < b.t || (a.t === b.t && a.m < b.m);
}
