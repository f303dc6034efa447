/** The rules of a new workspace, as data; every list can be replaced in the settings (`settings.ts`). */
import type { Stage } from "../model.ts";

interface RuleMatch {
	type?: string[];
	channel?: string[];
	objectKind?: string[];
	pathname?: string[];
	direction?: "in" | "out" | "internal";
	online?: boolean;
}

/**
 * What earns no credit although a human or a sender did it: scrolling, ticks of a running video,
 * errors, what staff do among themselves, and messages that left us but that nobody has been seen to
 * read (an open, a click or an answer is). That a view inside a running session or of a bounce earns
 * nothing is no row here, since it depends on the session (`views.ts`).
 */
export const DEFAULT_EFFECTIVE_RULES: { match: RuleMatch; effective: boolean }[] = [
	{ match: { direction: "internal" }, effective: false },
	{ match: { type: ["page_scrolled", "scrolled", "scroll", "*_scrolled", "scroll_depth*"] }, effective: false },
	{ match: { type: ["*_heartbeat", "video_content_playing", "video_ad_playing"] }, effective: false },
	{
		match: { type: ["*_sent", "*_delivered", "*_received"], direction: "out" },
		effective: false,
	},
	{ match: { type: ["*_bounced", "*_failed", "*_dropped", "*_deferred", "*_queued"] }, effective: false },
	{ match: { type: ["app_backgrounded", "app_crashed", "app_updated", "app_uninstalled"] }, effective: false },
	{ match: { type: ["error_*", "*_error", "experiment_viewed"] }, effective: false },
];

/** First match decides, so the narrow rows stand above the wide ones. */
export const DEFAULT_STAGE_RULES: { match: RuleMatch; stage: Stage }[] = [
	{
		match: {
			type: ["order_refunded", "order_cancelled", "return_*", "refund_*", "complaint_*", "support_*", "ticket_*"],
		},
		stage: "service",
	},
	{ match: { channel: ["ticket", "package"] }, stage: "service" },
	{
		match: {
			type: ["review_*", "product_reviewed", "product_shared", "cart_shared", "invite_*", "referral_*", "*_shared"],
		},
		stage: "loyalty",
	},
	{ match: { type: ["subscription_renewed", "membership_*", "points_*", "order_repeated"] }, stage: "loyalty" },
	{ match: { channel: ["survey"] }, stage: "loyalty" },
	{
		match: { type: ["order_*", "checkout_*", "payment_*", "purchase*", "trial_*", "subscription_*", "contract_*"] },
		stage: "purchase",
	},
	{ match: { channel: ["payment"] }, stage: "purchase" },
	{
		match: {
			type: ["product_*", "products_*", "cart_*", "wishlist_*", "coupon_*", "lead_*", "quote_*", "demo_*", "sample_*"],
		},
		stage: "consideration",
	},
	{
		match: { type: ["form_*", "file_downloaded", "call_*", "mail_link_clicked", "chat_*", "appointment_*", "visit_*"] },
		stage: "consideration",
	},
	{ match: { type: ["signed_up", "account_created", "app_installed"] }, stage: "consideration" },
	{ match: { channel: ["phone", "store", "meeting", "webinar", "field", "chat"] }, stage: "consideration" },
	{
		match: {
			type: ["page_viewed"],
			pathname: ["/pricing*", "*/pricing", "/plans*", "/product/*", "/products/*", "/demo*"],
		},
		stage: "consideration",
	},
	{ match: { type: ["page_viewed"], pathname: ["/checkout*", "/cart*"] }, stage: "purchase" },
	{ match: { type: ["page_viewed"], pathname: ["/support*", "/help*"] }, stage: "service" },
	{ match: { type: ["page_viewed", "screen_viewed", "promotion_*", "ad_*", "link_clicked"] }, stage: "awareness" },
	{ match: { channel: ["ads", "social", "douyin", "event", "email", "sms"] }, stage: "awareness" },
];

export const DEFAULT_GOALS: { name: string; match: RuleMatch }[] = [
	{ name: "order_paid", match: { type: ["order_paid"] } },
	{ name: "Order Completed", match: { type: ["order_completed"] } },
	{ name: "lead_submitted", match: { type: ["lead_submitted"] } },
];

/** Pages that take the money and send the visitor back. */
export const DEFAULT_PAYMENT_HOSTS: string[] = [
	"paypal.com",
	"stripe.com",
	"checkout.com",
	"adyen.com",
	"klarna.com",
	"afterpay.com",
	"affirm.com",
	"pay.google.com",
	"payments.amazon.com",
	"authorize.net",
	"braintreegateway.com",
	"mollie.com",
	"worldpay.com",
	"squareup.com",
	"razorpay.com",
	"paddle.com",
	"alipay.com",
	"alipay.com.cn",
	"tenpay.com",
	"pay.weixin.qq.com",
	"unionpay.com",
	"95516.com",
	"cashier.jd.com",
	"lianlianpay.com",
	"99bill.com",
];

/** Pages where people prove who they are and come back. */
export const DEFAULT_SIGN_ON_HOSTS: string[] = [
	"accounts.google.com",
	"accounts.youtube.com",
	"login.microsoftonline.com",
	"login.live.com",
	"appleid.apple.com",
	"auth0.com",
	"okta.com",
	"onelogin.com",
	"duosecurity.com",
	"amazoncognito.com",
	"firebaseapp.com",
	"login.salesforce.com",
	"open.weixin.qq.com",
	"graph.qq.com",
	"passport.weibo.com",
	"login.dingtalk.com",
	"passport.feishu.cn",
	"authing.cn",
];
