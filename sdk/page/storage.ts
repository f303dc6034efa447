/**
 * The little that outlives a page besides the queue: one first-party cookie for the id and one
 * `localStorage` record. Both are read at start, and when the page begins to hear other tabs; every access may throw where the visitor or a
 * sandbox forbids storage (https://html.spec.whatwg.org/multipage/webstorage.html#dom-localstorage-dev),
 * and then the values live as long as the page.
 */

/** Chromium caps cookies at 400 days: https://developer.chrome.com/blog/cookie-max-age-expires */
const COOKIE_SECONDS_MAX = 34_560_000;

export function readCookie(name: string): string {
	try {
		const [, found = ""] = `; ${document.cookie}`.split(`; ${name}=`);
		return decodeURIComponent(found.split(";")[0] as string);
	} catch {
		// A sandboxed document throws on `document.cookie`; a foreign value may not decode.
		return "";
	}
}

/**
 * Writes a cookie for the widest domain that the browser accepts, so that `www.` and `shop.` are one
 * visitor: public suffixes are refused by the browser itself, which spares us their list.
 *
 * @param value  empty removes the cookie
 * @param domain `undefined` finds it by trial; one that the browser refuses becomes this host alone
 * @returns the domain, empty for this host alone: an IP address or a bare host name takes none
 */
export function writeCookie(name: string, value: string, domain?: string): string {
	// WebKitGTK takes the end of an IP address for a domain.
	const labels = /\d$/.test(location.hostname) ? [] : location.hostname.split(".");
	const widths = labels.slice(1).map((_, index) => labels.slice(-index - 2).join("."));
	try {
		for (const width of [...(domain === undefined ? widths : [domain]), ""]) {
			const scope = (width && `; domain=${width}`) + (location.protocol === "https:" ? "; secure" : "");
			const seconds = value ? COOKIE_SECONDS_MAX : 0;
			document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=${seconds}; samesite=lax${scope}`;
			if (readCookie(name) === value) return width;
		}
	} catch {
		// Cookies forbidden: the id lives as long as the page, or in `localStorage`.
	}
	return "";
}

/** @returns an object without what is looked for, where nothing, nothing readable or another's value is stored */
export function readRecord<T extends object>(key: string): Partial<T> {
	try {
		return Object(JSON.parse(localStorage.getItem(key) as string));
	} catch {
		return {};
	}
}

export function writeRecord(key: string, record: object): void {
	try {
		localStorage.setItem(key, JSON.stringify(record));
	} catch {
		// Full or forbidden: what it held lives as long as the page.
	}
}

export function removeRecord(key: string): void {
	try {
		localStorage.removeItem(key);
	} catch {
		// Forbidden: then nothing was written either.
	}
}
