/**
 * Rule 4: values that stand for nobody. An identifier of such a value is none; its event stays.
 */
import { createHash } from "node:crypto";
import { readE164 } from "./phone.ts";
import type { IdentitySettings } from "./types.ts";

const PLACEHOLDERS = [
	"",
	"anonymous",
	"guest",
	"null",
	"undefined",
	"none",
	"nil",
	"nan",
	"true",
	"false",
	"unknown",
	"n/a",
	"na",
	"(not set)",
	"not set",
	"not_set",
	"not_authenticated",
	"distinct_id",
	"distinctid",
	"id",
	"email",
	"user_id",
	"userid",
	"test",
	"default",
	"void",
	"[object object]",
	"0",
	"-1",
	"−1",
];

/** Addresses that people type to get past a form, or that software sends from. */
const DUMMY_MAILS = [
	"noreply@example.com",
	"no-reply@example.com",
	"test@test.com",
	"test@test.test",
	"noreply@noreply.com",
	"none@none.com",
	"null@null.com",
	"anonymous@anonymous.com",
	"guest@guest.com",
	"noemail@noemail.com",
	"email@email.com",
	"asdf@asdf.com",
];

/** 13800138000 is China Mobile's top-up line; the others are what forms are filled with. */
const DUMMY_PHONES = ["+8613800138000", "+8613800000000", "+8613900000000", "+8613000000000", "+8611111111111"];

const MAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const ZEROS = /^[0-]+$/;
const ONE_CHARACTER = /^(.)\1{5,}$/su;
const QUOTES = /^["'`“”‘’«»]+|["'`“”‘’«»]+$/gu;

const placeholders = new Set(PLACEHOLDERS);
const dummies = new Set([...DUMMY_MAILS, ...DUMMY_PHONES]);
/** A dummy number as people write it: with its country code, with `86`, and without either. */
const SPELT_PHONES = DUMMY_PHONES.flatMap((phone) => [phone, phone.slice(1), phone.slice("+86".length)]);
/** What a sender gets who hashes a placeholder or a dummy, normalised or not, instead of leaving the field out. */
const hashedDummies = new Set([...PLACEHOLDERS, ...DUMMY_MAILS, ...SPELT_PHONES].map(sha256Hex));

/** Hex SHA-256 of the text as UTF-8. */
export function sha256Hex(text: string): string {
	return createHash("sha256").update(text).digest("hex");
}

/** As rule 4 compares: in any case, with or without quotes around it. */
export function foldForBlocking(value: string): string {
	return value.trim().replace(QUOTES, "").trim().toLowerCase();
}

/**
 * Is this value nobody's? Applies to the normalised clear value of any kind, and to the SHA-256 of
 * `email` and `phone` where only that was sent. Extra values of the settings meet both forms; extra
 * patterns can only meet what is in clear.
 *
 * @param value normalised: E.164 for a phone in clear, lower-case for a mail in clear, 64 hex digits for a hash
 * @throws SyntaxError on a pattern that is no regular expression: settings are checked when they are written
 */
export function isBlocked(kind: string, value: string, settings: IdentitySettings): boolean {
	const folded = foldForBlocking(value);
	if (placeholders.has(folded) || ZEROS.test(folded) || ONE_CHARACTER.test(folded)) return true;
	const hashable = kind === "email" || kind === "phone";
	const hashed = hashable && isSha256Hex(folded);
	if (hashed && hashedDummies.has(folded)) return true;
	if (hashable && !hashed && dummies.has(folded)) return true;
	if (kind === "email" && !hashed && !MAIL.test(folded)) return true;
	return compileExtras(settings).some(
		(extra) =>
			(extra.kind === kind || extra.kind === "*") &&
			(extra.values.has(folded) || (!hashed && extra.patterns.some((pattern) => pattern.test(value)))),
	);
}

export function isSha256Hex(value: string): boolean {
	return /^[0-9a-f]{64}$/i.test(value);
}

interface Extra {
	kind: string;
	/** Folded, and for what may come hashed the SHA-256 beside it. */
	values: Set<string>;
	patterns: RegExp[];
}

/** Settings are read for every identifier of every event and change once in months. */
const compiled = new WeakMap<IdentitySettings, Extra[]>();

function compileExtras(settings: IdentitySettings): Extra[] {
	const known = compiled.get(settings);
	if (known) return known;
	const made = settings.blocked.map(({ kind, values = [], patterns = [] }) => {
		const texts = values.flatMap((value) =>
			[foldForBlocking(value), readE164(value, settings.phoneRegion) ?? []].flat(),
		);
		return {
			kind,
			values: new Set([...texts, ...texts.map(sha256Hex)]),
			patterns: patterns.map((pattern) => new RegExp(pattern, "i")),
		};
	});
	compiled.set(settings, made);
	return made;
}
