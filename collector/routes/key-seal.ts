/**
 * The end of every key, which only this collector can make: a made-up key is refused by arithmetic, wakes
 * no object and leaves nothing on disk, whatever workspace it names.
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export const KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Out of 62, twelve characters are 71 bits. */
const SEAL_CHARS = 12;
const KEY_FORM = /^((?:wk|rk|sk)_([a-z0-9][a-z0-9-]{0,31})_[A-Za-z0-9]{20,64})([A-Za-z0-9]{12})$/;

/**
 * @param start  `PREFIX_WORKSPACE_RANDOM`
 * @param secret WORKSPACE_SECRET
 * @returns the letters and digits that follow `start`
 */
export function sealOf(start: string, secret: string): string {
	const digest = createHmac("sha256", secret).update(`key\n${start}`).digest();
	return [...digest.subarray(0, SEAL_CHARS)].map((byte) => KEY_ALPHABET[byte % KEY_ALPHABET.length]).join("");
}

/** @returns the workspace that a key names; null where this collector has not made the key */
export function workspaceOfKey(key: string, secret: string | undefined): string | null {
	const [, start, workspace, seal] = KEY_FORM.exec(key) ?? [];
	if (!secret || start === undefined || workspace === undefined || seal === undefined) return null;
	const utf8 = new TextEncoder();
	return timingSafeEqual(utf8.encode(seal), utf8.encode(sealOf(start, secret))) ? workspace : null;
}
