/**
 * What the script captures, against scripted truth in a real Chromium: what must be sent and what must
 * not. The collector is the real one; what is looked at are the batches on their way to it.
 */

import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { JsonObject, WireEvent } from "../../sdk/wire.ts";
import { chromium } from "../support/browsers.ts";
import { type RunningCollector, startCollector } from "../support/collector.ts";
import { eventually } from "../support/eventually.ts";
import { type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { type Site, type SitePage, startSite } from "../support/site.ts";

let collector: RunningCollector;
let context: BrowserContext;
let proxy: FaultProxy;
let site: Site;
let errors: string[] = [];

beforeAll(async () => {
	collector = await startCollector();
}, 60_000);
afterAll(() => collector.stop());
afterEach(async () => {
	await context.close();
	await site.close();
	await proxy.close();
});

/** Opens the site's first page in a fresh profile and waits until the script runs. */
async function open(
	options: { pages?: Record<string, SitePage>; attributes?: string; path?: string; init?: string } = {},
): Promise<Page> {
	proxy = await startFaultProxy(collector.url);
	site = await startSite({
		collector: proxy.url,
		writeKey: collector.keys.write,
		...(options.pages && { pages: options.pages }),
		...(options.attributes && { attributes: options.attributes }),
	});
	context = await chromium();
	errors = [];
	const page = await context.newPage();
	page.on("pageerror", (error) => errors.push(String(error)));
	if (options.init) await page.addInitScript(options.init);
	await page.goto(site.url + (options.path ?? "/"));
	await ready(page);
	return page;
}

const ready = (page: Page): Promise<void> => eventually(() => page.evaluate("!!(window.strand && strand.version)"));

/** Everything that came so far, each event once, after what the page still holds was sent. */
async function sent(page: Page): Promise<WireEvent[]> {
	await page.evaluate("strand.flush()");
	await eventually(() => proxy.isQuiet(600));
	return Array.from(new Map(proxy.events().map((event) => [event.messageId, event])).values());
}

const paths = (events: WireEvent[]): unknown[] =>
	events.filter(({ type }) => type === "page").map(({ properties }) => properties?.path);
const named = (events: WireEvent[], name: string): WireEvent[] => events.filter(({ event }) => event === name);
const body = (html: string): SitePage => ({ html: `<!doctype html><title>Test</title>{{tag}}<body>${html}</body>` });

describe("forms", () => {
	test("how a form was filled, and not one byte of what was typed", async () => {
		const page = await open({
			pages: {
				"/": body(
					'<form id="contact" action="/sent" onsubmit="return false"><input name="who"><input name="pass" type="password"><input name="own" data-strand-ignore><button>Go</button></form>',
				),
			},
		});
		await page.waitForSelector("script[src*=strand-forms]", { state: "attached" });
		await page.evaluate("new Promise((done) => setTimeout(done, 500))");
		await page.type("[name=who]", "Zaphod");
		await page.press("[name=who]", "Backspace");
		await page.type("[name=pass]", "Heart0fGold");
		await page.type("[name=own]", "Magrathea");
		await page.type("[name=who]", "x");
		await page.click("button");
		const events = await sent(page);
		expect(named(events, "Form Started").length).toBe(1);
		expect(named(events, "Form Submitted")[0]?.properties).toMatchObject({
			form: "contact",
			fields: 1,
			deletions: 1,
			rewrites: 1,
			lastField: "who",
		});
		expect(JSON.stringify(proxy.requests)).not.toMatch(/Zaph|Heart|Magra/);
	});
});

describe("consent", () => {
	const stored = `Promise.all([indexedDB.databases(), document.cookie, JSON.stringify(localStorage)]).then(([bases, cookie, local]) => bases.map(({ name }) => name).join() + cookie + local)`;

	test("before it nothing is stored or sent; after it the facts go with their true times; withdrawal clears", async () => {
		const page = await open({ attributes: 'data-consent="denied"' });
		await page.evaluate("void strand.track('Before')");
		const before = Date.now();
		await page.evaluate("new Promise((done) => setTimeout(done, 2500))");
		expect(proxy.requests).toEqual([]);
		expect(await page.evaluate(stored)).toBe("{}");
		await page.evaluate("strand.consent('granted')");
		const events = await sent(page);
		const [fact] = named(events, "Before");
		expect(Math.abs(Date.parse(String(fact?.originalTimestamp)) - before)).toBeLessThan(1_000);
		expect(paths(events)).toEqual(["/"]);
		expect(events.find(({ type }) => type === "consent")?.traits).toEqual({ analytics: true, stitching: true });
		expect(await page.evaluate(stored)).toContain("strand_id");
		await page.evaluate("strand.consent('denied')");
		await page.evaluate("void strand.track('After')");
		await page.evaluate("new Promise((done) => setTimeout(done, 1500))");
		expect(proxy.events().at(-1)).toMatchObject({ type: "consent", traits: { analytics: false, stitching: false } });
		expect(named(proxy.events(), "After")).toEqual([]);
		expect(await page.evaluate(stored)).toBe("{}");
	});

	test("anonymous: events without any id, and nothing stored", async () => {
		const page = await open({ attributes: 'data-consent="anonymous"' });
		await page.evaluate("void strand.track('Seen')");
		const [event] = named(await sent(page), "Seen");
		expect(event).toBeDefined();
		expect(event?.anonymousId).toBeUndefined();
		expect(event?.context?.strand).not.toHaveProperty("device");
		expect(await page.evaluate(stored)).toBe("{}");
	});

	test("Global Privacy Control: no click ids by default, nothing at all by option", async () => {
		const init = "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { value: true })";
		const page = await open({ init, path: "/?gclid=1&utm_source=x" });
		const [view] = await sent(page);
		expect(view?.context).toMatchObject({ gpc: true, campaign: { source: "x" } });
		expect(view?.context?.clickIds).toBeUndefined();
	});
});

describe("identity", () => {
	test("reset and another user begin a new device history; placeholders are refused", async () => {
		const page = await open();
		const first = await page.evaluate("strand.anonymousId");
		await page.evaluate("strand.identify('u1', { email: 'a@example.org' })");
		await page.evaluate("strand.identify('null')");
		await page.evaluate("strand.identify('u2')");
		const second = await page.evaluate("strand.anonymousId");
		await page.evaluate("strand.reset()");
		expect(await page.evaluate("strand.userId")).toBeUndefined();
		const events = await sent(page);
		expect(second).not.toBe(first);
		expect(
			events
				.filter(({ type }) => type !== "page" && type !== "track")
				.map(({ type, anonymousId, userId }) => [type, anonymousId, userId]),
		).toEqual([
			["identify", first, "u1"],
			["reset", first, "u1"],
			["identify", second, "u2"],
			["reset", second, "u2"],
		]);
	});

	test("sequence numbers have no gaps, and repeats none either", async () => {
		const page = await open();
		await page.evaluate("(() => { for (let n = 0; n < 30; n++) strand.track('Counted', { n }); })()");
		const numbers = (await sent(page))
			.map(({ context }) => Number((context?.strand as JsonObject | undefined)?.seq))
			.sort((a, b) => a - b);
		expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
	});
});

describe("the page comes first", () => {
	const NOISE = "const { fetch } = window; Object.freeze(Object.prototype); Object.freeze(Array.prototype);";

	test.each([
		["frozen prototypes", NOISE],
		["a fetch that throws", "window.fetch = () => { throw new Error('patched'); }"],
		["a fetch that answers nothing", "window.fetch = () => undefined"],
		[
			"no BroadcastChannel, CompressionStream, locks or fetchLater",
			"for (const name of ['BroadcastChannel', 'CompressionStream', 'fetchLater']) delete window[name]; Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })",
		],
		["a very old browser", "delete Event.prototype.composedPath"],
	])("%s: no error reaches the page", async (_name, init) => {
		proxy = await startFaultProxy(collector.url);
		site = await startSite({ collector: proxy.url, writeKey: collector.keys.write });
		context = await chromium();
		const page = await context.newPage();
		errors = [];
		page.on("pageerror", (error) => errors.push(String(error)));
		await page.addInitScript(
			`addEventListener("unhandledrejection", (event) => { window.rejected = String(event.reason); }); ${init}`,
		);
		await page.goto(site.url);
		await page.evaluate("new Promise((done) => setTimeout(done, 1500))");
		await page.evaluate("window.strand?.track?.('Hello')");
		await page.evaluate("new Promise((done) => setTimeout(done, 300))");
		expect(errors).toEqual([]);
		expect(await page.evaluate("window.rejected")).toBeUndefined();
	});

	test("a strict policy with nonce and Trusted Types: runs, loads its part, breaks nothing", async () => {
		const page = await open({
			pages: {
				"/": {
					html: "<!doctype html><title>Strict</title>{{tag}}",
					headers: {
						"content-security-policy":
							"script-src 'nonce-abc'; require-trusted-types-for 'script'; trusted-types strand; connect-src *",
					},
				},
			},
			attributes: 'nonce="abc"',
		});
		await page.waitForSelector("script[src*=strand-forms]", { state: "attached" });
		expect(paths(await sent(page))).toEqual(["/"]);
		expect(errors).toEqual([]);
	});

	test("a throwing beforeSend, circular properties and a second copy of the script: no error, no double count", async () => {
		const page = await open({ pages: { "/": { html: "<!doctype html><title>Twice</title>{{tag}}{{tag}}" } } });
		await page.evaluate("(() => { const loop = {}; loop.loop = loop; strand.track('Loop', loop); })()");
		await page.evaluate("void strand.track('Fine')");
		const events = await sent(page);
		expect(paths(events)).toEqual(["/"]);
		expect(named(events, "Fine").length).toBe(1);
		expect(named(events, "Loop").length).toBe(0);
		expect(errors).toEqual([]);
	});

	test("own visits are kept out by a link, and the debug overlay is loaded on demand only", async () => {
		const page = await open({ path: "/?strand_debug" });
		await page.waitForFunction("document.querySelector('strand-debug')?.shadowRoot.textContent.includes('captured')");
		proxy.clear();
		await page.goto(`${site.url}/?strand_ignore=1`);
		await ready(page);
		await page.goto(`${site.url}/again`);
		await ready(page);
		await page.evaluate("void strand.track('Own')");
		await eventually(() => proxy.isQuiet(1_500));
		expect(named(proxy.events(), "Own")).toEqual([]);
		expect(paths(proxy.events()).filter((path) => path === "/again")).toEqual([]);
	});
});
