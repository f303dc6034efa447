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

describe.each([
	["with the Navigation API", ""],
	[
		"with wrapped history",
		"delete window.navigation; Object.defineProperty(window, 'navigation', { value: undefined })",
	],
])("page views %s", (_name, init) => {
	test("one for each settled address, none for the same address, tracking parameters or fragments", async () => {
		const page = await open({ init });
		for (const step of [
			"history.pushState({}, '', '/a')",
			"history.replaceState({}, '', '/a')",
			"history.replaceState({}, '', '/a?utm_source=x&gclid=1')",
			"history.pushState({}, '', '/a#part')",
			"(history.replaceState({}, '', '/b?x=1'), history.pushState({}, '', '/b?x=2'))",
			"history.pushState({}, '', '/b?x=3')",
			"history.back()",
		]) {
			await page.evaluate(`void ${step}`);
			await page.evaluate("new Promise((done) => setTimeout(done, 250))");
		}
		const events = await sent(page);
		const searches = events.filter(({ type }) => type === "page").map(({ properties }) => properties?.search ?? "");
		expect(paths(events)).toEqual(["/", "/a", "/b", "/b", "/b"]);
		expect(searches).toEqual(["", "", "?x=2", "?x=3", "?x=2"]);
		expect(errors).toEqual([]);
	});
});

describe("page views", () => {
	test("a fragment is a page by option", async () => {
		const page = await open({ attributes: "data-hash" });
		await page.evaluate("void (location.hash = '/cart')");
		await page.evaluate("new Promise((done) => setTimeout(done, 250))");
		expect((await sent(page)).filter(({ type }) => type === "page").map(({ properties }) => properties?.url)).toEqual([
			`${site.url}/`,
			`${site.url}/#/cart`,
		]);
	});

	test("secrets in the address never leave the page", async () => {
		const page = await open({ path: "/?token=t0psecret&x=1", attributes: 'data-scrub="x"' });
		const text = JSON.stringify(await sent(page));
		expect(text).not.toContain("t0psecret");
		expect(text).toContain("token=*&x=*");
	});
});

describe("engaged time", () => {
	test("counts a visible, touched page and stops after 30 s without input (±1 s)", async () => {
		const page = await open({
			// The page's own clock runs forty times as fast, so that idling need not be waited for.
			init: "const real = performance.now.bind(performance); let shift = 0; performance.now = () => real() + shift; window.skip = (ms) => { shift += ms; };",
		});
		// Twenty seconds in steps below the limit at which a late tick counts as sleep.
		const wait = async (ms: number): Promise<void> => {
			for (let done = 0; done < ms; done += 1_000) {
				await page.evaluate("skip(1000)");
				await page.evaluate("dispatchEvent(new Event('focus'))");
			}
		};
		await page.mouse.move(10, 10);
		await wait(10_000);
		await page.mouse.move(20, 20);
		await wait(60_000);
		await page.evaluate("history.pushState({}, '', '/next')");
		await page.evaluate("new Promise((done) => setTimeout(done, 300))");
		const [report] = named(await sent(page), "Page Engaged").slice(-1);
		const { engagedMs, visibleMs } = (report as WireEvent).properties as { engagedMs: number; visibleMs: number };
		expect(Math.abs(engagedMs - 40_000)).toBeLessThan(2_000);
		expect(visibleMs).toBeGreaterThan(70_000);
	});

	test("a device asleep and a page out of focus count nothing", async () => {
		const page = await open({
			init: "const real = performance.now.bind(performance); let shift = 0; performance.now = () => real() + shift; window.skip = (ms) => { shift += ms; };",
		});
		await page.mouse.move(10, 10);
		await page.evaluate("skip(3600000)");
		await page.evaluate("new Promise((done) => setTimeout(done, 1200))");
		await page.evaluate("document.hasFocus = () => false; dispatchEvent(new Event('blur'))");
		await page.evaluate("new Promise((done) => setTimeout(done, 1500))");
		await page.evaluate("history.pushState({}, '', '/next')");
		await page.evaluate("new Promise((done) => setTimeout(done, 300))");
		const [report] = named(await sent(page), "Page Engaged").slice(-1);
		const { engagedMs, visibleMs } = (report as WireEvent).properties as { engagedMs: number; visibleMs: number };
		expect(engagedMs).toBeLessThan(4_000);
		expect(visibleMs).toBeLessThan(6_000);
		expect(visibleMs - engagedMs).toBeGreaterThan(1_000);
	});

	test("scroll depth is measured against the page as it has grown", async () => {
		const page = await open({ pages: { "/": body('<div id="tall" style="height:100px"></div>') } });
		await page.evaluate("void (tall.style.height = '6400px')");
		await page.evaluate("scrollTo(0, 900)");
		await page.evaluate("new Promise((done) => setTimeout(done, 1500))");
		await page.evaluate("history.pushState({}, '', '/next')");
		await page.evaluate("new Promise((done) => setTimeout(done, 300))");
		const [report] = named(await sent(page), "Page Engaged").slice(-1);
		expect(report?.properties?.scrollDepth).toBeGreaterThan(0.2);
		expect(report?.properties?.scrollDepth).toBeLessThan(0.3);
	});
});

describe("links", () => {
	test("one event a click: outbound, download, tel, mailto, nested, shadow, prevented, middle button; none inside", async () => {
		const page = await open({
			pages: {
				"/": body(`
					<a id="out" target="_blank" href="https://example.org/x?token=abc"><b><i id="inner">Out <br> there</i></b></a>
					<a id="file" href="/price.pdf" download>File</a> <a id="tel" href="tel:+862112345678">Call</a>
					<a id="mail" href="mailto:a@example.org">Mail</a> <a id="inside" href="#part">Inside</a>
					<a id="kept" href="https://example.org/kept" onclick="event.preventDefault(); event.stopImmediatePropagation()">Kept</a>
					<a id="silent" data-strand-ignore href="https://example.org/silent" onclick="return false">Silent</a>
					<button id="marked" data-strand-event="Price Asked" data-strand-plan="pro"><span id="label">Price</span></button>
					<div id="host"></div><script>
						host.attachShadow({ mode: "open" }).innerHTML = '<a id="deep" href="https://example.net/deep" target="_blank"><span>Deep</span></a>';
						document.addEventListener("click", (event) => { if (event.composedPath().some((node) => /^(tel|mail)$/.test(node.id))) event.preventDefault(); });
					</script>`),
			},
		});
		await page.evaluate("inner.click()");
		await page.evaluate("file.addEventListener('click', (event) => event.preventDefault()); file.click()");
		for (const id of ["tel", "mail", "inside", "kept", "silent"]) await page.evaluate(`${id}.click()`);
		await page.evaluate("label.click()");
		await page.evaluate("host.shadowRoot.querySelector('span').click()");
		await page.evaluate(
			"out.dispatchEvent(new MouseEvent('auxclick', { button: 1, bubbles: true, composed: true })); out.dispatchEvent(new MouseEvent('auxclick', { button: 2, bubbles: true }))",
		);
		const events = await sent(page);
		expect(named(events, "Link Clicked").map(({ properties }) => [properties?.kind, properties?.url])).toEqual([
			["outbound", "https://example.org/x?token=*"],
			["tel", "tel:+862112345678"],
			["mailto", "mailto:a@example.org"],
			["outbound", "https://example.org/kept"],
			["outbound", "https://example.net/deep"],
			["outbound", "https://example.org/x?token=*"],
		]);
		expect(named(events, "Link Clicked")[0]?.properties?.text).toBe("Out there");
		expect(named(events, "File Downloaded").map(({ properties }) => properties?.url)).toEqual([
			`${site.url}/price.pdf`,
		]);
		expect(named(events, "Price Asked").map(({ properties }) => properties)).toEqual([{ plan: "pro" }]);
	});
});

describe("campaign facts", () => {
	test("one touch for a campaign link, a walk inside, a reload and a payment page; macros are refused", async () => {
		const page = await open({
			path: "/?utm_source=ads&utm_campaign=spring&gclid=Cj0&msclkid={msclkid}&ttclid=__CLICKID__",
		});
		await page.click("#next");
		await ready(page);
		await page.goBack();
		await page.reload();
		await ready(page);
		await page.goto(`${site.url}/thanks?utm_source=bank`, { referer: "https://checkout.stripe.com/pay" });
		await ready(page);
		const views = (await sent(page)).filter(({ type }) => type === "page");
		expect(views[0]?.context).toMatchObject({
			campaign: { source: "ads", name: "spring" },
			clickIds: { gclid: "Cj0" },
		});
		expect(views.length).toBeGreaterThanOrEqual(4);
		expect(views.slice(1).filter(({ context }) => context?.campaign || context?.clickIds)).toEqual([]);
		expect(views.at(-1)?.properties?.referrer).toBe("");
		const touches = (await page.evaluate("strand.touches")) as { id: string }[];
		expect(touches.map(({ id }) => id)).toEqual([views[0]?.messageId]);
	});
});

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
