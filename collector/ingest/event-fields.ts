/**
 * The fields of an event and what each may hold. Tolerant where that harms nobody (null is absent,
 * a whole number is an id), strict where a guess would join two people or lose money.
 */
import { type ErrorCode, LIMITS, type WireEvent } from "../../sdk/wire.ts";
import { parseTime } from "./event-time.ts";
import { isObject, type UnknownObject } from "./json-value.ts";

/** Why one event is refused. `message` never quotes the event: it may be shown and logged. */
export interface Problem {
	code: ErrorCode;
	message: string;
	/** Dotted path. */
	field?: string;
}

export type Fields = { ok: true; sent: WireEvent } | { ok: false; problem: Problem };

type Kind =
	| "id"
	| "text"
	| "object"
	| "array"
	| "number"
	| "boolean"
	| "externalIds"
	| "refs"
	| "slices"
	| "money"
	| "score";

const FIELD_KINDS = new Map<string, Kind>([
	["messageId", "id"],
	["anonymousId", "id"],
	["userId", "id"],
	["previousId", "id"],
	["groupId", "id"],
	["event", "text"],
	["name", "text"],
	["properties", "object"],
	["traits", "object"],
	["context", "object"],
	["externalIds", "externalIds"],
]);
const STATEMENT_KINDS = new Map<string, Kind>([
	["previousIdType", "text"],
	["ids", "refs"],
	["slices", "slices"],
]);
/** A touch carries the touchpoint's own fields; elsewhere the same keys are the sender's own business. */
const TOUCH_KINDS = new Map<string, Kind>([
	["channel", "text"],
	["direction", "text"],
	["stage", "text"],
	["source", "text"],
	["medium", "text"],
	["campaign", "text"],
	["term", "text"],
	["content", "text"],
	["text", "text"],
	["place", "text"],
	["causedBy", "text"],
	["automation", "text"],
	["online", "boolean"],
	["engagedMs", "number"],
	["durationMs", "number"],
	["scrollDepth", "number"],
	["participants", "array"],
	["page", "object"],
	["object", "object"],
	["outcome", "object"],
	["signals", "object"],
	["clickId", "object"],
	["value", "money"],
	["score", "score"],
]);
const TOUCH_WORDS = new Map<string, readonly string[]>([
	["direction", ["in", "out", "internal"]],
	["automation", ["human", "automated", "machine_open", "test"]],
	["stage", ["awareness", "consideration", "purchase", "service", "loyalty"]],
]);
/** About the transport, not about the event: a repeat may carry others. */
const TRANSPORT_FIELDS = new Set(["sentAt", "receivedAt", "writeKey", "__proto__"]);
/** Traits that name a person (`identity.md` rule 2): held to the length of an id. */
const TRAIT_IDS = ["email", "emailSha256", "phone", "phoneSha256", "unionid", "openid", "openidAppId"] as const;

/**
 * Copies an event without its transport fields, with null fields left out and numeric ids as text.
 *
 * @param event its `type` is known to be a valid one
 * @returns the copy, or `bad_field` / `id_too_long` for the first field that cannot stand
 */
export function copyFields(event: UnknownObject): Fields {
	const sent: { [field: string]: unknown } = {};
	for (const key in event) {
		if (TRANSPORT_FIELDS.has(key)) continue;
		const value = event[key];
		const kind = kindOf(key, event.type);
		if (kind === undefined) {
			sent[key] = value;
			continue;
		}
		if (value === null || value === undefined) continue;
		if (kind === "id") {
			const id = readId(value, key);
			if (typeof id !== "string") return { ok: false, problem: id };
			// A blank messageId would make all such events one; other blank ids are for the identity rules to refuse.
			if (key !== "messageId" || id.trim() !== "") sent[key] = id;
			continue;
		}
		const problem = checkKind(kind, key, value);
		if (problem) return { ok: false, problem };
		sent[key] = value;
	}
	// Bounds in one form, so that no reader takes one for local time or drops it unseen.
	if (Array.isArray(sent.slices) && event.type === "erase") sent.slices = sent.slices.map(printSlice);
	const problem = checkTraits(sent.traits, "traits") ?? checkContext(sent.context);
	// The one place where a checked object is given its type.
	return problem ? { ok: false, problem } : { ok: true, sent: sent as WireEvent };
}

function kindOf(key: string, type: unknown): Kind | undefined {
	const kind = FIELD_KINDS.get(key);
	if (kind) return kind;
	if (type === "touch") return TOUCH_KINDS.get(key);
	return type === "alias" || type === "unlink" || type === "erase" ? STATEMENT_KINDS.get(key) : undefined;
}

function checkKind(kind: Kind, key: string, value: unknown): Problem | null {
	switch (kind) {
		case "text":
			if (typeof value !== "string") return badField(key, "must be text");
			return TOUCH_WORDS.get(key)?.includes(value) === false
				? badField(key, `must be one of ${TOUCH_WORDS.get(key)?.join(", ")}`)
				: null;
		case "object":
			return isObject(value) ? null : badField(key, "must be an object");
		case "array":
			return Array.isArray(value) && value.every(isObject) ? null : badField(key, "must be an array of objects");
		case "number":
			return typeof value === "number" && value >= 0 ? null : badField(key, "must be a number from 0 up");
		case "boolean":
			return typeof value === "boolean" ? null : badField(key, "must be true or false");
		case "externalIds":
			return checkExternalIds(value, key);
		case "refs":
			return checkRefs(value, key);
		case "slices":
			return checkSlices(value);
		case "money":
			return isMoney(value)
				? null
				: badField(key, "must hold `amount` in whole minor units and an ISO 4217 `currency`");
		case "score":
			return isScore(value) ? null : badField(key, "must hold `metric` and numbers `value`, `min` and `max`");
		default:
			return null;
	}
}

/** An id as text. A whole number is taken; beyond 2^53 JSON has already made two numbers one, so it is refused. */
function readId(value: unknown, field: string): string | Problem {
	if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
	if (typeof value === "number") return badField(field, "is a number that JSON cannot carry exactly: send it as text");
	if (typeof value !== "string") return badField(field, "must be text");
	return checkIdText(value, field) ?? value;
}

/**
 * U+FFFD is what is left of text that could not be decoded, ours or the sender's: two broken ids would be one.
 */
function checkIdText(text: string, field: string): Problem | null {
	if (text.length > LIMITS.idCharsMax) {
		return {
			code: "id_too_long",
			field,
			message: `\`${field}\` is longer than ${LIMITS.idCharsMax} characters.`,
		};
	}
	return text.includes("\uFFFD") ? badField(field, "holds characters that could not be decoded") : null;
}

function checkExternalIds(value: unknown, field: string): Problem | null {
	if (!Array.isArray(value)) return badField(field, "must be an array of {type, id}");
	for (const [index, item] of value.entries()) {
		if (!isObject(item)) return badField(`${field}.${index}`, "must be {type, id}");
		for (const key of ["type", "id"]) {
			const id = readId(item[key], `${field}.${index}.${key}`);
			if (typeof id !== "string") return id;
		}
	}
	return null;
}

function checkTraits(traits: unknown, field: string): Problem | null {
	if (!isObject(traits)) return null;
	for (const key of TRAIT_IDS) {
		const value = traits[key];
		const problem = typeof value === "string" ? checkIdText(value, `${field}.${key}`) : null;
		if (problem) return problem;
	}
	return null;
}

function checkContext(context: unknown): Problem | null {
	if (!isObject(context)) return null;
	const { traits, externalIds } = context;
	if (traits !== undefined && traits !== null && !isObject(traits))
		return badField("context.traits", "must be an object");
	if (externalIds !== undefined && externalIds !== null) {
		const problem = checkExternalIds(externalIds, "context.externalIds");
		if (problem) return problem;
	}
	return checkTraits(traits, "context.traits");
}

function checkRefs(value: unknown, field: string): Problem | null {
	if (!Array.isArray(value)) return badField(field, "must be an array of identifiers such as {userId: …}");
	for (const [index, item] of value.entries()) {
		const problem = checkRef(item, `${field}.${index}`);
		if (problem) return problem;
	}
	return null;
}

/** One identifier: `{kind: id}`, or one of the two forms that need a second key. */
function checkRef(value: unknown, field: string): Problem | null {
	const entries = isObject(value) ? Object.entries(value) : [];
	const keys = entries.map(([key]) => key).sort();
	const isOne = keys.length === 1 || keys.join() === "id,type" || keys.join() === "openid,openidAppId";
	if (!isOne || entries.some(([, id]) => typeof id !== "string" || id === "")) {
		return badField(field, "must be one identifier such as {userId: …}, its id being text");
	}
	for (const text of entries.flat()) {
		const problem = checkIdText(String(text), field);
		if (problem) return problem;
	}
	return null;
}

function checkSlices(value: unknown): Problem | null {
	if (!Array.isArray(value)) return badField("slices", "must be an array of {id, from, to}");
	for (const [index, slice] of value.entries()) {
		if (!isObject(slice)) return badField(`slices.${index}`, "must be {id, from, to}");
		const problem = checkRef(slice.id, `slices.${index}.id`);
		if (problem) return problem;
		const from = parseTime(slice.from);
		const to = parseTime(slice.to);
		if (from === null || to === null || from > to)
			return badField(`slices.${index}`, "must run from a time to a later one");
	}
	return null;
}

function printSlice(slice: UnknownObject): UnknownObject {
	const [from, to] = [slice.from, slice.to].map((time) => new Date(parseTime(time) ?? Number.NaN).toISOString());
	return { ...slice, from, to };
}

function isMoney(value: unknown): boolean {
	return (
		isObject(value) &&
		Number.isSafeInteger(value.amount) &&
		typeof value.currency === "string" &&
		/^[A-Z]{3}$/.test(value.currency)
	);
}

function isScore(value: unknown): boolean {
	if (!isObject(value) || typeof value.metric !== "string") return false;
	return typeof value.value === "number" && typeof value.min === "number" && typeof value.max === "number";
}

export function badField(field: string, reason: string): Problem {
	return { code: "bad_field", field, message: `\`${field}\` ${reason}.` };
}
