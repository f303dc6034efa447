/**
 * Rule 2: which identifiers an event carries, and which one a statement names.
 */
import type { LoggedEvent } from "../model.ts";
import { compareText, DEVICE_KIND, type Hash, nodeKey, USER_KIND } from "./node-key.ts";
import {
	type Normalised,
	normaliseEmail,
	normaliseId,
	normalisePhone,
	normaliseSha256,
	readText,
} from "./normalise.ts";
import type { Identifier, IdentitySettings } from "./types.ts";

export interface EventIdentifiers {
	/** The usable `anonymousId`. */
	device: Identifier | null;
	/** Unique, sorted by node. */
	strong: Identifier[];
}

type Fields = { [key: string]: unknown };

/**
 * Reads what any type of event but `group` carries: `userId`, `anonymousId`, and, each at top level
 * or in `context`, `externalIds` and `traits`. A `group` event describes a company, not a person, and
 * carries nothing. Statements carry what stands in these fields like any event; what they name besides
 * (`previousId`, `ids`) is read by `readStatement`.
 *
 * An external id is always of kind `ext:<type>`, whatever its type is called, so that Segment's
 * `{type: "email", id}` never is the node of a trait; its `collection` and `encoding` are ignored.
 *
 * @param event its fields may hold anything: only shapes that rule 2 knows are read
 * @returns normalised and unblocked identifiers; no device and an empty list where there are none
 */
export function readIdentifiers(
	{ sent }: Pick<LoggedEvent, "sent">,
	settings: IdentitySettings,
	hash: Hash,
): EventIdentifiers {
	if (sent.type === "group") return { device: null, strong: [] };
	const found = new Map<string, Identifier>();
	const add = (kind: string | null, normalised: Normalised | null) => {
		if (kind === null || normalised === null) return;
		const identifier = toIdentifier(kind, normalised, hash);
		// The same mail in clear and hashed is one node; what can be read by people is kept.
		if (identifier.clear !== undefined || !found.has(identifier.node)) found.set(identifier.node, identifier);
	};

	add(USER_KIND, normaliseId(USER_KIND, sent.userId, settings));
	const context = readFields(sent.context);
	for (const list of [sent.externalIds, context.externalIds]) {
		for (const entry of Array.isArray(list) ? list : []) {
			const { type, id } = readFields(entry);
			const kind = readSubKind("ext", type);
			if (kind !== null) add(kind, normaliseId(kind, id, settings));
		}
	}
	for (const traits of [readFields(sent.traits), readFields(context.traits)]) {
		add("email", normaliseEmail(traits.email, settings));
		add("email", normaliseSha256("email", traits.emailSha256, settings));
		add("phone", normalisePhone(traits.phone, settings));
		add("phone", normaliseSha256("phone", traits.phoneSha256, settings));
		add("unionid", normaliseId("unionid", traits.unionid, settings));
		const openidKind = readSubKind("openid", traits.openidAppId);
		if (openidKind !== null) add(openidKind, normaliseId(openidKind, traits.openid, settings));
	}
	const device = normaliseId(DEVICE_KIND, sent.anonymousId, settings);
	return {
		device: device && toIdentifier(DEVICE_KIND, device, hash),
		strong: [...found.values()].sort((a, b) => compareText(a.node, b.node)),
	};
}

/**
 * The identifier that a statement or a look-up names: `{userId}`, `{anonymousId}`, `{email}`,
 * `{emailSha256}`, `{phone}`, `{phoneSha256}`, `{unionid}`, `{openid, openidAppId}`, `{type, id}` of an
 * external id, `{kind, hash}` as profiles show it (a tombstone names nobody in clear), or a kind as
 * profiles list it: `{"openid:<app>": id}`, `{"ext:<type>": id}`. Any other single key is an external
 * type. A mail or phone may be given as its SHA-256 under its plain kind, as profiles show it where it
 * was never seen in clear.
 *
 * @returns null for what names no usable identifier
 */
export function readRef(ref: unknown, settings: IdentitySettings, hash: Hash): Identifier | null {
	const fields = readFields(ref);
	const keys = Object.keys(fields).sort();
	const made = (kind: string | null, normalised: Normalised | null) =>
		kind === null || normalised === null ? null : toIdentifier(kind, normalised, hash);
	const id = (kind: string | null, raw: unknown) => made(kind, (kind && normaliseId(kind, raw, settings)) || null);

	if (keys.join() === "hash,kind") return readHashed(fields.kind, fields.hash);
	if (keys.join() === "openid,openidAppId") return id(readSubKind("openid", fields.openidAppId), fields.openid);
	if (keys.join() === "id,type") return id(readSubKind("ext", fields.type), fields.id);
	const [key] = keys;
	if (key === undefined || keys.length > 1) return null;
	const raw = fields[key];
	switch (key) {
		case USER_KIND:
		case DEVICE_KIND:
		case "unionid":
			return id(key, raw);
		case "email":
			return made(key, normaliseEmail(raw, settings) ?? normaliseSha256(key, raw, settings));
		case "phone":
			return made(key, normalisePhone(raw, settings) ?? normaliseSha256(key, raw, settings));
		case "emailSha256":
			return made("email", normaliseSha256("email", raw, settings));
		case "phoneSha256":
			return made("phone", normaliseSha256("phone", raw, settings));
		case "openid":
			// Rule 3: it counts only with its app.
			return null;
	}
	if (key.startsWith("openid:")) return id(readSubKind("openid", key.slice("openid:".length)), raw);
	return id(readSubKind("ext", key.startsWith("ext:") ? key.slice("ext:".length) : key), raw);
}

const HASH_FORM = /^[A-Za-z0-9_-]{22}$/;
const KIND_FORM = /^(userId|anonymousId|unionid|phone|email|(ext|openid):[^\n]+)$/;

function readHashed(kind: unknown, hash: unknown): Identifier | null {
	const isForm = typeof kind === "string" && typeof hash === "string" && KIND_FORM.test(kind) && HASH_FORM.test(hash);
	return isForm ? { kind, value: hash, node: nodeKey(kind, hash) } : null;
}

/** One `anonymousId` or `userId` as a node, by the same rules as an event's own. */
export function readId(
	kind: "userId" | "anonymousId",
	raw: unknown,
	settings: IdentitySettings,
	hash: Hash,
): Identifier | null {
	const normalised = normaliseId(kind, raw, settings);
	return normalised && toIdentifier(kind, normalised, hash);
}

/** `ext:<type>`, `openid:<app>`; a line break would make the hashed text ambiguous, so such a type is none. */
function readSubKind(kind: "ext" | "openid", raw: unknown): string | null {
	const name = readText(raw);
	return name === null || name.includes("\n") ? null : `${kind}:${name}`;
}

function toIdentifier(kind: string, normalised: Normalised, hash: Hash): Identifier {
	return { kind, ...normalised, node: nodeKey(kind, hash(kind, normalised.value)) };
}

function readFields(raw: unknown): Fields {
	return typeof raw === "object" && raw !== null && !Array.isArray(raw) ? (raw as Fields) : {};
}
