/** What already runs on servers, unmodified: Segment's and RudderStack's Node clients, and Segment's HTTP examples by curl. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import RudderAnalytics from "@rudderstack/rudder-sdk-node";
import { Analytics } from "@segment/analytics-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { authorise, type EventRow, type JourneyRow, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";

const run = promisify(execFile);

let collector: RunningCollector;
let proxy: FaultProxy;
/** A write key made for servers: what it sends is trusted. */
let serverKey: string;

beforeAll(async () => {
	collector = await startCollector();
	proxy = await startFaultProxy(collector.url);
	const answer = await fetch(`${collector.url}/v1/keys`, {
		method: "POST",
		headers: authorise(collector.keys.secret),
		body: JSON.stringify({ kind: "write", server: true, name: "shop" }),
	});
	serverKey = ((await answer.json()) as { key: string }).key;
});
afterAll(async () => {
	await proxy?.close();
	await collector?.stop();
});

const readEvents = () => readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");

async function readJourney(userId: string): Promise<JourneyRow | undefined> {
	await settle(collector.url, collector.keys.read);
	const journeys = await readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");
	const own = journeys.filter(({ identities }) => identities.some(({ value }) => value === userId));
	expect(own.length).toBeLessThanOrEqual(1);
	return own[0];
}

const listTypes = (journey: JourneyRow | undefined) =>
	journey?.touchpoints.map(({ channel, type }) => `${channel} ${type}`);

describe("Segment's Node client", () => {
	it("makes one chain of a device's page, a user's order and an e-mail, under a server key", async () => {
		const client = new Analytics({ writeKey: serverKey, host: collector.url });
		const failures: unknown[] = [];
		client.on("error", (error) => failures.push(error));
		const at = (minutes: number) => new Date(Date.now() - minutes * 60_000);
		client.page({
			anonymousId: "node-device-1",
			name: "Pricing",
			timestamp: at(9),
			properties: { url: "https://kettle.example/pricing", path: "/pricing", title: "Pricing" },
			context: { campaign: { source: "letter", medium: "email", name: "may" } },
		});
		client.identify({
			anonymousId: "node-device-1",
			userId: "node-user-1",
			traits: { email: "node@kettle.example" },
			timestamp: at(8),
		});
		client.track({
			userId: "node-user-1",
			event: "Order Completed",
			timestamp: at(7),
			properties: { order_id: "o-7", total: 99.9, currency: "EUR" },
		});
		client.track({
			userId: "node-user-1",
			event: "Email Link Clicked",
			timestamp: at(6),
			properties: { email_id: "m-1", email_subject: "Thank you", campaign_name: "thanks" },
			context: { externalIds: [{ type: "crm", id: "crm-1", collection: "users", encoding: "none" }] },
		});
		client.alias({ userId: "node-user-1", previousId: "node-user-old" });
		client.track({
			userId: "node-user-old",
			event: "Product Viewed",
			timestamp: at(5),
			properties: { product_id: "p-2" },
		});
		client.group({ userId: "node-user-1", groupId: "kettle" });
		client.screen({ userId: "node-user-1", name: "Basket", timestamp: at(4) });
		await client.closeAndFlush();
		expect(failures).toEqual([]);
		const journey = await readJourney("node-user-1");
		expect(listTypes(journey)).toEqual([
			"web page_viewed",
			"shop order_completed",
			"email email_clicked",
			"shop product_viewed",
			"app screen_viewed",
		]);
		expect(journey?.touchpoints[0]).toMatchObject({ source: "letter", medium: "email", campaign: "may" });
		expect(journey?.touchpoints[1]).toMatchObject({ value: { amount: 9990, currency: "EUR", kind: "order" } });
		expect(journey?.touchpoints[2]).toMatchObject({ campaign: "thanks", object: { ref: "m-1", title: "Thank you" } });
		expect(journey?.identities.map(({ kind, value }) => `${kind} ${value}`)).toEqual(
			expect.arrayContaining([
				"anonymousId node-device-1",
				"userId node-user-1",
				"userId node-user-old",
				"ext:crm crm-1",
			]),
		);
	});

	it("shows its chain under a page's public key too", async () => {
		const client = new Analytics({ writeKey: collector.keys.write, host: collector.url });
		client.track({ userId: "node-user-2", event: "Order Completed", properties: { total: 5, currency: "EUR" } });
		await client.closeAndFlush();
		expect(listTypes(await readJourney("node-user-2"))).toEqual(["shop order_completed"]);
	});

	it("tries again after 503, 429 and a broken connection, and the event counts once", async () => {
		proxy.clear();
		proxy.fault = () =>
			[{ status: 503 }, { status: 429, headers: { "retry-after": "1" } }, { reset: "after" as const }][
				proxy.requests.length - 1
			];
		const client = new Analytics({ writeKey: serverKey, host: proxy.url, maxRetries: 5 });
		client.track({ userId: "node-user-3", event: "Order Completed", properties: { total: 5, currency: "EUR" } });
		await client.closeAndFlush({ timeout: 60_000 });
		proxy.fault = undefined;
		expect(proxy.requests.map(({ status }) => status)).toEqual([503, 429, 0, 200]);
		expect(listTypes(await readJourney("node-user-3"))).toEqual(["shop order_completed"]);
	});
});

describe("RudderStack's Node client", () => {
	/** Sends what `act` calls, and waits until the client says that it is out. */
	async function send(
		url: string,
		key: string,
		options: object,
		act: (client: RudderAnalytics) => void,
	): Promise<void> {
		const client = new RudderAnalytics(key, { dataPlaneUrl: url, flushInterval: 60_000, ...options });
		act(client);
		await new Promise<void>((resolve, reject) => client.flush((error) => (error ? reject(error) : resolve())));
	}

	it.each([
		["gzipped", true],
		["plain", false],
	])("makes one chain, its body %s", async (name, gzip) => {
		const userId = `rudder-user-${name}`;
		await send(collector.url, serverKey, { gzip }, (client) => {
			client.identify({
				userId,
				anonymousId: `rudder-device-${name}`,
				context: { traits: { email: `${name}@kettle.example` } },
			});
			client.track({
				anonymousId: `rudder-device-${name}`,
				event: "Product Viewed",
				properties: { product_id: "p-1" },
				timestamp: new Date(Date.now() - 60_000),
			});
			client.track({ userId, event: "Order Completed", properties: { order_id: "o-1", total: 10, currency: "EUR" } });
		});
		const journey = await readJourney(userId);
		expect(listTypes(journey)).toEqual(["shop product_viewed", "shop order_completed"]);
		expect(journey?.identities.map(({ kind }) => kind).sort()).toEqual(["anonymousId", "email", "userId"]);
	});

	it("tries again after a 503, and the event counts once", async () => {
		proxy.clear();
		proxy.fault = () => (proxy.requests.length === 1 ? { status: 503 } : undefined);
		await send(proxy.url, serverKey, {}, (client) => {
			client.track({ userId: "rudder-user-3", event: "Order Completed", properties: { total: 5, currency: "EUR" } });
		});
		proxy.fault = undefined;
		expect(proxy.requests.map(({ status }) => status)).toEqual([503, 200]);
		expect(listTypes(await readJourney("rudder-user-3"))).toEqual(["shop order_completed"]);
	});
});

/** @see https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/ */
describe("Segment's HTTP examples by curl", () => {
	async function curl(...args: string[]): Promise<{ status: number; body: string }> {
		const { stdout } = await run("curl", [
			"-s",
			"-w",
			"\n%{http_code}",
			"-H",
			"Content-Type: application/json",
			...args,
		]);
		const at = stdout.lastIndexOf("\n");
		return { status: Number(stdout.slice(at + 1)), body: stdout.slice(0, at) };
	}
	const example = {
		identify: {
			userId: "019mr8mf4r",
			traits: { email: "pgibbons@example.com", name: "Peter Gibbons", industry: "Technology" },
			context: { ip: "24.5.68.47" },
		},
		track: {
			userId: "019mr8mf4r",
			event: "Item Purchased",
			properties: { name: "Leap to Conclusions", revenue: 14.99 },
		},
		page: {
			userId: "019mr8mf4r",
			name: "Tracking HTTP API",
			properties: { title: "API", url: "https://segment.example/docs" },
		},
		screen: { userId: "019mr8mf4r", name: "Tracking HTTP API", properties: { variation: "blue signup button" } },
		group: { userId: "019mr8mf4r", groupId: "0e8c78ea9d97a7b8185e8632", traits: { name: "Initech" } },
		alias: { previousId: "39239-239239-239239-23923", userId: "019mr8mf4r" },
	};

	it.each(Object.entries(example))(
		"takes `%s` with Basic authentication and with the key in the body",
		async (call, body) => {
			const url = `${collector.url}/v1/${call}`;
			const basic = await curl(
				"-u",
				`${serverKey}:`,
				"-d",
				JSON.stringify({ ...body, messageId: `${call}-basic` }),
				url,
			);
			expect(basic).toMatchObject({ status: 200, body: expect.stringContaining('"success":true,"accepted":1') });
			const inBody = await curl("-d", JSON.stringify({ ...body, messageId: `${call}-body`, writeKey: serverKey }), url);
			expect(inBody).toMatchObject({ status: 200, body: expect.stringContaining('"success":true,"accepted":1') });
			const ids = (await readEvents()).map(({ messageId }) => messageId);
			expect(ids).toEqual(expect.arrayContaining([`${call}-basic`, `${call}-body`]));
		},
	);

	it("takes a gzipped batch and its old name `import`", async () => {
		const batch = { batch: [{ type: "track", ...example.track, messageId: "import-1" }] };
		const body = gzipSync(JSON.stringify(batch));
		const response = await fetch(`${collector.url}/v1/import`, {
			method: "POST",
			headers: { authorization: `Basic ${btoa(`${serverKey}:`)}`, "content-encoding": "gzip" },
			body,
		});
		expect(response.status).toBe(200);
		expect((await readEvents()).map(({ messageId }) => messageId)).toContain("import-1");
	});

	it("makes one person of them all, the aliased one included", async () => {
		const old = { userId: example.alias.previousId, event: "Item Viewed" };
		await curl("-u", `${serverKey}:`, "-d", JSON.stringify(old), `${collector.url}/v1/track`);
		const journey = await readJourney("019mr8mf4r");
		expect(journey?.identities.map(({ value }) => value)).toEqual(
			expect.arrayContaining(["pgibbons@example.com", "39239-239239-239239-23923"]),
		);
		expect(new Set(journey?.touchpoints.map(({ type }) => type))).toEqual(
			new Set(["item_viewed", "item_purchased", "page_viewed", "screen_viewed"]),
		);
	});
});

describe("what clients ask first", () => {
	const ask = (path: string, headers: Record<string, string> = {}) => fetch(collector.url + path, { headers });

	it("names the address that was asked, with TLS where a proxy says so", async () => {
		const path = `/v1/projects/${collector.keys.write}/settings`;
		const [plain, secure] = await Promise.all([ask(path), ask(path, { "x-forwarded-proto": "https" })]);
		const { host } = new URL(collector.url);
		expect(await plain.json()).toMatchObject({
			integrations: { "Segment.io": { apiHost: `${host}/v1`, protocol: "http" } },
		});
		expect(await secure.json()).toMatchObject({
			integrations: { "Segment.io": { apiHost: `${host}/v1`, protocol: "https" } },
		});
	});

	it("answers neither without a write key", async () => {
		const wrong = collector.keys.write.replace(/.$/, (last) => (last === "a" ? "b" : "a"));
		const answers = await Promise.all([
			ask(`/v1/projects/${wrong}/settings`),
			ask(`/v1/projects/${collector.keys.read}/settings`),
			ask("/sourceConfig/"),
			ask(`/sourceConfig/?writeKey=${wrong}`),
		]);
		expect(answers.map(({ status }) => status)).toEqual([401, 401, 401, 401]);
	});
});
