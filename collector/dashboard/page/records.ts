/** Answers of the HTTP contract, as far as the dashboard reads them (`docs/data.md`). */
import type { Json } from "../../../sdk/wire.ts";

export interface Money {
	amount: number;
	currency: string;
}

export interface Touchpoint {
	id: string;
	timestamp: string;
	channel: string;
	type: string;
	direction: "in" | "out" | "internal";
	online: boolean;
	sessionId?: string;
	stage?: string;
	direct?: boolean;
	traffic?: string;
	source?: string;
	medium?: string;
	campaign?: string;
	clickId?: { kind: string; value: string };
	channelRule?: { rule: string; evidence: string };
	participants?: { role: string; ref?: string; name?: string }[];
	page?: { url?: string; path?: string; title?: string; referrer?: string };
	object?: { kind?: string; ref?: string; title?: string };
	engagedMs?: number;
	scrollDepth?: number;
	durationMs?: number;
	outcome?: { status: string; reason?: string };
	value?: Money;
	score?: { metric: string; value: number; min: number; max: number };
	text?: string;
	place?: string;
	effective: boolean;
	conversion?: string;
	deviceFamily?: string;
	/** Hash of the identity of kind `anonymousId` that it happened on; in single profiles only. */
	device?: string;
	evidence: string[];
}

/** A row of `/v1/touchpoints`, whose columns are flat; a tombstone of the change feed has no `id`. */
export interface TouchpointRow {
	id?: string | null;
	profileId: string;
	timestamp: string;
	channel: string;
	type: string;
	pagePath?: string | null;
	pageTitle?: string | null;
	objectTitle?: string | null;
}

export interface Identity {
	kind: string;
	value: string;
	hash: string;
}

export interface Conversion {
	goal: string;
	touchpointId: string;
	timestamp: string;
	value?: Money;
}

export interface Journey {
	profileId: string;
	identities: Identity[];
	traits: { [key: string]: Json };
	firstTouchAt: string | null;
	lastTouchAt: string | null;
	stage: string | null;
	touchpoints: Touchpoint[];
	truncated?: true;
	conversions: Conversion[];
}

export interface Session {
	id: string;
	channel: string;
	/** ISO 8601. */
	startAt: string;
	endAt: string;
	views: number;
	engagedMs: number;
	conversions: number;
	traffic?: string;
	source?: string;
	campaign?: string;
	deviceFamily?: string;
	entryPage?: string;
}

/** An identifier of a link; null: only its hash is known. */
export interface LinkEnd {
	kind: string;
	hash: string;
	value: string | null;
}

/** One reason why an identifier is this person's. */
export interface Evidence {
	identifier: LinkEnd;
	rule: string;
	/** What tied it to the person; null: it stood in an event of theirs. */
	with: LinkEnd | null;
	timestamp: string;
	messageId: string;
}

export interface Profile extends Journey {
	sessions: Session[];
	/** Absent in views back in time, as the rest. */
	evidence?: Evidence[];
	refusals?: {
		rule: string;
		reason: string;
		kind?: string;
		between: [LinkEnd, LinkEnd];
		timestamp: string;
		messageId: string;
	}[];
	shared: LinkEnd[];
	contested: LinkEnd[];
}

export interface Status {
	pending: number;
	stuck: number;
	refolding: number;
	/** Shards that take content beyond the limit of age. */
	aging: number;
	erasing: number;
	rejections: number;
	backlogEvents: number;
	/** How long the oldest event has waited to be worked in, ms. */
	lagMs: number;
	delivery: {
		/** Copies logged, repeats included. */
		copies: number;
		duplicates: number;
		/** Events that our script numbered, and those of them that never arrived. */
		numbered: number;
		lost: number;
		/** Batches that our script had to send again. */
		retries: number;
		/** As our script reports: events dropped by a cap of its queue, and events set aside, since they were refused even alone. */
		evicted: number;
		setAside: number;
		/** Contacts that chains leave out, since one of the same messageId from another stream is shown. */
		sameMessageIds: number;
	};
	identifiedStreams: number;
	databaseBytes: number;
	rowsRead: number;
	rowsWritten: number;
	errors: string[];
}

export interface Rejection {
	receivedAt: string;
	code: string;
	message: string;
	messageId: string | null;
	field?: string;
	/** First 2 kB as sent. */
	bytes?: string;
}

/** `/v1/senders`. */
export interface Senders {
	keys: { id: string; kind: KeyRecord["kind"]; name: string; server: boolean; createdAt: string }[];
	senders: {
		/** UTC date. */
		day: string;
		/** Id of the key. */
		key: string;
		library: string;
		events: number;
		refused: number;
		lastAt: string;
	}[];
}

export interface KeyRecord {
	id: string;
	kind: "write" | "read" | "secret";
	name: string;
	origins: string[];
	server: boolean;
	/** ms since the epoch. */
	createdAt: number;
	/** Write keys only. */
	key?: string;
}

export interface Settings {
	workspace: string;
	version: number;
	streamShards: number;
	profileShards: number;
	settings: {
		timeZone: string;
		journey: { goals: { name: string; match: { type?: string[] } }[]; [field: string]: Json | object };
	};
}
