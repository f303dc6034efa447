/** English: names from the data that are not simply their own words; what is not listed is shown as it is. */
import type { Names } from "../names.ts";

export const names = {
	names: {
		sms: "SMS",
		wecom: "WeCom",
		wechat: "WeChat",
		whatsapp: "WhatsApp",
		dingtalk: "DingTalk",
		/** The traffic class of web visits, not to be taken for the channel of that name. */
		Email: "Visits by email",
		SMS: "Visits by SMS",
		sms_link_clicked: "SMS link clicked",
		userId: "User ID",
		anonymousId: "Device ID",
		unionid: "WeChat union ID",
		tablet: "Tablet",
		tv: "TV",
		"(not set)": "(not set)",
	} as Names,
};
