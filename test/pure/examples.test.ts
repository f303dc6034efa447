/** Examples that need a product to run in: played against stand-ins for it, and what they send against the collector's own rules. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { acceptEvents } from "../../collector/ingest/index.ts";

it("Shopify's pixel tells an order as the collector understands it", async () => {
	const source = readFileSync(join(import.meta.dirname, "..", "..", "examples", "shopify", "pixel.js"), "utf8");
	const subscribed = new Map<string, (event: object) => Promise<void>>();
	const sent: { url: string; body: string }[] = [];
	runInNewContext(source, {
		analytics: {
			subscribe: (name: string, listener: (event: object) => Promise<void>) => subscribed.set(name, listener),
		},
		browser: { cookie: { get: async (name: string) => (name === "strand_id" ? "device-1" : "") } },
		fetch: async (url: string, { body }: { body: string }) => sent.push({ url, body }),
	});
	// As Shopify's reference gives it: https://shopify.dev/docs/api/web-pixels-api/standard-events/checkout_completed
	await subscribed.get("checkout_completed")?.({
		id: "sh-1",
		name: "checkout_completed",
		timestamp: new Date().toISOString(),
		context: { document: { location: { href: "https://shop.example/checkouts/1/thank-you" }, referrer: "" } },
		data: {
			checkout: {
				token: "t1",
				email: "lin@kettle.example",
				phone: null,
				totalPrice: { amount: 12.5, currencyCode: "EUR" },
				order: { id: "9001", customer: { id: "77" } },
			},
		},
	});
	const [request] = sent;
	expect(request?.url).toMatch(/^https:.*\/v1\/track\?writeKey=/);
	const event = { type: "track", ...(JSON.parse(request?.body ?? "{}") as object) };
	const receivedAt = Date.now();
	const { accepted, rejected } = acceptEvents([event], { receivedAt, trust: "public" });
	expect(rejected).toEqual([]);
	expect(accepted[0]?.sent).toMatchObject({
		messageId: "shopify-sh-1",
		anonymousId: "device-1",
		userId: "77",
		event: "Order Completed",
		properties: { order_id: "9001", total: 12.5, currency: "EUR" },
		context: { traits: { email: "lin@kettle.example" } },
	});
});
