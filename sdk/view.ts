/**
 * One page view: where it is, and what brought the visitor there.
 */
import { type Campaign, isPassage, readCampaign } from "./capture/campaign.ts";
import { isHostOf, readHost } from "./page/url.ts";

/** `context.page`, and the properties of a `page` event. */
export type PageFacts = { url: string; path: string; title: string; referrer: string; search?: string | undefined };

/**
 * @param clean    scrubs an address
 * @param referrer as the browser says, or the address before inside one document; empty for none
 */
export function readPage(clean: (url: string) => string, address: string, referrer: string): PageFacts {
	const url = clean(address);
	const { pathname, search } = new URL(url);
	return {
		url,
		path: pathname,
		title: document.title,
		referrer: isPassage(referrer) ? "" : clean(referrer),
		search: search || undefined,
	};
}

/**
 * What an entry says of a new contact: from outside, or by a campaign. `undefined` for none: from inside
 * the site, or back from a passage.
 */
export function readArrival(
	search: string | undefined,
	ownHosts: readonly string[],
	withClickIds: boolean,
): Campaign | undefined {
	const { referrer } = document;
	const host = readHost(referrer);
	if (isHostOf(host, ownHosts) || isPassage(referrer)) return undefined;
	const facts = readCampaign(new URLSearchParams(search), withClickIds);
	return host || facts.campaign || facts.clickIds ? facts : undefined;
}
