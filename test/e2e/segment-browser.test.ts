/** Segment's own browser client, unmodified: the npm package in a bundle, and the build that its snippet loads. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type EventRow, type JourneyRow, readRows } from "../support/api.ts";
import { chromium } from "../support/browsers.ts";
import { bundleForBrowser } from "../support/bundle.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { type Site, startSite } from "../support/site.ts";

const STANDALONE = readFileSync(
	join(import.meta.dirname, "../../node_modules/@segment/analytics-next/dist/umd/standalone.js"),
	"utf8",
);
const MAIL = "segment@kettle.example";
const DELIVERY = { timeout: 20_000, interval: 50 };

/** What tests call of the client; the page holds it as `window.analytics`. */
interface Client {
	page(name?: string): Promise<unknown>;
	track(event: string, properties?: object): Promise<unknown>;
	identify(userId: string, traits?: object): Promise<unknown>;
	group(groupId: string, traits?: object): Promise<unknown>;
	alias(to: string): Promise<unknown>;
	reset(): void;
}
declare const analytics: Client;

describe("Segment's browser client", () => {
	let collector: RunningCollector;
	let site: Site;
	let context: BrowserContext;
	let foreign: string[];

	beforeAll(async () => {
		[collector, context] = await Promise.all([startCollector(), chromium()]);
		const load = `{ cdnURL: "${collector.url}", writeKey: "${collector.keys.write}" }`;
		const bundle = bundleForBrowser(
			`import { AnalyticsBrowser } from "@segment/analytics-next"; window.analytics = AnalyticsBrowser.load(${load});`,
		);
		// What Segment's snippet leaves for the script that it loads, without the loading itself.
		const snippet = `window.analytics = []; analytics._writeKey = "${collector.keys.write}"; analytics._cdn = "${collector.url}";
			analytics.page = (...args) => { analytics.push(["page", ...args]); };
			analytics.push(["load", analytics._writeKey, {}]); analytics.page("Snippet");`;
		site = await startSite({
			collector: collector.url,
			writeKey: "",
			pages: {
				"/bundled": { html: `<!doctype html><title>Bundled</title><script>${escapeScript(bundle)}</script>` },
				"/snippet": {
					html: `<!doctype html><title>Snippet</title><script>${snippet}</script><script>${escapeScript(STANDALONE)}</script>`,
				},
			},
		});
		foreign = [];
		context.on("request", (request) => {
			const { origin } = new URL(request.url());
			if (![site.url, collector.url].includes(origin)) foreign.push(request.url());
		});
	});
	afterAll(async () => {
		await Promise.all([context?.close(), site?.close()]);
		await collector?.stop();
	});

	const readEvents = () => readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");

	async function open(path: string): Promise<Page> {
		const page = await context.newPage();
		await page.goto(site.url + path, { referer: "https://www.google.com/" });
		return page;
	}

	it("works with the write key and `cdnURL` alone, and its visit is one chain with the campaign of its page", async () => {
		const page = await open("/bundled?utm_source=letter&utm_medium=email&utm_campaign=may&gclid=Cj0segment");
		await page.evaluate(async (email) => {
			await analytics.page("Home");
			await analytics.track("Product Added", { product_id: "p-1", name: "Oolong", price: 12.5, currency: "EUR" });
			await analytics.identify("segment-user-1", { email });
			await analytics.group("kettle", { name: "Kettle Ltd" });
			await analytics.track("Order Completed", { order_id: "o-1", total: 12.5, currency: "EUR" });
		}, MAIL);
		await vi.waitFor(async () => expect(await countOf("segment-user-1")).toBe(3), DELIVERY);
		await settle(collector.url, collector.keys.read);
		const journeys = await readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");
		expect(journeys).toHaveLength(1);
		const [journey] = journeys;
		expect(
			journey?.identities.map(({ kind, value }) => (kind === "anonymousId" ? kind : `${kind} ${value}`)).sort(),
		).toEqual(["anonymousId", `email ${MAIL}`, "userId segment-user-1"]);
		expect(journey?.touchpoints.map(({ type }) => type)).toEqual(["page_viewed", "product_added", "order_completed"]);
		expect(journey?.touchpoints[0]).toMatchObject({
			channel: "web",
			source: "letter",
			medium: "email",
			campaign: "may",
			clickId: { kind: "google_ads", value: "Cj0segment" },
		});
		expect(journey?.touchpoints[1]).toMatchObject({ object: { kind: "product", ref: "p-1", title: "Oolong" } });
		expect(journey?.touchpoints[2]).toMatchObject({ value: { amount: 1250, currency: "EUR", kind: "order" } });
		expect(journey?.conversions).toHaveLength(1);
		await page.close();
	});

	const countOf = async (userId: string) => (await readEvents()).filter((row) => row.userId === userId).length;

	it("starts a person anew after its `reset`", async () => {
		const page = await open("/bundled");
		await page.evaluate(async () => {
			analytics.reset();
			await analytics.page("After");
			await analytics.identify("segment-user-2");
		});
		await vi.waitFor(async () => expect(await countOf("segment-user-2")).toBe(1), DELIVERY);
		await settle(collector.url, collector.keys.read);
		const journeys = await readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");
		expect(journeys.map(({ identities }) => identities.find(({ kind }) => kind === "userId")?.value).sort()).toEqual([
			"segment-user-1",
			"segment-user-2",
		]);
		await page.close();
	});

	it("works as the script that Segment's snippet loads", async () => {
		const before = (await readEvents()).length;
		const page = await open("/snippet");
		await vi.waitFor(async () => expect((await readEvents()).length).toBe(before + 1), DELIVERY);
		expect((await readEvents()).find(({ name }) => name === "Snippet")).toMatchObject({ type: "page" });
		await page.close();
	});

	it("sends again what a refused or broken request held, and it counts once", async () => {
		const page = await context.newPage();
		let refusals = 0;
		await page.route(`${collector.url}/v1/t`, (route) => {
			refusals++;
			if (refusals === 1) return route.fulfill({ status: 503, headers: CORS });
			if (refusals === 2) return route.fulfill({ status: 429, headers: { ...CORS, "retry-after": "1" } });
			return route.continue();
		});
		await page.goto(`${site.url}/bundled`);
		await page.evaluate(() => void analytics.track("Tried Again"));
		const named = async () => (await readEvents()).filter(({ name }) => name === "Tried Again").length;
		await vi.waitFor(async () => expect(await named()).toBe(1), DELIVERY);
		expect(refusals).toBe(3);
		await page.close();
	});

	it("talks to the collector and to nobody else", () => {
		expect(foreign).toEqual([]);
	});
});

const CORS = { "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After" };

/** Script text that can stand inside a page. */
function escapeScript(text: string): string {
	return text.replaceAll("</script", "<\\/script");
}
