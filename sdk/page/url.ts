/**
 * What may be known of a URL: secrets scrubbed, tracking parameters told apart from the address.
 */
/** Query parameters whose values never leave the page, beside those of the `scrub` option. */
export const SCRUBBED =
	/^(.*token|passw(or)?d|pwd|.*secret|api_?key|auth|code|e?mail|mobile|phone|tel|otp|jwt|session(_?id)?|sid|sig(nature)?|ssn|state)$/i;

/** Our own query parameters: debug, ignore and the cross-domain hop. */
const OWN = /^strand_/;
const TRACKING = /^(utm|strand)_/;

/** @returns `null` for what is no URL, also where `base` is missing */
export function parseUrl(url: string, base?: string): URL | null {
	try {
		// Most pages have no referrer, and at a page's start an exception takes Chromium a millisecond.
		return url || base ? new URL(url, base) : null;
	} catch {
		return null;
	}
}

/** @returns empty for what is no URL */
export const readHost = (url: string): string => parseUrl(url)?.hostname || "";

/**
 * The address without user name, password, our own parameters and, unless `hash`, the fragment;
 * values of scrubbed parameters become `*`. What is not changed keeps its bytes.
 *
 * @param scrubbed further parameter names
 * @returns empty for what is no URL
 */
export function scrubUrl(address: string, scrubbed: readonly string[], hash?: boolean): string {
	const url = parseUrl(address);
	if (!url) return "";
	const { searchParams: query } = url;
	const isSecret = (name: string): boolean => SCRUBBED.test(name) || scrubbed.includes(name);
	url.username = url.password = "";
	// A fragment may hold parameters too: `#access_token=…`, `#/cart?token=…`.
	url.hash = hash ? url.hash.replace(/([^#?&]+)=[^&]*/g, (all, name) => (isSecret(name) ? `${name}=*` : all)) : "";
	for (const name of [...query.keys()]) {
		if (OWN.test(name)) query.delete(name);
		else if (isSecret(name)) query.set(name, "*");
	}
	return url.href;
}

/**
 * Two URLs with one key are one page: path and query without tracking parameters, fragment by option.
 * @param clickIds what click ids are called
 */
export function viewKey(url: URL, clickIds: RegExp, hash?: boolean): string {
	const query = [...url.searchParams].filter(([name]) => !TRACKING.test(name) && !clickIds.test(name));
	return [url.pathname, query, hash && url.hash].join();
}

/** Whether `host` is one of `hosts` or below one of them. */
export const isHostOf = (host: string, hosts: readonly string[]): boolean =>
	hosts.some((known) => `.${host}`.endsWith(`.${known}`));
