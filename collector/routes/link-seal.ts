/**
 * What only this collector can write: the codes of share links, so that made-up ones wake no object, and the token by which
 * a landing names its click, so that nobody can claim another click, staff member or scene.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { KEY_ALPHABET } from "./key-seal.ts";

/** Out of 62: eight random characters are 48 bits, more than enough for the links of a workspace. */
const RANDOM_CHARS = 8;
const CODE_SEAL_CHARS = 5;
const CLICK_SEAL_CHARS = 12;
const CODE_FORM = /^(([a-z0-9][a-z0-9-]{0,31})-[A-Za-z0-9]{8})([A-Za-z0-9]{5})$/;
const TOKEN_FORM = /^([a-z0-9-]{2,33}[A-Za-z0-9]{13})\.(([0-9a-z]{8,9})-[A-Za-z0-9]{16})\.([A-Za-z0-9]{12})$/;

function seal(text: string, secret: string, chars: number): string {
	const digest = createHmac("sha256", secret).update(text).digest();
	return [...digest.subarray(0, chars)].map((byte) => KEY_ALPHABET[byte % KEY_ALPHABET.length]).join("");
}

function isEqual(a: string, b: string): boolean {
	const utf8 = new TextEncoder();
	return a.length === b.length && timingSafeEqual(utf8.encode(a), utf8.encode(b));
}

function makeRandom(chars: number): string {
	return [...crypto.getRandomValues(new Uint8Array(chars))]
		.map((byte) => KEY_ALPHABET[byte % KEY_ALPHABET.length])
		.join("");
}

/** @returns `WORKSPACE-…`, fit for an address */
export function makeCode(workspace: string, secret: string): string {
	const start = `${workspace}-${makeRandom(RANDOM_CHARS)}`;
	return start + seal(`link\n${start}`, secret, CODE_SEAL_CHARS);
}

/** The code under which a sharer hands a link on: the same each time. */
export function makeShareCode(workspace: string, parent: string, sharer: string, secret: string): string {
	const start = `${workspace}-${seal(`share\n${parent}\n${sharer}`, secret, RANDOM_CHARS)}`;
	return start + seal(`link\n${start}`, secret, CODE_SEAL_CHARS);
}

/** @returns the workspace that a code names; null where this collector has not made it */
export function workspaceOfCode(code: string, secret: string | undefined): string | null {
	const [, start, workspace, sealed] = CODE_FORM.exec(code) ?? [];
	if (!secret || start === undefined || workspace === undefined || sealed === undefined) return null;
	return isEqual(sealed, seal(`link\n${start}`, secret, CODE_SEAL_CHARS)) ? workspace : null;
}

/** What a token vouches for beside link and click. */
export interface Click {
	userAgent: string;
	staff: string;
	scene: string;
}

/** @returns an id that tells its time, for `clickTime` */
export function makeClickId(now: number): string {
	return `${now.toString(36)}-${makeRandom(16)}`;
}

export function signClick(code: string, click: string, facts: Click, secret: string): string {
	return `${code}.${click}.${sealClick(code, click, facts, secret)}`;
}

function sealClick(code: string, click: string, { userAgent, staff, scene }: Click, secret: string): string {
	return seal(JSON.stringify(["click", code, click, userAgent, staff, scene]), secret, CLICK_SEAL_CHARS);
}

/** @returns the click that a token names and when it was made, ms; null where the token or one of the facts is not ours */
export function openClick(
	token: string,
	facts: Click,
	secret: string,
): { code: string; click: string; at: number } | null {
	const [, code = "", click = "", time = "", sealed = ""] = TOKEN_FORM.exec(token) ?? [];
	if (sealed === "" || !isEqual(sealed, sealClick(code, click, facts, secret))) return null;
	return { code, click, at: Number.parseInt(time, 36) };
}
