/**
 * The wire: what travels between any sender (our script, Segment's and RudderStack's clients, a
 * server, an import) and the collector. Names and codes here are a public contract: other
 * software relies on them. This file imports nothing, so that both halves can stand on it.
 *
 * Times on the wire are ISO 8601 UTC with milliseconds; ids are opaque strings of at most
 * {@link LIMITS.idCharsMax} characters; money is integer minor units with an ISO 4217 code.
 */

/** Facts about a person or a device. */
export const DATA_TYPES = ["page", "screen", "track", "identify", "group", "touch"] as const;
/** Statements never become touchpoints; they change how data events are read. */
export const STATEMENT_TYPES = ["alias", "reset", "consent", "link", "unlink", "erase"] as const;

/** Type of an event that says what happened. */
export type DataType = (typeof DATA_TYPES)[number];
/** Type of an event that says how others are to be read. */
export type StatementType = (typeof STATEMENT_TYPES)[number];
/** Any type that an event may have. */
export type EventType = DataType | StatementType;

/** JSON as it may stand in properties, traits and context. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
/** An object of JSON: what properties, traits and context are. */
export type JsonObject = { [key: string]: Json };

/** One identifier of the visitor in somebody else's system. */
export interface ExternalId {
	/** Kind of the identifier, for example `email` or `wechat_openid`. */
	type: string;
	/** At most 256 characters. */
	id: string;
}

/** One identifier named by a statement, for example `{ userId: "u1" }` or `{ email: "a@b.cn" }`. */
export type IdentifierRef = { [kind: string]: string };

/** One event as a sender writes it. Unknown top-level keys are kept in the log and ignored. */
export interface WireEvent {
	/** What happened, or what is stated. */
	type: EventType;
	/** At most 256 characters; without it the hash of the event as sent. */
	messageId?: string;
	/** The device or browser. */
	anonymousId?: string;
	/** The user as the site knows him. */
	userId?: string;
	/** The sender's time; `timestamp` is read where this is absent (Segment's clients send it so). */
	originalTimestamp?: string;
	/** See `originalTimestamp`. */
	timestamp?: string;
	/** Sender's clock when the request was made: a wrong clock is told by it. */
	sentAt?: string;
	/** `track` on the wire; logged as `name`. */
	event?: string;
	/** `page`, `screen` and `touch` on the wire. */
	name?: string | undefined;
	/** Of a `page` or `screen`; kept, and not looked at. */
	category?: string;
	/** What is to be known of the event. */
	properties?: JsonObject;
	/** What is to be known of the visitor, or of his group. */
	traits?: JsonObject;
	/** Further identifiers of the visitor. */
	externalIds?: ExternalId[];
	/** Where and how it happened: page, campaign, device. */
	context?: JsonObject;
	/** `alias`, `link`: the other identifier of the pair. */
	previousId?: string;
	/** What `previousId` is. */
	previousIdType?: "userId" | "anonymousId";
	/** `group`: the account, company or team. */
	groupId?: string;
	/** `unlink`: the pair; `erase`: the identifiers of the request. */
	ids?: IdentifierRef[];
	/** `erase`: stretches of shared identifiers, bounds inclusive. */
	slices?: { id: IdentifierRef; from: string; to: string }[];
	/** `touch`: the touchpoint's own fields (channel, direction, participants, …) stand at top level. */
	[field: string]: unknown;
}

/** Body of `POST /v1/batch`. */
export interface Batch {
	batch: WireEvent[];
	/** Sender's clock when the request was made. */
	sentAt?: string;
	/** Fills in what each event's own `context` lacks. */
	context?: JsonObject;
	/** A write key, where no header can be set (beacons). */
	writeKey?: string;
	/** What the sender had to do to get here; see {@link DeliveryReport}. */
	delivery?: DeliveryReport;
}

/** The script's own account of a delivery, so that loss is a number the owner sees. */
export interface DeliveryReport {
	/** 1 for the first try of these events; larger ones are counted (`retries` in `/v1/status`). */
	attempt: number;
	/** Age of the oldest event in the batch, milliseconds. */
	ageMs: number;
	/** Library name and version, for example `strand.js/0.1.0`. */
	library: string;
	/** Events evicted by a cap: of `tab` in all its life, and the largest that was told counts. */
	evicted: number;
	/** Events set aside as undeliverable; counted as `evicted`. */
	setAside: number;
	/**
	 * Whose losses these are: this page load, or one that ended before it had told them. Without it they are those since the last
	 * answered batch, and the largest counts that a batch, known by its first numbered event, told of.
	 */
	tab?: string;
}

/**
 * Where the script writes its gap-free count: `context.strand = { device, tab, seq, version }`.
 * `device` equals the `anonymousId` that the tab started with; `seq` counts from 1 in each tab.
 */
export interface StrandContext {
	tab: string;
	seq: number;
	version: string;
	/** The page view that an event happened in; engagement reports name theirs. */
	viewId?: string;
	[key: string]: Json | undefined;
}

/** What the collector says of an event that it refused. */
export interface Rejected {
	/** Place in the batch, from 0. */
	index: number;
	/** As sent; `null` where the event had none. */
	messageId: string | null;
	/** Stable. */
	code: ErrorCode;
	/** For people: what is wrong, and what to do. */
	message: string;
	/** Dotted path of the wrong field, where one is. */
	field?: string;
}

/** Answer of `/v1/batch` and of the single-event calls: durable when it arrives. */
export interface BatchAnswer {
	success: true;
	accepted: number;
	rejected: Rejected[];
	/** Collector's clock, ISO 8601 UTC with milliseconds. */
	receivedAt: string;
}

export interface ErrorAnswer {
	error: { code: ErrorCode; message: string; field?: string };
}

/** Every stable error code. Codes of whole requests and of single events share one list. */
export const ERROR_CODES = [
	"not_json",
	"unknown_key",
	"origin_not_allowed",
	"needs_secret_key",
	"body_too_large",
	"too_many_events",
	"event_too_large",
	"id_too_long",
	"bad_timestamp",
	"timestamp_too_old",
	"older_than_retention",
	"unknown_type",
	"missing_field",
	"bad_field",
	"rate_limited",
	"overloaded",
	"storage_full",
	"not_found",
	"method_not_allowed",
	"bad_parameter",
	"as_of_too_large",
	"internal",
] as const;
/** One of {@link ERROR_CODES}. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** Limits of the contract; each names its unit, and the fate of what passes it stands beside it. */
export const LIMITS = {
	/** After inflating; above: 413 `body_too_large`. */
	bodyBytesMax: 512 * 1024,
	/** UTF-8 bytes of one event as sent; above: that event is rejected with `event_too_large`. */
	eventBytesMax: 32 * 1024,
	/** Events a batch; above: 413 `too_many_events`. */
	batchEventsMax: 500,
	/** Characters of any id; above: that event is rejected with `id_too_long`. */
	idCharsMax: 256,
	/** With a public key, older than this before `receivedAt`: rejected with `timestamp_too_old`. */
	publicAgeMsMax: 8 * 24 * 3600_000,
	/** With a public key, further ahead than this: the time is set to `receivedAt`. */
	publicAheadMsMax: 60_000,
	/** Clock skew up to this is left alone, since transit time must never reorder a device's events. */
	clockSkewMsMin: 60_000,
	/** Bytes of a rejected event that are kept for the owner to read. */
	rejectionBytesMax: 2048,
} as const;

/** Names of the script's own `track` events. */
export const SCRIPT_EVENTS = {
	pageEngaged: "Page Engaged",
	linkClicked: "Link Clicked",
	fileDownloaded: "File Downloaded",
	formStarted: "Form Started",
	formSubmitted: "Form Submitted",
	formAbandoned: "Form Abandoned",
	webVital: "Web Vital",
	/** Once, when the script gives up after three faults of its own. */
	scriptStopped: "Script Stopped",
} as const;

/**
 * Properties of `Page Engaged`: cumulative totals of one page view; the collector keeps the
 * largest `rev` a view, so that a lost or repeated report cannot corrupt the sum.
 */
export interface PageEngaged {
	viewId: string;
	rev: number;
	/** Visible, focused and active within the last 30 s; milliseconds. */
	engagedMs: number;
	/** Visible; milliseconds. */
	visibleMs: number;
	/** Deepest point seen, 0 to 1. */
	scrollDepth: number;
	[key: string]: Json;
}

/** Properties of `Link Clicked` and `File Downloaded`. */
export interface LinkClicked {
	/** Target, scrubbed of the query parameters on the scrub list. */
	url: string;
	kind: "outbound" | "download" | "tel" | "mailto" | "custom";
	text?: string | undefined;
	[key: string]: Json | undefined;
}

/**
 * Click ids by query parameter, with the kind that touchpoints name. Only the parameter's name
 * decides; unreplaced macros such as `{gclid}` and `__CLICKID__` are refused by the reader.
 */
export const CLICK_IDS: { readonly [parameter: string]: string } = {
	gclid: "google_ads",
	gbraid: "google_ads",
	wbraid: "google_ads",
	dclid: "google_display",
	gad_source: "google_ads",
	msclkid: "microsoft_ads",
	fbclid: "facebook",
	ttclid: "tiktok",
	twclid: "x",
	li_fat_id: "linkedin",
	igshid: "instagram",
	epik: "pinterest",
	rdt_cid: "reddit",
	ScCid: "snapchat",
	sccid: "snapchat",
	yclid: "yandex",
	ymclid: "yandex_market",
	qclid: "quora",
	obclid: "outbrain",
	tblci: "taboola",
	irclickid: "impact",
	awc: "awin",
	cjevent: "cj",
	mc_eid: "mailchimp",
	_kx: "klaviyo",
	bd_vid: "baidu",
	clickid: "douyin",
	click_id: "kuaishou",
	qz_gdt: "tencent_ads",
	gdt_vid: "tencent_ads",
	wx_traceid: "wechat_ads",
	xhs_clickid: "xiaohongshu",
	stclid: "share_link",
} as const;

/** Campaign parameters, as received. */
export const UTM_PARAMETERS = [
	"utm_source",
	"utm_medium",
	"utm_campaign",
	"utm_term",
	"utm_content",
	"utm_id",
	"utm_source_platform",
	"utm_creative_format",
	"utm_marketing_tactic",
] as const;
