/**
 * What a workspace may change about how events become touchpoints. All of it is data: `PUT
 * /v1/settings` replaces it and history is folded again, since chains are derived.
 *
 * Fixed on purpose: the length of a session and of a bounce (`session.ts`, `views.ts`), so that
 * sessions of two workspaces mean the same.
 */
import * as v from "valibot";
import { SOURCE_CATEGORIES, STAGES } from "../model.ts";
import { CHANNELS } from "./channels.ts";
import {
	DEFAULT_EFFECTIVE_RULES,
	DEFAULT_GOALS,
	DEFAULT_PAYMENT_HOSTS,
	DEFAULT_SIGN_ON_HOSTS,
	DEFAULT_STAGE_RULES,
} from "./default-rules.ts";
import { readObject } from "./fields.ts";

/** Most entries in any one list of the settings; a longer list is refused. */
export const RULES_MAX = 500;

const text = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(256));
const words = v.pipe(v.array(text), v.minLength(1), v.maxLength(RULES_MAX));
const direction = v.picklist(["in", "out", "internal"]);
const stage = v.picklist(STAGES);
const host = v.pipe(
	v.string(),
	v.trim(),
	v.toLowerCase(),
	v.regex(/^[^\s/:]+$/, "a host name without scheme, port and path"),
);
const hosts = v.pipe(v.array(host), v.maxLength(RULES_MAX));

/** All that are given must hold; a list holds when one of its patterns does, and `*` in a pattern stands for any text. */
const matchSchema = v.pipe(
	v.strictObject({
		type: v.exactOptional(words),
		channel: v.exactOptional(words),
		objectKind: v.exactOptional(words),
		/** Of the page, for example `/pricing*`. */
		pathname: v.exactOptional(words),
		direction: v.exactOptional(direction),
		online: v.exactOptional(v.boolean()),
	}),
	v.check((match) => Object.keys(match).length > 0, "at least one condition"),
);

const rowSchema = v.strictObject({
	/** Name of a `track` event, or of a touch; compared in snake case. */
	event: text,
	/** Further condition on one property. */
	when: v.exactOptional(v.strictObject({ property: text, equals: v.union([v.string(), v.number(), v.boolean()]) })),
	/** Touchpoint type; null: makes no touchpoint; absent: the name in snake case. */
	type: v.exactOptional(v.nullable(v.pipe(text, v.regex(/^[\p{L}\p{M}\p{N}]+(_[\p{L}\p{M}\p{N}]+)*$/u, "snake case")))),
	/** Where it happened, whoever sent it. */
	channel: v.exactOptional(text),
	/** Where it happened, when neither a browser nor an app sent it. */
	fallbackChannel: v.exactOptional(text),
	direction: v.exactOptional(direction),
	online: v.exactOptional(v.boolean()),
	/** `ref` and `title`: properties to read, the first that holds text wins. */
	object: v.exactOptional(v.strictObject({ kind: text, ref: v.exactOptional(words), title: v.exactOptional(words) })),
	/** Properties that name the campaign. */
	campaign: v.exactOptional(words),
	/** It carries money even where no currency is given, under this kind. */
	valueKind: v.exactOptional(text),
	/** Numeric properties are kept as `signals`. */
	signals: v.exactOptional(v.boolean()),
});

const channelSchema = v.strictObject({ online: v.boolean(), direction, sessions: v.exactOptional(v.boolean()) });

const lowerText = v.pipe(text, v.toLowerCase());

const sourceSchema = v.strictObject({
	/** As chains show it; also a name that `utm_source` may carry. */
	name: lowerText,
	category: v.picklist(SOURCE_CATEGORIES),
	/** Each covers what is under it; a last label `*` stands for any public suffix: `example.*`. */
	hosts: v.optional(hosts, []),
	/** Further names in `utm_source`. */
	aliases: v.optional(v.pipe(v.array(lowerText), v.maxLength(RULES_MAX)), []),
});

const list = <T extends v.GenericSchema>(item: T) => v.pipe(v.array(item), v.maxLength(RULES_MAX));

const settingsSchema = v.strictObject({
	/** Tried before the built-in mapping table (`mapping.ts`). */
	map: v.optional(list(rowSchema), []),
	/** Added to the registry, or in place of an entry of it (`channels.ts`). */
	channels: v.optional(
		v.pipe(
			v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_-]{0,63}$/, "a lower-case name")), channelSchema),
			v.check((channels) => Object.keys(channels).length <= RULES_MAX, `at most ${RULES_MAX} channels`),
		),
		{},
	),
	/** First match decides whether a touchpoint earns credit; none: it does. Never for what no human did. */
	effective: v.optional(list(v.strictObject({ match: matchSchema, effective: v.boolean() })), DEFAULT_EFFECTIVE_RULES),
	/** First match decides; none: no stage. */
	stages: v.optional(list(v.strictObject({ match: matchSchema, stage })), DEFAULT_STAGE_RULES),
	/** First match names the conversion. */
	goals: v.optional(list(v.strictObject({ name: text, match: matchSchema })), DEFAULT_GOALS),
	/** Referrals from these, and from hosts under them, are no source. */
	hosts: v.optional(
		v.strictObject({
			/** The business's own, besides the host of the page itself. */
			internal: v.optional(hosts, []),
			payment: v.optional(hosts, DEFAULT_PAYMENT_HOSTS),
			signOn: v.optional(hosts, DEFAULT_SIGN_ON_HOSTS),
		}),
		{},
	),
	/** Where visits come from, tried before the built-in lists: what a referrer's host or `utm_source` names. */
	sources: v.optional(list(sourceSchema), []),
	/** ISO 4217, for amounts that carry no currency. Segment's spec assumes USD, and so do we unless told. */
	currency: v.optional(v.pipe(v.string(), v.regex(/^[A-Z]{3}$/, "three capital letters of ISO 4217")), "USD"),
});

export type JourneySettings = v.InferOutput<typeof settingsSchema>;
export type Match = v.InferOutput<typeof matchSchema>;
export type TouchRow = v.InferOutput<typeof rowSchema>;

export type ParsedSettings =
	| { ok: true; value: JourneySettings }
	| {
			ok: false;
			/** Dotted path of the first wrong field, for example `goals.0.match`; empty for the whole. */
			field: string;
			message: string;
	  };

/**
 * Checks settings as they come from outside. What is left out takes its default; unknown keys are
 * refused, since a misspelt rule that silently does nothing is worse than an error.
 */
export function parseJourneySettings(json: unknown): ParsedSettings {
	// A list would be taken for an object whose `map` is the method of lists.
	if (readObject(json) === undefined) return { ok: false, field: "", message: "must be an object" };
	const result = v.safeParse(settingsSchema, json);
	if (!result.success) {
		const [issue] = result.issues;
		return { ok: false, field: v.getDotPath(issue) ?? "", message: issue.message };
	}
	return findUnknownChannel(result.output) ?? { ok: true, value: result.output };
}

/**
 * Stored settings, perhaps of an older version: what came since takes its default, also inside an entry of a list, and what is
 * gone is left out. They were checked when they were saved, so that a part that would be refused by now stays as it is.
 */
export function completeJourneySettings(stored: Readonly<Record<string, unknown>>): JourneySettings {
	const parts = Object.entries(settingsSchema.entries).map(([name, schema]) => {
		const read = v.safeParse(schema, stored[name]);
		return [name, read.success ? read.output : stored[name]];
	});
	return Object.fromEntries(parts) as JourneySettings;
}

/** A row that sends touches to a channel nobody registered is most likely misspelt. */
function findUnknownChannel({ map, channels }: JourneySettings): ParsedSettings | null {
	const isKnown = (channel: string) => Object.hasOwn(CHANNELS, channel) || Object.hasOwn(channels, channel);
	for (const [index, row] of map.entries()) {
		for (const key of ["channel", "fallbackChannel"] as const) {
			const channel = row[key];
			if (channel === undefined || isKnown(channel)) continue;
			return { ok: false, field: `map.${index}.${key}`, message: `"${channel}" is no registered channel` };
		}
	}
	return null;
}

export const DEFAULT_JOURNEY_SETTINGS: JourneySettings = v.parse(settingsSchema, {});
