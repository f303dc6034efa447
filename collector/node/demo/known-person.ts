/**
 * Lin Mei, whose chain is told by hand: two devices, seven channels, a browser known by nothing but its
 * own id until she signs in. The dashboard's tests and pictures show her.
 */
import type { JsonObject, WireEvent } from "../../../sdk/wire.ts";
import { mondayBefore, stamp } from "./people.ts";
import { campaignContext, DAY_MS, DEVICES, HOUR_MS, NEWSLETTER, SITE, type Source } from "./shop.ts";

export const LIN_MEI = {
	userId: "c-lin-mei",
	email: "lin.mei@customers.example",
	phone: "+8613912345678",
	devices: ["lin-mei-phone", "lin-mei-desk"],
	/** Type and channel of her touchpoints, in order. */
	chain: [
		["page_viewed", "web"],
		["product_viewed", "web"],
		["page_viewed", "web"],
		["page_viewed", "web"],
		["product_added", "web"],
		["call_completed", "phone"],
		["webinar_attended", "webinar"],
		["email_clicked", "email"],
		["page_viewed", "web"],
		["checkout_started", "web"],
		["order_paid", "shop"],
		["package_delivered", "package"],
		["ticket_opened", "ticket"],
		["store_visited", "store"],
		["survey_answered", "survey"],
	] as const,
} as const;

/** Her events, in order of time. @param endAt ms since the epoch; the last falls on the week before */
export function makeLinMei(endAt: number): WireEvent[] {
	const start = mondayBefore(endAt) - 6 * 7 * DAY_MS;
	const at = (day: number, hour: number, minute = 0) => start + day * DAY_MS + hour * HOUR_MS + minute * 60_000;
	const { userId, email, phone } = LIN_MEI;
	const paid: Source = {
		weight: 1,
		query: { utm_source: "xiaohongshu", utm_medium: "paid_social", utm_campaign: "teapot-stories" },
	};
	const [mobile, desk] = [openBrowser("lin-mei-phone", 0), openBrowser("lin-mei-desk", 2)];
	const touch = (name: string, channel: string, day: number, hour: number, more: Partial<WireEvent>): WireEvent => ({
		type: "touch",
		name,
		channel,
		userId,
		...stamp(`lin-mei-${name}`, at(day, hour)),
		...more,
	});
	const order = { order_id: "lin-mei-1", total: 898, currency: "CNY" };
	const teapot = { product_id: "teapot-zisha", name: "紫砂壶 Zisha teapot", price: 680, currency: "CNY" };
	return [
		...mobile.view("/products/teapot", "紫砂壶 Zisha teapot", at(0, 21), 74_000, paid),
		mobile.act("Product Viewed", at(0, 21, 1), { properties: teapot }),
		...mobile.view("/guide/brewing", "How to brew oolong", at(0, 21, 3), 141_000),
		...desk.view("/products/teapot", "紫砂壶 Zisha teapot", at(4, 10), 38_000, {
			weight: 1,
			referrer: "https://www.baidu.com/",
		}),
		desk.act("Product Added", at(4, 10, 2), { properties: teapot }),
		desk.act("identify", at(4, 10, 3), { type: "identify", userId, traits: { name: "Lin Mei", email, phone } }),
		touch("call_completed", "phone", 5, 11, {
			traits: { phone },
			direction: "in",
			durationMs: 312_000,
			outcome: { status: "answered" },
			participants: [{ role: "customer" }, { role: "staff", ref: "s-01", name: "Gao Ning" }],
		}),
		touch("webinar_attended", "webinar", 8, 20, {
			direction: "in",
			durationMs: 45 * 60_000,
			object: { kind: "webinar", title: "Live tasting on Tuesday" },
		}),
		{
			type: "track",
			event: "Email Link Clicked",
			userId,
			context: { library: { name: "mailer" } },
			properties: { email_subject: "This week's tea", campaign_name: "weekly-letter" },
			...stamp("lin-mei-click", at(11, 20)),
		},
		...mobile.view("/products/teapot", "紫砂壶 Zisha teapot", at(11, 20, 1), 52_000, NEWSLETTER),
		mobile.act("identify again", at(11, 20, 2), { type: "identify", userId, traits: { email } }),
		mobile.act("Checkout Started", at(11, 20, 3), { properties: { checkout_id: "lin-mei-cart" } }),
		{
			type: "track",
			event: "Order Paid",
			userId,
			context: { library: { name: "shop-server" } },
			properties: order,
			...stamp("lin-mei-order", at(11, 20, 9)),
		},
		touch("package_delivered", "package", 14, 15, { direction: "out" }),
		touch("ticket_opened", "ticket", 15, 9, {
			direction: "in",
			object: { kind: "ticket", title: "The lid does not close" },
			outcome: { status: "solved" },
		}),
		touch("store_visited", "store", 19, 16, { direction: "in", place: "上海静安店 Shanghai Jing'an" }),
		touch("survey_answered", "survey", 24, 12, {
			direction: "in",
			score: { metric: "nps", value: 9, min: 0, max: 10 },
		}),
	];
}

function openBrowser(anonymousId: string, device: number) {
	const userAgent = DEVICES[device]?.userAgent ?? "";
	let seq = 0;
	let page: JsonObject = {};
	let viewId = "";
	let arrival: JsonObject = {};
	const make = (type: "page" | "track", at: number, more: Partial<WireEvent>): WireEvent => {
		seq++;
		const strand = { device: anonymousId, tab: "t1", seq, version: "0.1.0", viewId };
		return {
			type,
			anonymousId,
			...stamp(`${anonymousId}-${seq}`, at),
			context: { page, userAgent, strand, ...arrival },
			...more,
		};
	};
	return {
		act: (event: string, at: number, more: Partial<WireEvent>) => make("track", at, { event, ...more }),
		view(path: string, title: string, at: number, engagedMs: number, source?: Source): WireEvent[] {
			const query = source?.query === undefined ? "" : `?${new URLSearchParams(source.query)}`;
			page = { url: `${SITE}${path}${query}`, path, title, ...(source?.referrer ? { referrer: source.referrer } : {}) };
			arrival = source === undefined ? {} : campaignContext(source);
			viewId = `${anonymousId}-view-${seq}`;
			const report = { viewId, rev: 1, engagedMs, visibleMs: engagedMs + 4_000, scrollDepth: 0.8 };
			return [
				make("page", at, { properties: page }),
				make("track", at + 1_000, { event: "Page Engaged", properties: report }),
			];
		},
	};
}
