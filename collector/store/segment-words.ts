/**
 * Sample batches of events, for the dictionary of the log's segments: what pages, servers and phones send. THEY ARE PART OF THE
 * FORMAT (pack-columns.ts).
 */
import type { LoggedEvent } from "../model.ts";
import { makeWords } from "./pack-columns.ts";

const AT = Date.UTC(2026, 0, 1);
const ID = "019b7600-0000-7000-8000-0000000000";

interface Site {
	added: object;
	surroundings: object;
	origin: string;
	referrer: string;
	/** Of the page that a visit begins with. */
	query: string;
	titles: readonly string[];
}

const SITES: readonly Site[] = [
	{
		added: { deviceFamily: "mobile", browser: "Mobile Safari", os: "iOS", country: "US" },
		surroundings: {
			locale: "en-US",
			timezone: "America/New_York",
			screen: { width: 390, height: 844, density: 3 },
			consent: "granted",
		},
		origin: "https://www.example.com",
		referrer: "https://www.bing.com/",
		query: "?utm_source=google&utm_medium=cpc&utm_campaign=",
		titles: ["Pricing", "Contact", "Blog"],
	},
	{
		added: { deviceFamily: "mobile", browser: "WeChat", os: "Android", country: "CN" },
		surroundings: {
			locale: "zh-CN",
			timezone: "Asia/Shanghai",
			screen: { width: 412, height: 915, density: 2.625 },
			consent: "essential",
		},
		origin: "https://m.example.com",
		referrer: "https://www.baidu.com/",
		query: "?utm_source=wechat&utm_medium=social&utm_campaign=",
		titles: ["首页", "产品", "联系我们"],
	},
	{
		added: { deviceFamily: "desktop", browser: "Chrome", os: "Windows" },
		surroundings: {
			locale: "zh-CN",
			timezone: "Asia/Shanghai",
			screen: { width: 1920, height: 1080, density: 2 },
			consent: "granted",
		},
		origin: "https://www.shop.example",
		referrer: "https://www.google.com/",
		query: "?utm_source=newsletter&utm_medium=email&utm_campaign=spring",
		titles: ["Home", "Products", "Cart", "Checkout"],
	},
];

/** Events `from` to `to` of a visit; the script puts the time first, other senders the id. */
function visit(site: Site, from: number, to: number, isScript: boolean): LoggedEvent[] {
	const { origin, titles, surroundings } = site;
	const uuid = (number: number): string => `${ID}${String(number).padStart(2, "0")}`;
	return Array.from({ length: to - from }, (_, place) => {
		const index = from + place;
		const view = index >> 2;
		const timestamp = AT + 20_000 * index;
		const pathOf = (number: number): string => `/shop/${100 + 7 * number}`;
		const urlOf = (number: number): string => origin + pathOf(number) + (number === 0 ? site.query : "");
		const page = {
			url: urlOf(view),
			path: pathOf(view),
			title: titles[view % titles.length],
			referrer: view === 0 ? site.referrer : urlOf(view - 1),
		};
		const viewId = uuid(50 + view);
		const at = { originalTimestamp: new Date(timestamp).toISOString() };
		const who = { messageId: uuid(index), anonymousId: uuid(99) };
		const what = [
			{ type: "page", properties: page },
			{
				type: "track",
				event: "Page Engaged",
				properties: { viewId, engagedMs: 20_000 + index, visibleMs: 60_000 + index, scrollDepth: 0.5, rev: 1 },
			},
			{ type: "track", event: "Link Clicked", properties: { url: `${page.url}#more`, kind: "internal", text: "More" } },
			{ type: "track", event: "Product Viewed", properties: { product_id: `p${index}`, price: 100.5 + index } },
		][index % 4];
		const context = {
			...surroundings,
			page,
			strand: { device: uuid(99), tab: "0a1b2c3d", seq: index + 1, version: "0.1.0", viewId },
		};
		const sent = isScript ? { ...at, ...who, ...what, context } : { ...who, ...what, ...at, context };
		return { sent, timestamp, receivedAt: AT + 400_000, trust: "public", added: site.added } as unknown as LoggedEvent;
	});
}

/** One event each, of a sender that is no page. */
function others(): LoggedEvent[][] {
	const about = (sent: object): LoggedEvent => {
		return { sent, timestamp: AT, receivedAt: AT + 1_000, trust: "server", added: {} } as unknown as LoggedEvent;
	};
	const time = new Date(AT).toISOString();
	const library = { library: { name: "analytics-node", version: "2.2.1" } };
	const product = { product_id: "p1", sku: "", name: "", price: 10.5, quantity: 1, category: "" };
	const order = { order_id: "1001", total: 10.5, revenue: 10.5, currency: "CNY", products: [product] };
	const phone = [{ type: "phone", id: "+8613800000000" }];
	const call = {
		type: "touch",
		channel: "phone",
		name: "call_completed",
		direction: "in",
		externalIds: phone,
		durationMs: 61_000,
		outcome: { status: "completed" },
		participants: [{ role: "staff", ref: "7", name: "" }],
	};
	const userId = "user-1";
	const traits = { email: "a@example.com", phone: "+8613800000000", name: "", plan: "" };
	return [
		[about({ messageId: `${ID}01`, type: "group", userId, groupId: "g1", traits: { name: "", industry: "" } })],
		[about({ ...call, messageId: `${ID}01`, timestamp: time })],
		[about({ type: "touch", channel: "store", name: "store_visited", externalIds: phone, messageId: `${ID}01` })],
		[
			about({
				messageId: `${ID}01`,
				type: "track",
				event: "order_paid",
				userId,
				value: { amount: 1050, currency: "CNY" },
			}),
		],
		[about({ messageId: `${ID}01`, type: "identify", userId, traits, context: library, timestamp: time })],
		[
			about({
				type: "track",
				event: "Order Completed",
				messageId: `${ID}01`,
				userId,
				properties: order,
				context: library,
				integrations: {},
				timestamp: time,
				originalTimestamp: time,
			}),
		],
	];
}

/** What a page sends once in a while, among what it sends always. */
function seldom(site: Site): LoggedEvent[] {
	const events = visit(site, 0, 5, true);
	const said = [
		{ type: "track", event: "Web Vital", properties: { metric: "LCP", value: 1_200, rating: "good" } },
		{ type: "track", event: "Form Submitted", properties: { form: "contact", fields: 3 } },
		{ type: "identify", userId: "user-1", traits: { email: "user-1@example.com" } },
	];
	return events.map((event, index) => {
		const {
			type: _,
			event: __,
			properties: ___,
			context,
			...sent
		} = event.sent as unknown as { [key: string]: object };
		const extra =
			index === 0
				? { navigation: "navigate", campaign: { source: "google", medium: "cpc", name: "" }, clickIds: { gclid: "" } }
				: {};
		const what = said[index - 1] ?? {
			type: "page",
			properties: { ...(context as { page: object }).page, search: site.query },
		};
		return { ...event, sent: { ...sent, ...what, context: { ...context, ...extra } } } as unknown as LoggedEvent;
	});
}

const [PHONE, WECHAT, DESKTOP] = SITES as [Site, Site, Site];

export const SEGMENT_WORDS: Uint8Array = makeWords([
	...others(),
	seldom(PHONE),
	visit(PHONE, 0, 9, true),
	visit(WECHAT, 9, 15, true),
	visit(PHONE, 5, 9, true),
	visit(DESKTOP, 0, 1, false),
	visit(DESKTOP, 11, 14, false),
	visit(DESKTOP, 10, 18, true),
	visit(DESKTOP, 0, 10, true),
	visit(WECHAT, 10, 18, false),
	visit(DESKTOP, 0, 10, false),
]);
