/** RudderStack's own browser client, unmodified, in its bundled build (no code from a CDN). */

import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type EventRow, type JourneyRow, readRows } from "../support/api.ts";
import { chromium } from "../support/browsers.ts";
import { bundleForBrowser } from "../support/bundle.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { type Site, startSite } from "../support/site.ts";

const MAIL = "rudder@kettle.example";
const DELIVERY = { timeout: 20_000, interval: 50 };

interface Client {
	page(name?: string): void;
	track(event: string, properties?: object): void;
	identify(userId: string, traits?: object): void;
	reset(isNewDevice?: boolean): void;
}
declare const rudder: Client;

describe("RudderStack's browser client", () => {
	let collector: RunningCollector;
	let site: Site;
	let context: BrowserContext;
	let foreign: string[];

	beforeAll(async () => {
		[collector, context] = await Promise.all([startCollector(), chromium()]);
		const createPage = (options: string) => {
			const script = bundleForBrowser(`import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";
				window.rudder = new RudderAnalytics();
				rudder.load("${collector.keys.write}", "${collector.url}", { configUrl: "${collector.url}", ${options} });`);
			return {
				html: `<!doctype html><title>Shop</title><script>${script.replaceAll("</script", "<\\/script")}</script>`,
			};
		};
		site = await startSite({
			collector: collector.url,
			writeKey: "",
			pages: {
				"/plain": createPage(""),
				"/beacon": createPage("useBeacon: true, beaconQueueOptions: { flushQueueInterval: 200 }"),
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
	const countOf = async (userId: string) => (await readEvents()).filter((row) => row.userId === userId).length;

	it("works with the data plane and `configUrl` set to the collector, and its visit is one chain", async () => {
		const page = await context.newPage();
		await page.goto(`${site.url}/plain?utm_source=letter&utm_medium=email&utm_campaign=may&gclid=Cj0rudder`);
		// One call at a time: events of one millisecond have no order among themselves.
		await page.evaluate(() => rudder.page("Home"));
		await page.evaluate(() => rudder.track("Product Added", { product_id: "p-1", name: "Oolong", price: 12.5 }));
		await page.evaluate((email) => rudder.identify("rudder-user-1", { email }), MAIL);
		await page.evaluate(() => rudder.track("Order Completed", { order_id: "o-1", total: 12.5, currency: "EUR" }));
		await vi.waitFor(async () => expect(await countOf("rudder-user-1")).toBe(2), DELIVERY);
		await settle(collector.url, collector.keys.read);
		const journeys = await readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");
		expect(journeys).toHaveLength(1);
		const [journey] = journeys;
		expect(
			journey?.identities.map(({ kind, value }) => (kind === "anonymousId" ? kind : `${kind} ${value}`)).sort(),
		).toEqual(["anonymousId", `email ${MAIL}`, "userId rudder-user-1"]);
		expect(journey?.touchpoints.map(({ type }) => type)).toEqual(["page_viewed", "product_added", "order_completed"]);
		expect(journey?.touchpoints[0]).toMatchObject({
			channel: "web",
			source: "letter",
			medium: "email",
			campaign: "may",
			clickId: { kind: "google_ads", value: "Cj0rudder" },
		});
		expect(journey?.touchpoints[2]).toMatchObject({ value: { amount: 1250, currency: "EUR", kind: "order" } });
		await page.close();
	});

	it("starts a person anew after its `reset` with a new device, and delivers by beacon", async () => {
		const page = await context.newPage();
		const beacon = page.waitForRequest(/\/beacon\/v1\/batch/);
		await page.goto(`${site.url}/beacon`);
		await page.evaluate(() => {
			rudder.reset(true);
			rudder.page("After");
			rudder.identify("rudder-user-2");
		});
		await beacon;
		await vi.waitFor(async () => expect(await countOf("rudder-user-2")).toBe(1), DELIVERY);
		await settle(collector.url, collector.keys.read);
		const journeys = await readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");
		expect(journeys.map(({ identities }) => identities.find(({ kind }) => kind === "userId")?.value).sort()).toEqual([
			"rudder-user-1",
			"rudder-user-2",
		]);
		await page.close();
	});

	it("sends again what a broken or refused request held, and it counts once", async () => {
		const page = await context.newPage();
		let tries = 0;
		await page.route(`${collector.url}/v1/track`, async (route) => {
			if (route.request().method() !== "POST") return route.continue();
			tries++;
			if (tries === 1) return route.abort("connectionreset");
			if (tries === 2) return route.fulfill({ status: 503, headers: { "access-control-allow-origin": "*" } });
			return route.continue();
		});
		await page.goto(`${site.url}/plain`);
		await page.evaluate(() => rudder.track("Tried Again"));
		const named = async () => (await readEvents()).filter(({ name }) => name === "Tried Again").length;
		await vi.waitFor(async () => expect(await named()).toBe(1), DELIVERY);
		expect(tries).toBe(3);
		await page.close();
	});

	it("talks to the collector and to nobody else", () => {
		expect(foreign).toEqual([]);
	});
});
