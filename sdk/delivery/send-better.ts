/**
 * A request that has the collector renew the id cookie, where it stands on the page's own site: on the page's
 * origin, or on a host under the domain of the cookie (`t.example.com` for `www.example.com`). A cookie set by
 * the server outlives what scripts may store in Safari, and is only taken where cookies may be sent along.
 */
import { isHostOf, parseUrl } from "../page/url.ts";
import type { Memory } from "../visitor/memory.ts";
import { sendPast } from "./send-past.ts";
import type { Answer, Bytes, readAnswer, Send } from "./transport.ts";

export type SendBetter = (
	sendByFetch: Send,
	url: string,
	bytes: Bytes,
	memory: Memory,
	read: typeof readAnswer,
) => Promise<Answer>;

function isOwnSite(url: string, { cookieDomain = "" }: Memory): boolean {
	const { origin, hostname } = parseUrl(url) || location;
	return origin === location.origin || isHostOf(hostname, [cookieDomain]);
}

/** Begins before it returns, and never rejects. */
export const sendBetter: SendBetter = async (sendByFetch, url, bytes, memory, read) => {
	if (!memory.isKept || !isOwnSite(url, memory)) return sendPast(sendByFetch, url, bytes, read);
	const { anonymousId } = memory.record;
	const answer = await sendPast(sendByFetch, `${url}&cookie=${memory.cookieDomain}`, bytes, read, "include");
	// The visitor logged out or withdrew meanwhile, and the answer has brought his old id back.
	if (anonymousId !== memory.record.anonymousId) memory.mend();
	return answer;
};
