/**
 * What the late part knows of sending beyond one plain request.
 *
 * - A ledger of the bytes that closing pages may still hand to the browser.
 * - No request is waited for after a return from the back/forward cache: it is never answered, nor aborted.
 * - The renewal of the id cookie by the collector, where it stands on the page's own site: on the page's
 *   origin, or on a host under the domain of the cookie (`t.example.com` for `www.example.com`). A cookie set by
 *   the server outlives what scripts may store in Safari, and is only taken where cookies may be sent along.
 *
 * No renewal for what a page sends while it is hidden: its answer may come when the next page is there, whose visitor has
 * withdrawn. What is left of that is a request that was under way already when the page was left.
 */
import { isHostOf, parseUrl } from "../page/url.ts";
import { sendPast } from "./send-past.ts";
import type { Answer, Send, Transport } from "./transport.ts";

/** Whose id cookie an answer may renew. */
export interface CookieOwner {
	/** Something may be stored. */
	readonly isKept: boolean;
	/** `domain`: where the browser took the cookie; empty for the page's host alone. */
	readonly record: { readonly anonymousId: string; readonly domain?: string };
	/** Sets or deletes the cookie anew, as the owner is now. */
	mend(): void;
}

function isOwnSite(url: string, domain = ""): boolean {
	const { origin, hostname } = parseUrl(url) || location;
	return origin === location.origin || isHostOf(hostname, [domain]);
}

/** Puts these ways in place of the transport's own. */
export function sendBetter(transport: Transport, owner: CookieOwner): void {
	const { url, post, read } = transport;

	const sendByFetch: Send = async (url, bytes, options) => {
		const heldBytes = bytes.length > transport.budget ? 0 : bytes.length;
		const aborter = new AbortController();
		const { signal } = aborter;
		transport.budget -= heldBytes;
		const answer = await new Promise<Answer>((resolve) => {
			addEventListener("pageshow", ({ persisted }) => persisted && resolve(read()), { signal });
			post(url, bytes, { signal, keepalive: !!heldBytes, ...options }).then(resolve);
		});
		// Gives up what was not answered in time, and hears of no more returns.
		aborter.abort();
		transport.budget += heldBytes;
		return answer;
	};

	transport.send = async (bytes, isStaying) => {
		// An answer that nobody awaits could bring the id cookie back to who withdraws on the next page.
		if (!isStaying) return sendByFetch(url, bytes);
		const { anonymousId, domain } = owner.record;
		if (!owner.isKept || !isOwnSite(url, domain)) return sendPast(sendByFetch, url, bytes, read);
		const answer = await sendPast(sendByFetch, `${url}&cookie=${domain}`, bytes, read, "include");
		// The visitor logged out or withdrew meanwhile, and the answer has brought his old id back.
		if (anonymousId !== owner.record.anonymousId) owner.mend();
		return answer;
	};
}
