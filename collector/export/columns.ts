/**
 * The one list of columns: what each table of the exports has, in every format and in the order of
 * the formats that have one. Served at `GET /v1/schema`, and the source of the data dictionary.
 *
 * `source` is where a value stands in the record that the collector holds (`a.b`: member b of a). Text
 * that a sender wrote stands as received. Knows nothing of how a table is read or written.
 */

/** `time` is an instant; `json` is an object or list, which CSV writes as JSON text and Parquet as its JSON type. */
export type ColumnType = "text" | "time" | "integer" | "number" | "boolean" | "json";

export interface Column {
	name: string;
	type: ColumnType;
	/** For example `ms`; absent where a value has none. */
	unit?: string;
	description: string;
	source: string;
}

export type TableName = "journeys" | "touchpoints" | "sessions" | "profiles" | "identities" | "events";

export interface Table {
	name: TableName;
	/** What one row is. */
	row: string;
	/** In what order rows come. */
	order: string;
	columns: readonly Column[];
}

/** `name type[unit] source? description`, so that the list below can be read as a table. */
function column(name: string, type: ColumnType, description: string, more: { unit?: string; source?: string } = {}) {
	const { unit, source = name } = more;
	return { name, type, ...(unit === undefined ? {} : { unit }), description, source } satisfies Column;
}

const PROFILE_ID = column("profileId", "text", "The stitched person; another one once profiles merge.");

const PERSON: readonly Column[] = [
	PROFILE_ID,
	column("identities", "json", "List of {kind, value, hash}: every identifier of the person, earliest first."),
	column("traits", "json", "Object of traits; for each key the last write counts."),
	column("firstTouchAt", "time", "First touchpoint shown; null without any."),
	column("lastTouchAt", "time", "Last touchpoint shown; null without any."),
	column(
		"stage",
		"text",
		"awareness, consideration, purchase, service or loyalty, by the latest touchpoint that has one.",
	),
	column("touchpointCount", "integer", "Touchpoints of the person that the filters let through.", {
		unit: "touchpoints",
	}),
];

/** What a web or app visit came with; the same on its touchpoints and its session. */
const TRAFFIC: readonly Column[] = [
	column("direct", "boolean", "The visit had no known source."),
	column("traffic", "text", "GA4 default channel group of the visit, for example Paid Search."),
	column("source", "text", "Source, as received."),
	column("medium", "text", "Medium, as received."),
	column("campaign", "text", "Campaign, as received."),
	column("term", "text", "Search term, as received."),
	column("content", "text", "Campaign content, as received."),
	column("clickIdKind", "text", "Whose click id it is, for example google_ads.", { source: "clickId.kind" }),
	column("clickIdValue", "text", "The click id.", { source: "clickId.value" }),
	column("channelRule", "text", "Rule that decided the traffic channel.", { source: "channelRule.rule" }),
	column("channelRuleEvidence", "text", "What that rule saw.", { source: "channelRule.evidence" }),
];

const DEVICE: readonly Column[] = [
	column("deviceFamily", "text", "desktop, mobile, tablet, tv or other."),
	column("bot", "boolean", "A robot by its user agent; such rows come with bots=1 only."),
];

export const TABLES: { readonly [Name in TableName]: Table } = {
	journeys: {
		name: "journeys",
		row: "One person with the whole chain.",
		order: "By shard, then profileId.",
		columns: [
			...PERSON,
			column("touchpoints", "json", "List of touchpoints in order, at most 10,000, the earliest."),
			column("truncated", "boolean", "True where touchpoints were left out."),
			column("conversions", "json", "List of {goal, touchpointId, timestamp, value?} in order."),
		],
	},
	touchpoints: {
		name: "touchpoints",
		row: "One contact between the business and a person.",
		order: "By shard, then profileId, then time.",
		columns: [
			PROFILE_ID,
			column("id", "text", "Id of the touchpoint."),
			column("timestamp", "time", "When it happened, corrected for the sender's clock."),
			column("channel", "text", "Where it happened: web, phone, store, …"),
			column("type", "text", "What happened, noun_verb: page_viewed, call_completed, …"),
			column("direction", "text", "in: the customer acted; out: we acted; internal."),
			column("online", "boolean", "Whether it happened online."),
			column("sessionId", "text", "Visit that it belongs to."),
			column("stage", "text", "awareness, consideration, purchase, service or loyalty."),
			...TRAFFIC,
			column("participants", "json", "List of {role, ref?, name?}."),
			column("pageUrl", "text", "Page URL, scrubbed.", { source: "page.url" }),
			column("pagePath", "text", "Page pathname.", { source: "page.path" }),
			column("pageTitle", "text", "Page title.", { source: "page.title" }),
			column("pageReferrer", "text", "Referrer URL.", { source: "page.referrer" }),
			column("objectKind", "text", "Kind of what it was about, for example product.", { source: "object.kind" }),
			column("objectRef", "text", "Its reference.", { source: "object.ref" }),
			column("objectTitle", "text", "Its title.", { source: "object.title" }),
			column("engagedMs", "integer", "Visible, focused and active time.", { unit: "ms" }),
			column("visibleMs", "integer", "Visible time.", { unit: "ms" }),
			column("scrollDepth", "number", "Deepest point seen, 0 to 1.", { unit: "share" }),
			column("durationMs", "integer", "Length of a call, meeting or stay.", { unit: "ms" }),
			column("outcomeStatus", "text", "How it ended.", { source: "outcome.status" }),
			column("outcomeReason", "text", "Why it ended so.", { source: "outcome.reason" }),
			column("valueAmount", "integer", "Money in minor units of valueCurrency.", {
				unit: "minor units",
				source: "value.amount",
			}),
			column("valueCurrency", "text", "ISO 4217 code.", { source: "value.currency" }),
			column("valueKind", "text", "What the money is, for example revenue.", { source: "value.kind" }),
			column("scoreMetric", "text", "nps, csat, ces or sentiment.", { source: "score.metric" }),
			column("scoreValue", "number", "The score.", { source: "score.value" }),
			column("scoreMin", "number", "Lowest score possible.", { source: "score.min" }),
			column("scoreMax", "number", "Highest score possible.", { source: "score.max" }),
			column("signals", "json", "Object of counts by name."),
			column("text", "text", "Free text that a sender gave."),
			column("place", "text", "Store or place."),
			column("causedBy", "text", "What caused it, as the sender says."),
			column("automation", "text", "human, automated, machine_open or test."),
			column("effective", "boolean", "Earns credit in analyses."),
			column("conversion", "text", "Goal that it meets."),
			...DEVICE,
			column("evidence", "json", "List of messageIds that made it; it stands at the first."),
		],
	},
	sessions: {
		name: "sessions",
		row: "One visit to a site or an app.",
		order: "By shard, then profileId, then start.",
		columns: [
			PROFILE_ID,
			column("id", "text", "Id of the session; sessionId of its touchpoints."),
			column("channel", "text", "web or app."),
			column("startAt", "time", "First touchpoint."),
			column("endAt", "time", "Last touchpoint, or the end of the last view's visible time where that is later."),
			column("touchpoints", "integer", "Touchpoints in it.", { unit: "touchpoints" }),
			column("views", "integer", "Page and screen views.", { unit: "views" }),
			column("engagedMs", "integer", "Sum over its views.", { unit: "ms" }),
			column("entryPage", "text", "Pathname or screen title of the first view."),
			column("exitPage", "text", "Pathname or screen title of the last view."),
			column("conversions", "integer", "Touchpoints that meet a goal.", { unit: "conversions" }),
			column("bounce", "boolean", "One view, under ten seconds engaged, nothing done that earns credit."),
			...TRAFFIC,
			...DEVICE,
		],
	},
	profiles: { name: "profiles", row: "One person.", order: "By shard, then profileId.", columns: PERSON },
	identities: {
		name: "identities",
		row: "One identifier of one person; twice where it changed hands.",
		order: "By shard, then profileId, then first use.",
		columns: [
			column("hash", "text", "The workspace's keyed hash of the identifier."),
			column("kind", "text", "userId, email, phone, anonymousId, unionid, openid:<app>, ext:<type>."),
			column("value", "text", "As normalised; a SHA-256 where only that was ever sent."),
			PROFILE_ID,
			column("from", "time", "Earliest event of the person that carries it."),
			column("to", "time", "End of the latest visit of the person that carries it."),
			column("rule", "text", "Rule of the link that brought it in; own: the profile's only or naming identifier."),
		],
	},
	events: {
		name: "events",
		row: "One event as logged.",
		order: "By shard, then stream, then time.",
		columns: [
			column("messageId", "text", "The sender's id of the event."),
			column("type", "text", "page, screen, track, identify, group, touch or a statement."),
			column("name", "text", "Event name of track; name of page, screen and touch."),
			column("profileId", "text", "Person that it belongs to; null for statements and unattributed events."),
			column("anonymousId", "text", "As sent."),
			column("userId", "text", "As sent."),
			column("timestamp", "time", "Corrected time."),
			column("receivedAt", "time", "When the collector had it."),
			column("originalTimestamp", "text", "The sender's own time, as sent."),
			column("trust", "text", "public or server."),
			column("bot", "boolean", "A robot by its user agent."),
			column("channel", "text", "Of a touch, as sent."),
			column("properties", "json", "As sent."),
			column("traits", "json", "As sent."),
			column("context", "json", "As sent."),
			column("externalIds", "json", "As sent."),
			column("rest", "json", "Object of every other field, as sent.", { source: "" }),
		],
	},
};

export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** Beside a table's own columns in the change feed. */
export const CHANGE_COLUMNS: readonly Column[] = [
	column("gone", "text", "merged, erased, or empty: drop the person's rows. Null on a row that stands."),
	column("into", "text", "With merged: the person that the profile went into, where known."),
];
