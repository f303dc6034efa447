/** What a browser with our script would have sent, written down by the demo. */
import type { JsonObject, WireEvent } from "../../../sdk/wire.ts";
import type { Dice } from "./dice.ts";
import { campaignContext, type Device, PAGES, PRODUCTS, SITE, type Source } from "./shop.ts";

export interface Browser {
	anonymousId: string;
	device: Device;
	/** Events of its one tab so far. */
	seq: number;
}

export interface Visit {
	events: WireEvent[];
	/** Ms since the epoch, when the last event happened. */
	endAt: number;
}

const VIEWS_MAX = 5;

/**
 * One visit: page views with their reading time, sometimes a product looked at or put in the cart.
 *
 * @param name makes messageIds: unique in the demo
 * @param startAt ms since the epoch
 */
export function makeVisit(dice: Dice, browser: Browser, source: Source, name: string, startAt: number): Visit {
	const events: WireEvent[] = [];
	const views = dice.whole(1, VIEWS_MAX);
	let t = startAt;
	for (let index = 0; index < views; index++) {
		const page = dice.weighted(PAGES);
		const query = index === 0 && source.query !== undefined ? `?${new URLSearchParams(source.query)}` : "";
		const referrer = index === 0 ? source.referrer : `${SITE}/`;
		const facts: JsonObject = { url: `${SITE}${page.path}${query}`, path: page.path, title: page.title };
		if (referrer !== undefined) facts.referrer = referrer;
		const viewId = `${name}-v${index}`;
		const arrival = index === 0 ? campaignContext(source) : {};
		const context: JsonObject = { page: facts, userAgent: browser.device.userAgent, locale: "zh-CN", ...arrival };
		const send = (type: "page" | "track", at: number, fields: Partial<WireEvent>) => {
			browser.seq++;
			const strand = { device: browser.anonymousId, tab: "t1", seq: browser.seq, version: "0.1.0", viewId };
			events.push({
				type,
				messageId: `${name}-${events.length}`,
				anonymousId: browser.anonymousId,
				originalTimestamp: new Date(at).toISOString(),
				context: { ...context, strand },
				...fields,
			});
		};
		send("page", t, { properties: facts });
		// Long tails: most pages are glanced at, some are read.
		const engagedMs = Math.round(2_000 + 60_000 * dice.roll() ** 3);
		const visibleMs = engagedMs + Math.round(dice.roll() * 20_000);
		const product = PRODUCTS.find(({ path }) => path === page.path);
		if (product !== undefined) {
			const properties = { product_id: product.id, name: product.name, price: product.price, currency: "CNY" };
			send("track", t + 900, { event: "Product Viewed", properties });
			if (dice.chance(0.2)) send("track", t + engagedMs, { event: "Product Added", properties });
		}
		const scrollDepth = Math.round(dice.roll() * 100) / 100;
		send("track", t + visibleMs, {
			event: "Page Engaged",
			properties: { viewId, rev: 1, engagedMs, visibleMs, scrollDepth },
		});
		t += visibleMs + 1_000;
	}
	return { events, endAt: t };
}

/** A further event of the visit that has just been made. */
export function addToVisit(browser: Browser, visit: Visit, fields: Partial<WireEvent>, name: string): void {
	const last = visit.events.at(-1);
	if (last === undefined) return;
	browser.seq++;
	const context = last.context as { strand: JsonObject } & JsonObject;
	visit.endAt += 4_000;
	visit.events.push({
		type: "track",
		messageId: name,
		anonymousId: browser.anonymousId,
		originalTimestamp: new Date(visit.endAt).toISOString(),
		context: { ...context, strand: { ...context.strand, seq: browser.seq } },
		...fields,
	});
}
