/**
 * The collector's records. Every room of the collector speaks these; they know nothing of HTTP,
 * SQL or clocks. Times are ms since the epoch, ids opaque strings of at most 256 characters,
 * money integer minor units with an ISO 4217 code.
 */
import type { EventType, Json, JsonObject, WireEvent } from "../sdk/wire.ts";

/** `server`: sent with a secret key, or with a write key made for servers. A write key in a page is public. */
export type Trust = "public" | "server";

/** What the collector added to an event at the door; never part of the comparison of copies. */
export interface Added {
	/** The user agent is a known robot's (isbot). */
	bot?: boolean;
	/** From the user agent: `desktop`, `mobile`, `tablet`, `tv`, `other`. */
	deviceFamily?: string;
	/** For example `Chrome`, `Safari`, `WeChat`. */
	browser?: string;
	os?: string;
	/** ISO 3166-1 alpha-2, where the edge knows it. */
	country?: string;
	city?: string;
	/** A page view that a click on a share link brought: the messageId of that click, which earns the credit. */
	click?: string;
	/** The event's content went by age (`identity/retention.ts`): this is what stays beside its type and messageId. */
	kept?: Kept;
}

/** Of an event without its content: keyed hashes (`kind=hash`), and what it states. */
export interface Kept {
	device?: string;
	/** Absent: none. */
	strong?: string[];
	/** By which an erasure reaches it; absent: `device` and `strong`. */
	carried?: string[];
	/** A `Statement` of the identity rules; absent: none. */
	statement?: object;
	/** It is a copy that did not count, since an unlike one of the same event did. */
	lost?: true;
}

/**
 * An event as it lies in the log: what was sent (batch context already merged in, `messageId`
 * filled in, `sentAt` removed), and beside it what the collector knows.
 */
export interface LoggedEvent {
	sent: WireEvent & { type: EventType; messageId: string };
	/** Corrected time of the event; half of the total order (timestamp, messageId). */
	timestamp: number;
	receivedAt: number;
	trust: Trust;
	added: Added;
}

/** A place in the total order ≺: by `t`, then `m`, then `s` (the last only to part streams). */
export interface Position {
	/** `timestamp`, ms. */
	t: number;
	/** `messageId`. */
	m: string;
	/** Stream key. */
	s: string;
}

export type Direction = "in" | "out" | "internal";
export type Automation = "human" | "automated" | "machine_open" | "test";
export const STAGES = ["awareness", "consideration", "purchase", "service", "loyalty"] as const;
export type Stage = (typeof STAGES)[number];
/**
 * What the site is that a visit comes from. `site`: no class of its own, listed so that a wider entry does not claim it
 * (a shared document under a search engine's name).
 */
export const SOURCE_CATEGORIES = ["search", "social", "video", "shopping", "ai", "email", "site"] as const;
export type SourceCategory = (typeof SOURCE_CATEGORIES)[number];

export interface Participant {
	role: "customer" | "staff" | "bot" | "device" | "partner";
	ref?: string;
	name?: string;
}

export interface Money {
	/** Integer minor units. */
	amount: number;
	/** ISO 4217. */
	currency: string;
	kind?: string;
}

/**
 * One contact, derived and immutable (`design.md` §3). Absent fields are unknown, never empty.
 * `id` follows from stream and `messageId`; `evidence` lists the messageIds that made it, the
 * first being the event that it stands at.
 */
export interface Touchpoint {
	id: string;
	profileId: string;
	timestamp: number;
	channel: string;
	type: string;
	direction: Direction;
	online: boolean;
	/** The web visit had no known source. */
	direct?: boolean;
	sessionId?: string;
	stage?: Stage;
	/** GA4 default channel group of the web visit, for example `Paid Search`. */
	traffic?: string;
	source?: string;
	medium?: string;
	campaign?: string;
	term?: string;
	content?: string;
	clickId?: { kind: string; value: string };
	/** Which rule decided the traffic channel, and on what evidence. */
	channelRule?: { rule: string; evidence: string };
	participants?: Participant[];
	page?: { url?: string; path?: string; title?: string; referrer?: string };
	object?: { kind?: string; ref?: string; title?: string };
	engagedMs?: number;
	visibleMs?: number;
	/** 0 to 1. */
	scrollDepth?: number;
	durationMs?: number;
	outcome?: { status: string; reason?: string };
	value?: Money;
	score?: { metric: string; value: number; min: number; max: number };
	/** Counts only. */
	signals?: { [name: string]: number };
	text?: string;
	place?: string;
	causedBy?: string;
	automation: Automation;
	/** Earns credit in analyses. */
	effective: boolean;
	/** The goal that it meets, where it is a conversion. */
	conversion?: string;
	/** Device of the stream, where there is one: lets a chain be drawn in lanes. */
	deviceFamily?: string;
	bot?: boolean;
	evidence: string[];
}

/** A page view's totals that were reported in another piece than the view's own. */
export interface ViewPart {
	viewId: string;
	rev: number;
	engagedMs: number;
	visibleMs: number;
	scrollDepth: number;
	messageId: string;
}

/** An identifier as people see it. `hash` is the workspace's keyed hash of it. */
export interface IdentityValue {
	kind: string;
	/** As normalised; for `email` and `phone` the raw normalised value where it was ever seen, else the SHA-256. */
	value: string;
	hash: string;
	/** Earliest position that carried it in this piece. */
	firstAt: number;
	messageId: string;
}

/** One key of traits as written at one position; a server's write wins over a public one, else the last writer by ≺. */
export interface TraitWrite {
	key: string;
	value: Json;
	t: number;
	m: string;
	/** A server wrote it; absent otherwise. */
	vouched?: true;
}

/**
 * What one window of one stream adds to one profile. Pieces are replaced whole and are
 * independent of arrival order.
 */
export interface Piece {
	profileId: string;
	touchpoints: Touchpoint[];
	/** `viewIds[i]` belongs to `touchpoints[i]`; null where it is no page view. */
	viewIds: (string | null)[];
	/** The largest `rev` merged into `touchpoints[i]`; 0 where there was no report. */
	viewRevs: number[];
	/** `touchpoints[i]` is the view that its visit began with, or that a new campaign brought: it earns credit unless its session is a bounce. */
	entries: boolean[];
	/** Which of `touchpoints` a server sent; absent where none. Of one messageId in two streams a server's is shown. */
	vouched?: number[];
	parts: ViewPart[];
	identities: IdentityValue[];
	traits: TraitWrite[];
	/** Number of log events that this piece stands for, and their first and last time (also when none made a touchpoint). */
	events: number;
	firstAt: number;
	lastAt: number;
}

export type { EventType, Json, JsonObject, WireEvent };
