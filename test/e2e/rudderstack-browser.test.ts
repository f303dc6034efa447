/** RudderStack's own browser client, unmodified, in its bundled build (no code from a CDN). */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForBrowser } from "../support/bundle.ts";
import { type ForeignClient, identitiesOf, pageWith, startForeignClient, usersOf } from "../support/foreign-client.ts";

const MAIL = "rudder@kettle.example";

interface Client {
	ready(then: () => void): void;
	page(name?: string): void;
	track(event: string, properties?: object): void;
	identify(userId: string, traits?: object): void;
	reset(isNewDevice?: boolean): void;
}
declare const rudder: Client;

const CORS = { "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After" };

describe("RudderStack's browser client", () => {
	let client: ForeignClient;

	beforeAll(async () => {
		client = await startForeignClient((url, writeKey) => {
			const createPage = (options: string) => {
				const script = bundleForBrowser(`import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";
					window.rudder = new RudderAnalytics();
					rudder.load("${writeKey}", "${url}", { configUrl: "${url}", ${options} });`);
				return pageWith("Shop", script);
			};
			return {
				"/plain": createPage(""),
				"/beacon": createPage("useBeacon: true, beaconQueueOptions: { flushQueueInterval: 200 }"),
			};
		});
	});
	afterAll(() => client?.stop());

	it("works with the data plane and `configUrl` set to the collector, and its visit is one chain", async () => {
		const page = await client.context.newPage();
		await page.goto(`${client.site.url}/plain?utm_source=letter&utm_medium=email&utm_campaign=may&gclid=Cj0rudder`);
		// Once it runs, and one call at a time: events of one millisecond have no order among themselves.
		await page.evaluate(() => new Promise<void>((resolve) => rudder.ready(resolve)));
		await page.evaluate(() => rudder.page("Home"));
		await page.evaluate(() => rudder.track("Product Added", { product_id: "p-1", name: "Oolong", price: 12.5 }));
		await page.evaluate((email) => rudder.identify("rudder-user-1", { email }), MAIL);
		await page.evaluate(() => rudder.track("Order Completed", { order_id: "o-1", total: 12.5, currency: "EUR" }));
		await client.arrive(2, ({ userId }) => userId === "rudder-user-1");
		const journeys = await client.journeys();
		expect(journeys).toHaveLength(1);
		const [journey] = journeys;
		expect(identitiesOf(journey)).toEqual(["anonymousId", `email ${MAIL}`, "userId rudder-user-1"]);
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
		const page = await client.context.newPage();
		const beacon = page.waitForRequest(/\/beacon\/v1\/batch/);
		await page.goto(`${client.site.url}/beacon`);
		await page.evaluate(() => {
			rudder.reset(true);
			rudder.page("After");
			rudder.identify("rudder-user-2");
		});
		await beacon;
		await client.arrive(1, ({ userId }) => userId === "rudder-user-2");
		const journeys = await client.journeys();
		expect(usersOf(journeys)).toEqual(["rudder-user-1", "rudder-user-2"]);
		await page.close();
	});

	it("sends again what a broken, overloaded or too frequent request held, and it counts once", async () => {
		const page = await client.context.newPage();
		let tries = 0;
		await page.route(`${client.collector.url}/v1/track`, async (route) => {
			if (route.request().method() !== "POST") return route.continue();
			tries++;
			if (tries === 1) return route.abort("connectionreset");
			if (tries === 2) return route.fulfill({ status: 503, headers: CORS });
			if (tries === 3) return route.fulfill({ status: 429, headers: { ...CORS, "retry-after": "1" } });
			return route.continue();
		});
		await page.goto(`${client.site.url}/plain`);
		await page.evaluate(() => rudder.track("Tried Again"));
		await client.arrive(1, ({ name }) => name === "Tried Again");
		expect(tries).toBe(4);
		await page.close();
	});

	it("talks to the collector and to nobody else", () => {
		expect(client.foreign).toEqual([]);
	});
});
