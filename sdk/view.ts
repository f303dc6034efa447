/**
 * One page view: where it is, and what brought the visitor there.
 */
import { type Campaign, PASSAGE_HOSTS, readCampaign } from "./capture/campaign.ts";
import type { Navigation } from "./page/page.ts";
import { isHostOf, parseUrl } from "./page/url.ts";

/** `context.page`, and with the query the properties of a `page` event. */
export type PageFacts = { url: string; path: string; title: string; referrer: string; search?: string };

export interface Arrival extends Campaign {
	/** A new contact: from outside, or by a campaign. */
	isTouch: boolean;
}

const readHost = (url: string): string => parseUrl(url)?.hostname || "";

/** Back from a payment or sign-on page the visit goes on: that page is no source. */
const isPassage = (referrer: string): boolean => isHostOf(readHost(referrer), PASSAGE_HOSTS);

/**
 * @param clean    scrubs an address
 * @param referrer as the browser says, or the address before inside one document; empty for none
 */
export function readPage(clean: (url: string) => string, referrer: string): PageFacts {
	const url = clean(location.href);
	const { pathname, search } = new URL(url);
	return {
		url,
		path: pathname,
		title: document.title,
		referrer: isPassage(referrer) ? "" : clean(referrer),
		...(search && { search }),
	};
}

/**
 * Campaign facts count at an entry only: not inside the site, not back from a passage, not again when
 * an address that still carries them is reloaded or returned to.
 *
 * @param known this device has arrivals on record
 */
export function readArrival(
	navigation: Navigation,
	known: boolean,
	internalHosts: readonly string[],
	withClickIds: boolean,
): Arrival {
	const { referrer } = document;
	const host = readHost(referrer);
	const isEntry = /^(navigate|prerender)$/.test(navigation) || (!known && /^(reload|back_forward)$/.test(navigation));
	if (!isEntry || isHostOf(host, internalHosts) || isPassage(referrer)) return { isTouch: false };
	const facts = readCampaign(new URLSearchParams(location.search), withClickIds);
	return { ...facts, isTouch: !!(facts.campaign || facts.clickIds || host) };
}
