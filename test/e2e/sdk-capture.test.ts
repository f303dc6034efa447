/**
 * What the script captures, against scripted truth in a real Chromium: what must be sent and what must
 * not. The collector is the real one; what is looked at are the batches on their way to it.
 */

import type { BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
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
