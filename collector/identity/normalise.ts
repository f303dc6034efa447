/**
 * Rules 3 and 4: what a sender wrote, as the one value that stands for it, or nothing.
 */
import { isBlocked, isSha256Hex, sha256Hex } from "./blocked.ts";
import { readE164 } from "./phone.ts";
import type { IdentitySettings } from "./types.ts";

/** `value` is what is hashed into the node; `clear` the readable form of a mail or phone sent in clear. */
export interface Normalised {
	value: string;
	clear?: string;
}

const SURROGATE = /\p{Surrogate}/u;

/**
 * An id as text: trimmed; an integer becomes its decimal text. Integers past 2^53 are none, because
 * JSON has already rounded them and two people would meet in one number; nor is broken UTF-16, which
 * storage would round in the same way.
 */
export function readText(raw: unknown): string | null {
	if (typeof raw === "number") return Number.isSafeInteger(raw) ? String(raw) : null;
	if (typeof raw !== "string" || SURROGATE.test(raw)) return null;
	const text = raw.trim();
	return text === "" ? null : text;
}

/** `userId`, `anonymousId`, `unionid`, openids, external ids: trimmed only, case-sensitive. */
export function normaliseId(kind: string, raw: unknown, settings: IdentitySettings): Normalised | null {
	const value = readText(raw);
	return value === null || isBlocked(kind, value, settings) ? null : { value };
}

/** Trimmed and lower-cased, nothing else: plus tags and dots stay. */
export function normaliseEmail(raw: unknown, settings: IdentitySettings): Normalised | null {
	const clear = readText(raw)?.toLowerCase();
	if (clear === undefined || isSha256Hex(clear) || isBlocked("email", clear, settings)) return null;
	return { value: sha256Hex(clear), clear };
}

/** E.164; blocked as written ("0", "11111111111") and as normalised. */
export function normalisePhone(raw: unknown, settings: IdentitySettings): Normalised | null {
	const text = readText(raw);
	if (text === null || isBlocked("phone", text, settings)) return null;
	const clear = readE164(text, settings.phoneRegion);
	return clear === null || isBlocked("phone", clear, settings) ? null : { value: sha256Hex(clear), clear };
}

/** Hex SHA-256 of a normalised mail or phone, in any case. */
export function normaliseSha256(kind: "email" | "phone", raw: unknown, settings: IdentitySettings): Normalised | null {
	const value = readText(raw)?.toLowerCase();
	if (value === undefined || !isSha256Hex(value) || isBlocked(kind, value, settings)) return null;
	return { value };
}
