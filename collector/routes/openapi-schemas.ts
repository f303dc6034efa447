/** Schemas of the OpenAPI document (JSON Schema 2020-12), those of exported rows made from the list of columns. */
import { DATA_TYPES, ERROR_CODES, STATEMENT_TYPES } from "../../sdk/wire.ts";
import { type Column, type ColumnType, TABLES } from "../export/index.ts";

const EVENT_TYPES = [...DATA_TYPES, ...STATEMENT_TYPES];

export type Schema = { readonly [keyword: string]: unknown };

export const text: Schema = { type: "string" };
export const whole: Schema = { type: "integer" };
export const flag: Schema = { type: "boolean" };
export const time: Schema = { type: "string", format: "date-time" };
export const anything: Schema = {};

export function object(properties: { [name: string]: Schema }, optional: { [name: string]: Schema } = {}): Schema {
	return { type: "object", properties: { ...properties, ...optional }, required: Object.keys(properties) };
}

/** With nothing besides. */
export function exactly(properties: { [name: string]: Schema }, optional: { [name: string]: Schema } = {}): Schema {
	return { ...object(properties, optional), additionalProperties: false };
}

export const list = (items: Schema): Schema => ({ type: "array", items });
export const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: "null" }] });
export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const TYPES: { readonly [Type in ColumnType]: Schema } = {
	text,
	time,
	integer: whole,
	number: { type: "number" },
	boolean: flag,
	json: { type: ["object", "array"] },
};

/** Any column may be null or absent but the first, which names the row. */
function rowSchema(columns: readonly Column[]): Schema {
	const properties = columns.map(({ name, type, unit, description }) => [
		name,
		{
			anyOf: [TYPES[type], { type: "null" }],
			description: unit === undefined ? description : `${description} Unit: ${unit}.`,
		},
	]);
	return {
		type: "object",
		properties: Object.fromEntries(properties),
		required: [columns[0]?.name],
		additionalProperties: false,
	};
}

/** Lines of an answer that tells how far it is; see progress.ts. */
function progressOf(result: string): Schema {
	return {
		anyOf: [
			exactly({ progress: { type: "number", minimum: 0, maximum: 1 } }),
			exactly({ result: ref(result) }),
			ref("Error"),
		],
	};
}

const { events, ...derived } = TABLES;

const identity = exactly({ kind: text, value: text, hash: text });
/** Why an identifier is a person's; see explain.ts. */
const EVIDENCE_RULES = ["alias", "server", "public", "complement", "claim", "link", "seen"];
const REFUSAL_REASONS = ["unlinked", "two_user_ids", "type_limit", "both_vouched", "id_limit"];
const node = exactly({ kind: text, hash: text, value: orNull(text) });
const rejected = object(
	{ index: whole, messageId: orNull(text), code: { enum: ERROR_CODES }, message: text },
	{ field: text, row: whole },
);
const analysisBase = {
	analysis: text,
	from: orNull(time),
	to: orNull(time),
	timeZone: text,
	scanned: exactly({ profiles: whole, touchpoints: whole }),
	rows: list({ type: "object" }),
};
const ERASURE_STATES = ["pending", "done"];
const keyRecord = object({ id: text, kind: { enum: ["write", "read", "secret"] } });

const newPlan = exactly(
	{
		events: {
			type: "object",
			maxProperties: 500,
			additionalProperties: { type: "object" },
			description: "By name of a track or touch event: JSON Schema (2020-12) of its properties.",
		},
	},
	{ warnUnknown: flag },
);
const linkFields = {
	...Object.fromEntries(
		["name", "channel", "source", "medium", "campaign", "term", "content", "staff", "scene"].map((name) => [
			name,
			text,
		]),
	),
	expiresAt: time,
};
const shortLink = { code: text, shortUrl: text, qr: text, depth: whole };

export const SCHEMAS: { readonly [name: string]: Schema } = {
	Error: object({
		error: exactly({ code: { enum: ERROR_CODES }, message: text }, { field: text }),
	}),
	Event: {
		...object(
			{ type: { enum: EVENT_TYPES } },
			{
				messageId: { type: "string", maxLength: 256 },
				anonymousId: text,
				userId: text,
				originalTimestamp: time,
				timestamp: text,
				event: text,
				name: text,
				properties: { type: "object" },
				traits: { type: "object" },
				externalIds: list(exactly({ type: text, id: text })),
				context: { type: "object" },
			},
		),
		description: "A touch carries the touchpoint's own fields (channel, direction, durationMs, …) beside these.",
	},
	Batch: object(
		{ batch: { ...list(ref("Event")), maxItems: 500 } },
		{ sentAt: text, context: { type: "object" }, writeKey: text },
	),
	BatchAnswer: exactly({ success: { const: true }, accepted: whole, rejected: list(rejected), receivedAt: time }),
	...Object.fromEntries(Object.values(derived).map(({ name, columns }) => [`${name}Row`, rowSchema(columns)])),
	/** As sent, and so open. */
	eventsRow: {
		...object(
			{
				type: { enum: EVENT_TYPES },
				messageId: text,
				timestamp: time,
				receivedAt: time,
				trust: text,
				profileId: orNull(text),
			},
			{ bot: flag },
		),
		description: `${events.row} Fields as sent, and beside them these.`,
	},
	Tombstone: exactly({ profileId: text, gone: { enum: ["merged", "erased", "empty"] } }, { into: text }),
	Count: exactly({ rows: whole }),
	Profile: object({
		profileId: text,
		identities: list(identity),
		traits: { type: "object" },
		firstTouchAt: orNull(time),
		lastTouchAt: orNull(time),
		stage: orNull(text),
		touchpoints: list(
			object(
				{ id: text, profileId: text, timestamp: time, channel: text, type: text, evidence: list(text) },
				{ device: text },
			),
		),
		conversions: list(object({ goal: text, touchpointId: text, timestamp: time })),
		sessions: list(
			object({
				id: text,
				profileId: text,
				channel: text,
				startAt: time,
				endAt: time,
				touchpoints: whole,
				views: whole,
				engagedMs: { type: "number" },
				conversions: whole,
				bounce: flag,
			}),
		),
		links: list(
			object({ rule: text, between: { ...list(node), minItems: 2, maxItems: 2 }, timestamp: time, messageId: text }),
		),
		evidence: list(
			exactly({
				identifier: node,
				rule: { enum: EVIDENCE_RULES },
				with: orNull(node),
				timestamp: time,
				messageId: text,
			}),
		),
		refusals: list(
			object({ rule: text, reason: { enum: REFUSAL_REASONS }, between: list(node), timestamp: time, messageId: text }),
		),
		shared: list(node),
		contested: list(node),
	}),
	Known: exactly({ known: list(exactly({ at: time, events: whole })) }),
	Schema: exactly({
		tables: list(
			exactly({
				name: text,
				row: text,
				order: text,
				columns: list(
					exactly({ name: text, type: { enum: Object.keys(TYPES) }, description: text, source: text }, { unit: text }),
				),
			}),
		),
		changeFeed: list(object({ name: text, type: text, description: text })),
	}),
	Analysis: object(analysisBase),
	AnalysisProgress: progressOf("Analysis"),
	ImportProgress: progressOf("Import"),
	Import: object(
		{
			accepted: whole,
			rejected: list(rejected),
			rows: whole,
			good: whole,
			rowsWithFaults: whole,
			faults: list(exactly({ row: whole, column: orNull(text), message: text })),
			unusedColumns: list(text),
			preview: list(ref("Event")),
		},
		{ error: { type: "object" } },
	),
	Status: object({
		pending: whole,
		stuck: whole,
		refolding: whole,
		aging: whole,
		erasing: whole,
		postponed: whole,
		webhooks: exactly({ waiting: whole, failing: whole, delivered: whole, dropped: whole }),
		rejections: whole,
		lagMs: whole,
		delivery: exactly({
			copies: whole,
			duplicates: whole,
			numbered: whole,
			lost: whole,
			retries: whole,
			evicted: whole,
			setAside: whole,
			sameMessageIds: whole,
		}),
		errors: list(text),
	}),
	Rejections: exactly({ rejections: list(object({ receivedAt: time, code: text, message: text })) }),
	Senders: exactly({
		keys: list(exactly({ id: text, kind: text, name: text, server: flag, createdAt: time })),
		senders: list(
			exactly({
				day: { type: "string", format: "date" },
				key: text,
				library: text,
				events: whole,
				refused: whole,
				lastAt: time,
			}),
		),
	}),
	Receipt: exactly({ receipt: text }),
	Erasure: exactly({ receipt: text, status: { enum: ERASURE_STATES } }),
	Erasures: exactly({
		erasures: list(
			exactly({ receipt: text, status: { enum: ERASURE_STATES }, askedAt: orNull(time), doneAt: orNull(time) }),
		),
	}),
	Keys: exactly({ keys: list(keyRecord) }),
	Key: keyRecord,
	NewKey: { ...keyRecord, required: ["id", "kind", "key"], properties: { key: text } },
	NewPlan: newPlan,
	Plan: exactly({ plan: orNull(newPlan) }),
	PlanWarnings: exactly({
		warnings: list(
			exactly({ event: text, problem: text, property: text, count: whole, lastAt: time, messageId: orNull(text) }),
		),
	}),
	NewLink: exactly({ url: text }, linkFields),
	Link: exactly(
		{ ...shortLink, url: text, channel: text, createdAt: time, sharers: list(text) },
		{ ...linkFields, revokedAt: time, parent: text },
	),
	SharedLink: exactly(shortLink),
	Links: exactly({ links: list(ref("Link")) }, { next: text }),
	Settings: object(
		{
			workspace: text,
			version: whole,
			settings: {
				type: "object",
				required: ["retentionDays", "idleDays"],
				properties: {
					retentionDays: {
						type: ["integer", "null"],
						minimum: 1,
						maximum: 3650,
						description: "Whole days after which an event's content goes, for good; null: it stays.",
					},
					idleDays: {
						type: ["integer", "null"],
						minimum: 1,
						maximum: 3650,
						description:
							"Whole days without an event after which people are forgotten whole, for good; not fewer than retentionDays; null: nobody is.",
					},
				},
			},
			webhooks: list(object({ id: text, url: text, goals: list(text), createdAt: time })),
		},
		{ test: flag, streamShards: whole, profileShards: whole },
	),
};
