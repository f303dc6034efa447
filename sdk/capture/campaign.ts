/**
 * What brought the visitor here: campaign parameters and click ids of the landing address, as received.
 * Unreplaced macros (`{gclid}`, `__CLICKID__`, `%%ID%%`) are an advertiser's mistake, not a value.
 */
import { isHostOf, parseUrl } from "../page/url.ts";
import { CLICK_IDS, type JsonObject, UTM_PARAMETERS } from "../wire.ts";

/** Coming back from these is no new contact: payment and sign-on pages on the way of an order. */
export const PASSAGE_HOSTS = [
	"paypal.com",
	"stripe.com",
	"adyen.com",
	"klarna.com",
	"squareup.com",
	"checkout.com",
	"alipay.com",
	"tenpay.com",
	"wx.tenpay.com",
	"unionpay.com",
	"95516.com",
	"pay.google.com",
	"accounts.google.com",
	"appleid.apple.com",
	"login.microsoftonline.com",
	"login.live.com",
	"open.weixin.qq.com",
	"graph.qq.com",
	"passport.jd.com",
	"login.taobao.com",
	"auth0.com",
	"okta.com",
] as const;

export interface Campaign {
	/** `source`, `medium`, `name` and the rest of `utm_*`; absent when none is there. */
	campaign?: JsonObject;
	/** By query parameter. */
	clickIds?: JsonObject;
}

const MACRO = /^(\{.*\}|\[.*\]|<.*>|__.*__|%%.*%%|\$\{.*\}|\{\{.*)$/;

/** @param withClickIds false leaves out what only serves to tell an advertiser */
export function readCampaign(query: URLSearchParams, withClickIds: boolean): Campaign {
	const campaign: JsonObject = {};
	const clickIds: JsonObject = {};
	const read = (parameter: string, into: JsonObject, name: string): void => {
		const value = (query.get(parameter) || "").trim();
		if (value && !MACRO.test(value)) into[name] = value;
	};
	for (const parameter of UTM_PARAMETERS) {
		const name = parameter.slice("utm_".length);
		read(parameter, campaign, name === "campaign" ? "name" : name);
	}
	if (withClickIds) for (const parameter of Object.keys(CLICK_IDS)) read(parameter, clickIds, parameter);
	return {
		...(Object.keys(campaign).length && { campaign }),
		...(Object.keys(clickIds).length && { clickIds }),
	};
}

/** Whether an arrival from `referrer` can be a new contact at all: not from ourselves, not from a passage. */
export function isOutside(referrer: string, internalHosts: readonly string[]): boolean {
	const host = parseUrl(referrer)?.hostname;
	return !!host && !isHostOf(host, internalHosts) && !isHostOf(host, PASSAGE_HOSTS);
}

/** Whether the visitor comes back from a payment or sign-on page: then nothing of the address counts. */
export const isPassage = (referrer: string): boolean => isHostOf(parseUrl(referrer)?.hostname || "", PASSAGE_HOSTS);
