/**
 * The demo's shop: what its pages, campaigns and days look like, and the truths planted in it, so that
 * a reader of the dashboard can check whether the dashboard finds them.
 */
import type { JsonObject } from "../../../sdk/wire.ts";

/** What is true of the demo by construction; printed by `strand demo`, held by its tests. */
export const PLANTED = {
	/** Journeys that met both channels convert 2.5 times as often as those that met one of them. */
	pair: { channels: ["phone", "webinar"], rate: 0.25, singleRate: 0.1, lift: 2.5 },
	/** The stage that people drop out of: of those who start a checkout only this share pays. */
	checkout: { paidShare: 0.3 },
	/** The evening of the weekly live tasting, in the shop's zone. */
	peak: { weekday: "Tue", hour: 20, timeZone: "Asia/Shanghai" },
} as const;

/** Rates of people whom only their browser knows. */
export const ANONYMOUS_ORDER_RATE = 0.04;

/** China has no summer time, so that the zone is one constant. */
export const ZONE_OFFSET_MS = 8 * 3600_000;
export const HOUR_MS = 3600_000;
export const DAY_MS = 24 * HOUR_MS;
export const WEEKS = 13;

export const SITE = "https://shop.mingtea.example";

export interface Product {
	id: string;
	name: string;
	/** Major units of CNY. */
	price: number;
	path: string;
}

export const PRODUCTS: readonly Product[] = [
	{ id: "oolong-50", name: "高山乌龙 High mountain oolong", price: 168, path: "/products/oolong" },
	{ id: "puer-357", name: "熟普洱茶饼 Ripe pu'er cake", price: 328, path: "/products/puer" },
	{ id: "jasmine-100", name: "茉莉花茶 Jasmine green", price: 98, path: "/products/jasmine" },
	{ id: "teapot-zisha", name: "紫砂壶 Zisha teapot", price: 680, path: "/products/teapot" },
	{ id: "tasting-set", name: "品鉴套装 Tasting set", price: 218, path: "/products/tasting-set" },
];

export interface Page {
	path: string;
	title: string;
	weight: number;
}

export const PAGES: readonly Page[] = [
	{ path: "/", title: "铭茶 Ming Tea", weight: 30 },
	{ path: "/guide/brewing", title: "How to brew oolong", weight: 14 },
	{ path: "/guide/storage", title: "Keeping pu'er well", weight: 6 },
	{ path: "/story", title: "Our gardens", weight: 6 },
	{ path: "/pricing", title: "Prices and delivery", weight: 10 },
	{ path: "/help/delivery", title: "Where is my parcel?", weight: 4 },
	...PRODUCTS.map(({ path, name }, index) => ({ path, title: name, weight: 12 - index * 2 })),
];

/** Where web visits come from; `query` is tagged as the ad tools tag it. */
export interface Source {
	weight: number;
	query?: Readonly<Record<string, string>>;
	referrer?: string;
}

export const SOURCES: readonly Source[] = [
	{ weight: 24 },
	{ weight: 17, referrer: "https://www.baidu.com/" },
	{
		weight: 13,
		query: { utm_source: "baidu", utm_medium: "cpc", utm_campaign: "autumn-oolong", bd_vid: "b1029384756" },
	},
	{
		weight: 10,
		query: { utm_source: "xiaohongshu", utm_medium: "paid_social", utm_campaign: "teapot-stories" },
	},
	{ weight: 9, referrer: "https://www.xiaohongshu.com/" },
	{ weight: 8, referrer: "https://www.zhihu.com/" },
	{
		weight: 7,
		query: { utm_source: "google", utm_medium: "cpc", utm_campaign: "gift-season", gclid: "Cj0KCQjwdemo" },
	},
	{ weight: 5, referrer: "https://teaforum.example/threads/1811" },
	{ weight: 4, query: { utm_source: "chatgpt.com" } },
	{ weight: 3, query: { utm_source: "tea-friends", utm_medium: "affiliate", utm_campaign: "friends" } },
];

export const NEWSLETTER: Source = {
	weight: 1,
	query: { utm_source: "newsletter", utm_medium: "email", utm_campaign: "weekly-letter" },
};

export interface Device {
	userAgent: string;
	weight: number;
}

export const DEVICES: readonly Device[] = [
	{
		weight: 6,
		userAgent:
			"Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
	},
	{
		weight: 5,
		userAgent:
			"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36",
	},
	{
		weight: 6,
		userAgent:
			"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
	},
	{
		weight: 3,
		userAgent:
			"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15",
	},
];

/** A robot that says so: chains and analyses leave it out unless asked. */
export const ROBOT_AGENT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";

/** Visits by hour of the day, from midnight. */
const DAY_CURVE = [3, 2, 1, 1, 1, 2, 4, 7, 10, 12, 13, 13, 14, 12, 11, 11, 11, 12, 13, 15, 17, 15, 10, 6];
/** From Monday. */
const WEEK_CURVE = [1, 1.05, 1, 1, 1.1, 1.3, 1.2];
/** How many times the usual the peak hour has. */
const PEAK_FACTOR = 5;
const PEAK_DAY = 1;

/** Weight of each hour of the week, Monday midnight first; 168 of them. */
export const HOUR_WEIGHTS: readonly number[] = WEEK_CURVE.flatMap((day, weekday) =>
	DAY_CURVE.map((hour, at) => day * hour * (weekday === PEAK_DAY && at === PLANTED.peak.hour ? PEAK_FACTOR : 1)),
);

export const FAMILY_NAMES = ["Lin", "Chen", "Wang", "Zhao", "Liu", "Huang", "Wu", "Xu", "Sun", "Ma", "Zhu", "He"];
export const GIVEN_NAMES = ["Mei", "Wei", "Jun", "Yan", "Hao", "Xin", "Lan", "Bo", "Qing", "Rui", "Ting", "Yu"];
export const STORES = ["上海静安店 Shanghai Jing'an", "杭州西湖店 Hangzhou West Lake", "北京三里屯店 Beijing Sanlitun"];
export const STAFF = [
	{ ref: "s-01", name: "Gao Ning" },
	{ ref: "s-02", name: "Fang Li" },
	{ ref: "s-03", name: "Tan Yu" },
];

/** A source as our script tells of it: tags and click ids read out of the address that was landed on. */
export function campaignContext({ query = {} }: Source): JsonObject {
	const { utm_source: source, utm_medium: medium, utm_campaign: name, ...clickIds } = query;
	const campaign = Object.entries({ source, medium, name }).filter(([, value]) => value !== undefined);
	return {
		...(campaign.length === 0 ? {} : { campaign: Object.fromEntries(campaign) as JsonObject }),
		...(Object.keys(clickIds).length === 0 ? {} : { clickIds }),
	};
}
