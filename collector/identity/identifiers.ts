/**
 * Rule 2: which identifiers an event carries, and which one a statement names.
 */
import type { Kept, LoggedEvent } from "../model.ts";
import { compareText, DEVICE_KIND, type Hash, hashOf, kindOf, nodeKey, USER_KIND } from "./node-key.ts";
import {
	type Normalised,
	normaliseEmail,
	normaliseId,
	normalisePhone,
	normaliseSha256,
	readText,
} from "./normalise.ts";
import type { Identifier, IdentitySettings, NodeKey } from "./types.ts";

export interface EventIdentifiers {
	/** The usable `anonymousId`. */
	device: Identifier | null;
	/** Unique, sorted by node. */
	strong: Identifier[];
}

type Fields = { [key: string]: unknown };

/** How a field writes its identifier (rule 3). */
type Form = "id" | "email" | "phone" | "sha256";

/** Reads what one field holds, whatever that is; null for what names nobody. */
export type ReadField = (kind: string, form: Form, raw: unknown) => Identifier | null;

const NORMALISE: {
	[form in Form]: (kind: string, raw: unknown, settings: IdentitySettings) => Normalised | null;
} = {
	id: normaliseId,
	email: (_kind, raw, settings) => normaliseEmail(raw, settings),
	phone: (_kind, raw, settings) => normalisePhone(raw, settings),
	sha256: (kind, raw, settings) => normaliseSha256(kind as "email" | "phone", raw, settings),
};

export function createReadField(settings: IdentitySettings, hash: Hash): ReadField {
	return (kind, form, raw) => {
		const normalised = NORMALISE[form](kind, raw, settings);
		return normalised && toIdentifier(kind, normalised, hash);
	};
}

/** A batch names the same identifiers again and again. What is remembered grows with it: drop the function with the batch. */
export function rememberFields(read: ReadField): ReadField {
	const known: { [form in Form]: Map<string, Map<string, Identifier | null>> } = {
		id: new Map(),
		email: new Map(),
		phone: new Map(),
		sha256: new Map(),
	};
	return (kind, form, raw) => {
		if (typeof raw !== "string") return read(kind, form, raw);
		let values = known[form].get(kind);
		if (values === undefined) {
			values = new Map();
			known[form].set(kind, values);
		}
		let identifier = values.get(raw);
		if (identifier === undefined) {
			identifier = read(kind, form, raw);
			values.set(raw, identifier);
		}
		return identifier;
	};
}

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
 * @param read  of the same settings and hash; for many events one that remembers
 * @returns normalised and unblocked identifiers; no device and an empty list where there are none
 */
export function readIdentifiers(
	{ sent, added }: Pick<LoggedEvent, "sent"> & Partial<Pick<LoggedEvent, "added">>,
	settings: IdentitySettings,
	hash: Hash,
	read: ReadField = createReadField(settings, hash),
): EventIdentifiers {
	if (added?.kept !== undefined) return readKept(added.kept);
	if (sent.type === "group") return { device: null, strong: [] };
	const strong: Identifier[] = [];
	const add = (kind: string, form: Form, raw: unknown) => {
		const identifier = raw === undefined ? null : read(kind, form, raw);
		if (identifier === null) return;
		const known = strong.findIndex(({ node }) => node === identifier.node);
		if (known < 0) strong.push(identifier);
		// The same mail in clear and hashed is one node; what can be read by people is kept.
		else if (identifier.clear !== undefined) strong[known] = identifier;
	};

	add(USER_KIND, "id", sent.userId);
	const context = readFields(sent.context);
	for (const list of [sent.externalIds, context.externalIds]) {
		for (const entry of Array.isArray(list) ? list : []) {
			const { type, id } = readFields(entry);
			const kind = readSubKind("ext", type);
			if (kind !== null) add(kind, "id", id);
		}
	}
	for (const raw of [sent.traits, context.traits]) {
		const traits = readFields(raw);
		if (traits === NO_FIELDS) continue;
		add("email", "email", traits.email);
		add("email", "sha256", traits.emailSha256);
		add("phone", "phone", traits.phone);
		add("phone", "sha256", traits.phoneSha256);
		add("unionid", "id", traits.unionid);
		const openidKind = readSubKind("openid", traits.openidAppId);
		if (openidKind !== null) add(openidKind, "id", traits.openid);
	}
	return {
		device: read(DEVICE_KIND, "id", sent.anonymousId),
		strong: strong.sort((a, b) => compareText(a.node, b.node)),
	};
}

/** Of an event whose content is gone (`retention.ts`). */
function readKept({ device, strong = [] }: Kept): EventIdentifiers {
	const toKept = (node: NodeKey): Identifier => ({ kind: kindOf(node), value: hashOf(node), node });
	return { device: device === undefined ? null : toKept(device), strong: strong.map(toKept) };
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
	const read = createReadField(settings, hash);
	const id = (kind: string | null, raw: unknown) => (kind === null ? null : read(kind, "id", raw));

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
			return read(key, "email", raw) ?? read(key, "sha256", raw);
		case "phone":
			return read(key, "phone", raw) ?? read(key, "sha256", raw);
		case "emailSha256":
			return read("email", "sha256", raw);
		case "phoneSha256":
			return read("phone", "sha256", raw);
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
	return createReadField(settings, hash)(kind, "id", raw);
}

/** `ext:<type>`, `openid:<app>`; a line break would make the hashed text ambiguous, so such a type is none. */
function readSubKind(kind: "ext" | "openid", raw: unknown): string | null {
	const name = readText(raw);
	return name === null || name.includes("\n") ? null : `${kind}:${name}`;
}

function toIdentifier(kind: string, normalised: Normalised, hash: Hash): Identifier {
	return { kind, ...normalised, node: nodeKey(kind, hash(kind, normalised.value)) };
}

const NO_FIELDS: Fields = Object.freeze({});

function readFields(raw: unknown): Fields {
	return typeof raw === "object" && raw !== null && !Array.isArray(raw) ? (raw as Fields) : NO_FIELDS;
}
