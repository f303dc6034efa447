/** Segment's own browser client, unmodified: the npm package in a bundle, and the build that its snippet loads. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForBrowser } from "../support/bundle.ts";
import { type ForeignClient, identitiesOf, pageWith, startForeignClient, usersOf } from "../support/foreign-client.ts";

const STANDALONE = readFileSync(
	join(import.meta.dirname, "../../node_modules/@segment/analytics-next/dist/umd/standalone.js"),
	"utf8",
);
const MAIL = "segment@kettle.example";

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
	let client: ForeignClient;

	beforeAll(async () => {
		client = await startForeignClient((url, writeKey) => {
			const load = `{ cdnURL: "${url}", writeKey: "${writeKey}" }`;
			const bundle = bundleForBrowser(
				`import { AnalyticsBrowser } from "@segment/analytics-next"; window.analytics = AnalyticsBrowser.load(${load});`,
			);
			// What Segment's snippet leaves for the script that it loads, without the loading itself.
			const snippet = `window.analytics = []; analytics._writeKey = "${writeKey}"; analytics._cdn = "${url}";
				analytics.page = (...args) => { analytics.push(["page", ...args]); };
				analytics.push(["load", analytics._writeKey, {}]); analytics.page("Snippet");`;
			return { "/bundled": pageWith("Bundled", bundle), "/snippet": pageWith("Snippet", snippet, STANDALONE) };
		});
	});
	afterAll(() => client?.stop());

	async function open(path: string): Promise<Page> {
		const page = await client.context.newPage();
		await page.goto(client.site.url + path, { referer: "https://www.google.com/" });
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
		await client.arrive(3, ({ userId }) => userId === "segment-user-1");
		const journeys = await client.journeys();
		expect(journeys).toHaveLength(1);
		const [journey] = journeys;
		expect(identitiesOf(journey)).toEqual(["anonymousId", `email ${MAIL}`, "userId segment-user-1"]);
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

	it("starts a person anew after its `reset`", async () => {
		const page = await open("/bundled");
		await page.evaluate(async () => {
			analytics.reset();
			await analytics.page("After");
			await analytics.identify("segment-user-2");
		});
		await client.arrive(1, ({ userId }) => userId === "segment-user-2");
		const journeys = await client.journeys();
		expect(usersOf(journeys)).toEqual(["segment-user-1", "segment-user-2"]);
		await page.close();
	});

	it("works as the script that Segment's snippet loads", async () => {
		const page = await open("/snippet");
		await client.arrive(1, ({ type, name }) => type === "page" && name === "Snippet");
		await page.close();
	});

	it("sends again what a refused or broken request held, and it counts once", async () => {
		const page = await client.context.newPage();
		let refusals = 0;
		await page.route(`${client.collector.url}/v1/t`, (route) => {
			refusals++;
			if (refusals === 1) return route.fulfill({ status: 503, headers: CORS });
			if (refusals === 2) return route.fulfill({ status: 429, headers: { ...CORS, "retry-after": "1" } });
			return route.continue();
		});
		await page.goto(`${client.site.url}/bundled`);
		await page.evaluate(() => void analytics.track("Tried Again"));
		await client.arrive(1, ({ name }) => name === "Tried Again");
		expect(refusals).toBe(3);
		await page.close();
	});

	it("talks to the collector and to nobody else", () => {
		expect(client.foreign).toEqual([]);
	});
});

const CORS = { "access-control-allow-origin": "*", "access-control-expose-headers": "Retry-After" };
