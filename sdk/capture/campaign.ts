/**
 * What brought the visitor here: campaign parameters and click ids of the landing address, as received.
 * Unreplaced macros (`{gclid}`, `__CLICKID__`, `%%ID%%`) are an advertiser's mistake, not a value.
 */
import { CLICK_IDS } from "../page/click-ids.ts";
import { readHost } from "../page/url.ts";
import type { JsonObject } from "../wire.ts";

/** Coming back from these is no new contact: payment and sign-on pages on the way of an order. */
const PASSAGES =
	/(^|\.)(paypal|stripe|adyen|klarna|alipay|tenpay|unionpay|95516|okta|(pay|accounts)\.google|appleid\.apple|login\.(microsoftonline|taobao)|open\.weixin\.qq|graph\.qq)\.com$/;

export interface Campaign {
	/** `source`, `medium`, `name` and the rest of `utm_*`; absent when none is there. */
	campaign?: JsonObject;
	/** By query parameter. */
	clickIds?: JsonObject;
}

const MACRO = /^(\*|\$?\{.*\}|\[.*\]|<.*>|__.*__|%%.*%%)$/;

/** Back from a payment or sign-on page the visit goes on: that page is no source. */
export const isPassage = (referrer: string): boolean => !!referrer && PASSAGES.test(readHost(referrer));

/** @param withClickIds false leaves out what only serves to tell an advertiser */
export function readCampaign(query: URLSearchParams, withClickIds: boolean): Campaign {
	const facts: Campaign = {};
	query.forEach((text, parameter) => {
		const value = text.trim();
		if (!value || MACRO.test(value)) return;
		const [, name] = parameter.split(/^utm_/);
		if (name) facts.campaign = { ...facts.campaign, [name === "campaign" ? "name" : name]: value };
		else if (withClickIds && CLICK_IDS.test(parameter)) facts.clickIds = { ...facts.clickIds, [parameter]: value };
	});
	return facts;
}
