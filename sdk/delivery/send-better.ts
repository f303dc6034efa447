/**
 * A request that has the collector renew the id cookie, where it stands on the page's own site: on the page's
 * origin, or on a host under the domain of the cookie (`t.example.com` for `www.example.com`). A cookie set by
 * the server outlives what scripts may store in Safari, and is only taken where cookies may be sent along.
 *
 * Not for what a page sends while it is hidden: its answer may come when the next page is there, whose visitor has
 * withdrawn. What is left of that is a request that was under way already when the page was left.
 */
import { isHostOf, parseUrl } from "../page/url.ts";
import { sendPast } from "./send-past.ts";
import type { Answer, Bytes, readAnswer, Send } from "./transport.ts";

/** Whose id cookie an answer may renew. */
export interface CookieOwner {
	/** Something may be stored. */
	readonly isKept: boolean;
	/** Domain that the browser took the cookie for; empty for the page's host alone. */
	readonly cookieDomain?: string | undefined;
	readonly record: { readonly anonymousId: string };
	/** Sets or deletes the cookie anew, as the owner is now. */
	mend(): void;
}

export type SendBetter = (
	sendByFetch: Send,
	url: string,
	bytes: Bytes,
	owner: CookieOwner,
	read: typeof readAnswer,
) => Promise<Answer>;

function isOwnSite(url: string, { cookieDomain = "" }: CookieOwner): boolean {
	const { origin, hostname } = parseUrl(url) || location;
	return origin === location.origin || isHostOf(hostname, [cookieDomain]);
}

/** Begins before it returns, and never rejects. */
export const sendBetter: SendBetter = async (sendByFetch, url, bytes, owner, read) => {
	if (!owner.isKept || !isOwnSite(url, owner)) return sendPast(sendByFetch, url, bytes, read);
	const { anonymousId } = owner.record;
	const answer = await sendPast(sendByFetch, `${url}&cookie=${owner.cookieDomain}`, bytes, read, "include");
	// The visitor logged out or withdrew meanwhile, and the answer has brought his old id back.
	if (anonymousId !== owner.record.anonymousId) owner.mend();
	return answer;
};
