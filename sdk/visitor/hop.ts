/**
 * The hop to another domain of the same business: a link's query carries `anonymousId.minute.check`.
 * The check (8 hex digits of SHA-256 with user agent and time zone) keeps a link that was passed on to
 * somebody else from making two people one. It is a guard, not a signature: whoever wants to forge it
 * can. It works for {@link HOP_MINUTES_MAX} minutes; a wrong join is undone by `unlink`.
 */
import type { Observer } from "../page/observer.ts";
import { readTimeZone } from "../page/time-zone.ts";
import { isHostOf, parseUrl } from "../page/url.ts";

export const HOP_PARAMETER = "strand_link";
export const HOP_MINUTES_MAX = 2;
const MINUTE_MS = 60_000;
const CHECK_CHARS = 8;

async function sign(anonymousId: string, minute: number): Promise<string> {
	const text = [anonymousId, minute, navigator.userAgent, readTimeZone()].join("|");
	const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
	const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
	return hex.slice(0, CHECK_CHARS);
}

/** @param now ms since the epoch */
export async function createHopToken(anonymousId: string, now: number): Promise<string> {
	const minute = Math.floor(now / MINUTE_MS);
	return `${anonymousId}.${minute}.${await sign(anonymousId, minute)}`;
}

/** @returns the other domain's anonymousId; `undefined` for a token that is old, foreign or broken */
export async function readHopToken(token: string, now: number): Promise<string | undefined> {
	const [, anonymousId, minute, check] = /^(.{1,256})\.(\d+)\.([0-9a-f]{8})$/.exec(token) || [];
	if (!anonymousId) return undefined;
	const age = Math.floor(now / MINUTE_MS) - Number(minute);
	// The two domains' pages share one clock, so a token from the future is forged.
	if (age < 0 || age > HOP_MINUTES_MAX) return undefined;
	return (await sign(anonymousId, Number(minute))) === check ? anonymousId : undefined;
}

/**
 * Reads the token of the address we came by, and writes one into links to the other domains when they
 * are about to be followed. It is computed when the pointer goes down or the focus moves, since digests
 * are asynchronous and a click does not wait. Without a secure context there are no digests and no hop;
 * Global Privacy Control forbids it too.
 */
export const hop: Observer = (emit, page) => {
	const { crossDomains, hasGpc, anonymousId } = page;
	if (hasGpc || !crossDomains.length || !window.crypto?.subtle) return;
	let token = "";
	const prepare = async (): Promise<void> => {
		const id = anonymousId();
		token = id && (await createHopToken(id, Date.now()));
	};
	async function arrive(): Promise<void> {
		// A router may have put another address in place of the one that the page came by.
		const [entry] = performance.getEntriesByType?.("navigation") || [];
		const addresses = [location.href, entry?.name || ""];
		const arrived = addresses.map((url) => parseUrl(url)?.searchParams.get(HOP_PARAMETER)).find((token) => token);
		const previousId = arrived && (await readHopToken(arrived, Date.now()));
		if (previousId && previousId !== anonymousId()) emit({ type: "link", previousId, kind: "identity" });
	}
	page.on("pointerdown focusin", prepare);
	page.on<MouseEvent>("click auxclick", (event) => {
		for (const node of event.composedPath()) {
			if (!(node instanceof HTMLAnchorElement)) continue;
			const url = parseUrl(node.href);
			if (!url || !token || !isHostOf(url.hostname, crossDomains) || url.hostname === location.hostname) return;
			url.searchParams.set(HOP_PARAMETER, token);
			node.href = url.href;
			return;
		}
	});
	page.guard(prepare)();
	page.guard(arrive)();
};
