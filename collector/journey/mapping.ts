/**
 * The table event → touchpoint. An event that no row names becomes a touchpoint under its own name in
 * snake case; rows are only for what that would get wrong: another type, another channel than the
 * sender's, the object it is about, or no touchpoint at all. Keys are names in snake case, so that
 * `Order Completed`, `order_completed` and `orderCompleted` meet.
 *
 * @see Segment's semantic specs: https://segment.com/docs/connections/spec/ecommerce/v2/, …/spec/email/,
 * …/spec/mobile/, …/spec/live-chat/, …/spec/b2b-saas/
 */
import { SCRIPT_EVENTS } from "../../sdk/wire.ts";
import { snakeCase } from "./names.ts";
import type { TouchRow } from "./settings.ts";

type RowRest = Omit<TouchRow, "event">;

const rows = (names: readonly string[], rest: RowRest): TouchRow[] => names.map((event) => ({ event, ...rest }));

const PRODUCT = { kind: "product", ref: ["product_id", "productId", "sku"], title: ["name", "product_name"] };
const ORDER = { kind: "order", ref: ["order_id", "orderId", "checkout_id"] };
const CART = { kind: "cart", ref: ["cart_id"] };
const CHECKOUT = { kind: "checkout", ref: ["checkout_id", "order_id"] };
const PROMOTION = { kind: "promotion", ref: ["promotion_id"], title: ["name"] };
const COUPON = { kind: "coupon", ref: ["coupon_id", "coupon"], title: ["coupon_name"] };
const MAIL = { kind: "email", ref: ["email_id", "message_id"], title: ["email_subject", "subject"] };
const FORM = { kind: "form", ref: ["formId", "form_id", "id", "action"], title: ["formName", "form_name", "name"] };
const CONVERSATION = { kind: "conversation", ref: ["conversation_id"] };
const LINK = (kind: string) => ({ kind, ref: ["url", "href"], title: ["text"] });

const SCRIPT_ROWS: TouchRow[] = [
	// Totals of a page view: they are added to the view itself (`views.ts`).
	{ event: SCRIPT_EVENTS.pageEngaged, type: null },
	{ event: SCRIPT_EVENTS.webVital, type: null },
	{
		event: SCRIPT_EVENTS.linkClicked,
		when: { property: "kind", equals: "tel" },
		type: "call_link_clicked",
		object: LINK("tel"),
	},
	{
		event: SCRIPT_EVENTS.linkClicked,
		when: { property: "kind", equals: "mailto" },
		type: "mail_link_clicked",
		object: LINK("mailto"),
	},
	{ event: SCRIPT_EVENTS.linkClicked, when: { property: "kind", equals: "outbound" }, object: LINK("outbound") },
	{
		event: SCRIPT_EVENTS.linkClicked,
		when: { property: "kind", equals: "download" },
		type: "file_downloaded",
		object: LINK("file"),
	},
	{ event: SCRIPT_EVENTS.linkClicked, object: LINK("link") },
	{ event: SCRIPT_EVENTS.fileDownloaded, object: LINK("file") },
	...rows([SCRIPT_EVENTS.formStarted, SCRIPT_EVENTS.formSubmitted, SCRIPT_EVENTS.formAbandoned], {
		object: FORM,
		signals: true,
	}),
];

const COMMERCE_ROWS: TouchRow[] = [
	...rows(["Products Searched"], { object: { kind: "search", title: ["query"] } }),
	...rows(["Product List Viewed", "Product List Filtered"], {
		object: { kind: "product_list", ref: ["list_id"], title: ["category"] },
	}),
	...rows(["Promotion Viewed", "Promotion Clicked"], { object: PROMOTION }),
	...rows(
		[
			"Product Clicked",
			"Product Viewed",
			"Product Added",
			"Product Removed",
			"Product Shared",
			"Product Reviewed",
			"Product Added to Wishlist",
			"Product Removed from Wishlist",
			"Wishlist Product Added to Cart",
		],
		{ fallbackChannel: "shop", object: PRODUCT },
	),
	...rows(["Cart Viewed", "Cart Shared"], { fallbackChannel: "shop", object: CART }),
	...rows(["Checkout Started", "Checkout Step Viewed", "Checkout Step Completed", "Payment Info Entered"], {
		fallbackChannel: "shop",
		object: CHECKOUT,
	}),
	...rows(["Order Updated", "Order Completed", "Order Paid", "Order Cancelled"], {
		fallbackChannel: "shop",
		object: ORDER,
		valueKind: "order",
	}),
	...rows(["Order Refunded"], { fallbackChannel: "shop", object: ORDER, valueKind: "refund" }),
	...rows(["Coupon Entered", "Coupon Applied", "Coupon Denied", "Coupon Removed"], {
		fallbackChannel: "shop",
		object: COUPON,
	}),
];

const MAIL_CAMPAIGN = ["campaign_name", "campaign_id"];
const MAIL_ROWS: TouchRow[] = [
	...rows(["Email Sent", "Email Delivered", "Email Bounced", "Email Deferred", "Email Dropped"], {
		channel: "email",
		direction: "out",
		object: MAIL,
		campaign: MAIL_CAMPAIGN,
	}),
	...rows(["Email Opened", "Email Replied"], {
		channel: "email",
		direction: "in",
		object: MAIL,
		campaign: MAIL_CAMPAIGN,
	}),
	...rows(["Email Link Clicked", "Email Clicked"], {
		type: "email_clicked",
		channel: "email",
		direction: "in",
		object: MAIL,
		campaign: MAIL_CAMPAIGN,
	}),
	...rows(["Email Marked as Spam"], {
		type: "email_marked_spam",
		channel: "email",
		direction: "in",
		object: MAIL,
		campaign: MAIL_CAMPAIGN,
	}),
	...rows(["Unsubscribed", "Email Unsubscribed"], {
		type: "email_unsubscribed",
		channel: "email",
		direction: "in",
		object: MAIL,
		campaign: MAIL_CAMPAIGN,
	}),
	...rows(["SMS Sent", "SMS Delivered", "SMS Failed"], { channel: "sms", direction: "out", campaign: MAIL_CAMPAIGN }),
	...rows(["SMS Clicked", "SMS Link Clicked", "SMS Replied"], {
		channel: "sms",
		direction: "in",
		campaign: MAIL_CAMPAIGN,
	}),
];

const APP_ROWS: TouchRow[] = [
	{ event: "Application Installed", type: "app_installed", channel: "app" },
	{ event: "Application Opened", type: "app_opened", channel: "app" },
	{ event: "Application Updated", type: "app_updated", channel: "app" },
	{ event: "Application Backgrounded", type: "app_backgrounded", channel: "app" },
	{ event: "Application Foregrounded", type: "app_foregrounded", channel: "app" },
	{ event: "Application Crashed", type: "app_crashed", channel: "app" },
	{ event: "Application Uninstalled", type: "app_uninstalled", channel: "app" },
	...rows(["Install Attributed", "Deep Link Opened", "Deep Link Clicked"], { channel: "app" }),
	...rows(["Push Notification Received", "Push Notification Bounced"], { channel: "app", direction: "out" }),
	{ event: "Push Notification Tapped", channel: "app", direction: "in" },
];

const CHAT_ROWS: TouchRow[] = [
	{ event: "Live Chat Conversation Started", type: "chat_started", channel: "chat", object: CONVERSATION },
	{
		event: "Live Chat Message Sent",
		type: "chat_message_sent",
		channel: "chat",
		direction: "in",
		object: CONVERSATION,
	},
	{
		event: "Live Chat Message Received",
		type: "chat_message_received",
		channel: "chat",
		direction: "out",
		object: CONVERSATION,
	},
	{ event: "Live Chat Conversation Ended", type: "chat_ended", channel: "chat", object: CONVERSATION },
];

/** Names whose direction is not their channel's, as imports and integrations of touches use them. */
const TOUCH_ROWS: TouchRow[] = [
	...rows(["Call Made", "Call Dialed"], { channel: "phone", direction: "out" }),
	...rows(["Message Delivered", "Package Shipped", "Package Delivered", "Survey Sent"], { direction: "out" }),
	...rows(["Note Added", "Task Created", "Stage Changed", "Owner Changed", "Lead Assigned"], { direction: "internal" }),
];

const BUILT_IN_ROWS: readonly TouchRow[] = [
	...SCRIPT_ROWS,
	...COMMERCE_ROWS,
	...MAIL_ROWS,
	...APP_ROWS,
	...CHAT_ROWS,
	...TOUCH_ROWS,
];

/** Rows by name in snake case, in the order in which they are tried. */
export type MappingTable = ReadonlyMap<string, readonly TouchRow[]>;

/** @param extra a workspace's own rows, tried before the built-in ones of the same name */
export function buildMapping(extra: readonly TouchRow[]): MappingTable {
	const table = new Map<string, TouchRow[]>();
	for (const row of [...extra, ...BUILT_IN_ROWS]) {
		const name = snakeCase(row.event);
		const found = table.get(name);
		if (found === undefined) table.set(name, [row]);
		else found.push(row);
	}
	return table;
}
