/**
 * What may be known of a URL: secrets scrubbed, tracking parameters told apart from the address.
 */
import { CLICK_IDS } from "./click-ids.ts";

/** Query parameters whose values never leave the page, beside those of the `scrub` option. */
export const SCRUBBED =
	/^(.*token|passw(or)?d|pwd|.*secret|api_?key|auth|code|e?mail|mobile|phone|tel|otp|jwt|session(_?id)?|sid|sig(nature)?|ssn|state)$/i;

/** Stands where a scrubbed value stood. */
const SCRUB_MARK = "*";

/** Our own query parameters: debug, ignore and the cross-domain hop. */
const OWN = /^strand_/;
const TRACKING = /^(utm|strand)_/;

/** @returns `null` for what is no URL, also where `base` is missing */
export function parseUrl(url: string, base?: string): URL | null {
	try {
		return new URL(url, base);
	} catch {
		return null;
	}
}

/**
 * The address without user name, password, our own parameters and, unless `hash`, the fragment;
 * values of scrubbed parameters become `*`. What is not changed keeps its bytes.
 *
 * @param scrubbed further parameter names
 */
export function scrubUrl(url: URL, scrubbed: readonly string[], hash = false): string {
	const copy = new URL(url.href);
	copy.username = copy.password = "";
	if (!hash) copy.hash = "";
	for (const name of Array.from(copy.searchParams.keys())) {
		if (OWN.test(name)) copy.searchParams.delete(name);
		else if (SCRUBBED.test(name) || scrubbed.includes(name)) copy.searchParams.set(name, SCRUB_MARK);
	}
	return copy.href;
}

/** Two URLs with one key are one page: path and query without tracking parameters, fragment by option. */
export function viewKey(url: URL, hash: boolean): string {
	const query = new URLSearchParams(url.search);
	for (const name of Array.from(query.keys())) {
		if (TRACKING.test(name) || CLICK_IDS.includes(name)) query.delete(name);
	}
	return `${url.pathname}?${query}${hash ? url.hash : ""}`;
}

/** Whether `host` is one of `hosts` or below one of them. */
export const isHostOf = (host: string, hosts: readonly string[]): boolean =>
	hosts.some((known) => host === known || host.endsWith(`.${known}`));
