/**
 * What brought the visitor here: campaign parameters and click ids of the landing address, as received.
 * Unreplaced macros (`{gclid}`, `__CLICKID__`, `%%ID%%`) are an advertiser's mistake, not a value.
 */
import { CLICK_IDS } from "../page/click-ids.ts";
import type { JsonObject } from "../wire.ts";

/** Coming back from these is no new contact: payment and sign-on pages on the way of an order. */
export const PASSAGE_HOSTS =
	"paypal.com stripe.com adyen.com klarna.com alipay.com tenpay.com unionpay.com 95516.com pay.google.com accounts.google.com appleid.apple.com login.microsoftonline.com open.weixin.qq.com graph.qq.com login.taobao.com okta.com".split(
		" ",
	);

export interface Campaign {
	/** `source`, `medium`, `name` and the rest of `utm_*`; absent when none is there. */
	campaign?: JsonObject;
	/** By query parameter. */
	clickIds?: JsonObject;
}

const MACRO = /^(\$?\{.*\}|\[.*\]|<.*>|__.*__|%%.*%%)$/;

/** @param withClickIds false leaves out what only serves to tell an advertiser */
export function readCampaign(query: URLSearchParams, withClickIds: boolean): Campaign {
	const facts: Campaign = {};
	const read = (parameter: string, group: keyof Campaign, name: string): void => {
		const value = (query.get(parameter) || "").trim();
		if (value && !MACRO.test(value)) facts[group] = { ...facts[group], [name]: value };
	};
	for (const parameter of Array.from(query.keys())) {
		const name = parameter.slice(4);
		if (parameter.startsWith("utm_")) read(parameter, "campaign", name === "campaign" ? "name" : name);
		else if (withClickIds && CLICK_IDS.includes(parameter)) read(parameter, "clickIds", parameter);
	}
	return facts;
}
