/**
 * What may be known of a URL: secrets scrubbed, tracking parameters told apart from the address.
 */
import { CLICK_IDS } from "../wire.ts";

/** Query parameters whose values never leave the page, beside those of the `scrub` option. */
export const SCRUBBED =
	"access_token api_key apikey auth code email id_token jwt mail mobile otp passwd password phone pwd refresh_token secret session session_id sessionid sid sig signature ssn state tel token".split(
		" ",
	);

/** Stands where a scrubbed value stood. */
const SCRUB_MARK = "*";

/** Our own query parameters begin so: debug, ignore and the cross-domain hop. */
export const OWN_PREFIX = "strand_";

/** @returns `null` for what is no URL, also where `base` is missing */
export function parseUrl(url: string, base?: string): URL | null {
	try {
		return new URL(url, base);
	} catch {
		return null;
	}
}

export const isWeb = (url: URL): boolean => /^https?:$/.test(url.protocol);

/**
 * The address without user name, password, our own parameters and, unless `hash`, the fragment;
 * values of scrubbed parameters become `*`. What is not changed keeps its bytes.
 *
 * @param scrubbed lower-case parameter names
 */
export function scrubUrl(url: URL, scrubbed: readonly string[], hash = false): string {
	const copy = new URL(url.href);
	copy.username = copy.password = "";
	if (!hash) copy.hash = "";
	for (const name of Array.from(copy.searchParams.keys())) {
		if (name.startsWith(OWN_PREFIX)) copy.searchParams.delete(name);
		else if (scrubbed.includes(name.toLowerCase())) copy.searchParams.set(name, SCRUB_MARK);
	}
	return copy.href;
}

/** Two URLs with one key are one page: path and query without tracking parameters, fragment by option. */
export function viewKey(url: URL, hash: boolean): string {
	const query = new URLSearchParams(url.search);
	for (const name of Array.from(query.keys())) {
		if (/^(utm|strand)_/.test(name) || name in CLICK_IDS) query.delete(name);
	}
	return `${url.pathname}?${query}${hash ? url.hash : ""}`;
}

/** Whether `host` is one of `hosts` or below one of them. */
export const isHostOf = (host: string, hosts: readonly string[]): boolean =>
	hosts.some((known) => host === known || host.endsWith(`.${known}`));
