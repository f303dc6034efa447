/**
 * The page comes first: whatever the page, its vendors or its browser are like, no error reaches it and
 * nothing is counted twice; and where there is any way, the events arrive all the same. Also what the
 * owner sees in debug mode, the stub, and the web vitals, which depend on what the engine measures.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { type EventRow, readRows } from "../support/api.ts";
import { NAMED_HOSTS } from "../support/engines.ts";
import { eventually } from "../support/eventually.ts";
import { body, named, openTheatre, paths, READY, type Stage } from "../support/stage.ts";

const theatre = openTheatre();

/** Another vendor's doing, before the script comes; with all of these the events must arrive. */
const HOSTILE_PAGES = {
	"frozen prototypes":
		"for (const one of [Object, Array, Function, Promise, String, EventTarget, Event, Node, Element, Document, History, Navigator, Storage]) Object.freeze(one.prototype);",
	"a fetch that throws": "window.fetch = () => { throw new Error('patched'); }",
	"a fetch that answers nothing": "window.fetch = () => undefined",
	"a fetch that refuses": "window.fetch = () => Promise.reject(new Error('patched'))",
	"a fetch that answers with something else": "window.fetch = async () => ({ ok: true, status: 200 })",
	"a fetch that answers for the collector": "window.fetch = async () => new Response('{}')",
	"storage that throws":
		"for (const [of, key] of [[window, 'localStorage'], [window, 'sessionStorage'], [document, 'cookie']]) Object.defineProperty(of, key, { get() { throw new DOMException('no', 'SecurityError'); }, set() { throw new DOMException('no', 'SecurityError'); } }); IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }",
	"missing APIs":
		"for (const name of ['BroadcastChannel', 'CompressionStream', 'fetchLater', 'indexedDB', 'navigation', 'requestIdleCallback']) { delete window[name]; Object.defineProperty(window, name, { value: undefined }); } Object.defineProperty(Navigator.prototype, 'locks', { value: undefined }); Object.defineProperty(Crypto.prototype, 'randomUUID', { value: undefined }); Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined }); Object.defineProperty(Performance.prototype, 'getEntriesByType', { value: undefined })",
	"a crypto that throws": "Crypto.prototype.getRandomValues = () => { throw new Error('no'); }",
};

/** Each alone, since what is missing in one place may be needed in another. */
const OPTIONAL = {
	indexedDB: "window",
	BroadcastChannel: "window",
	CompressionStream: "window",
	navigation: "window",
	requestIdleCallback: "window",
	locks: "Navigator.prototype",
	sendBeacon: "Navigator.prototype",
	randomUUID: "Crypto.prototype",
	subtle: "Crypto.prototype",
	timeOrigin: "Performance.prototype",
	getEntriesByType: "Performance.prototype",
	commit: "IDBTransaction.prototype",
};
for (const [name, owner] of Object.entries(OPTIONAL)) {
	(HOSTILE_PAGES as Record<string, string>)[`without ${name}`] =
		`try { delete ${owner}.${name}; } catch {} Object.defineProperty(${owner}, "${name}", { value: undefined });`;
}

describe("hostile pages (Chromium, Firefox, WebKit)", () => {
	const names = Object.keys(HOSTILE_PAGES);

	test("no error reaches the page, and each event arrives once", () =>
		theatre.play(
			async (stage) => {
				const { tab } = stage;
				for (const [n, name] of names.entries()) {
					await stage.visit(`/${n}`);
					await tab.run(`void strand.track("Hello", { n: ${n} }).then(strand.flush)`);
					await stage
						.came(({ event, properties }) => event === "Hello" && properties?.n === n)
						.catch((error) => {
							throw new Error(`${name}: ${error.message}`);
						});
					expect(await tab.run("errors"), name).toEqual([]);
				}
				const events = await stage.sent();
				for (const n of names.keys()) {
					expect(paths(events).filter((path) => path === `/${n}`).length, names[n]).toBe(1);
				}
			},
			{ pages: Object.fromEntries(names.map((name, n) => [`/${n}`, body("", HOSTILE_PAGES[name as "missing APIs"])])) },
		));
});

/** Notes what waits for another process of the browser, and what a start can do without. */
const COUNTING = `
	window.asked = [];
	const count = (owner, key) => {
		const found = Object.getOwnPropertyDescriptor(owner, key);
		for (const part of ["get", "set", "value"]) {
			const original = found[part];
			if (original) found[part] = function (...args) {
				asked.push(key + " " + (owner === Storage.prototype ? args[0] : part));
				return original.apply(this, args);
			};
		}
		Object.defineProperty(owner, key, found);
	};
	count(Document.prototype, "cookie");
	count(Storage.prototype, "getItem");
	count(Storage.prototype, "setItem");
	const Native = URL;
	window.URL = class extends Native { constructor(...args) { try { super(...args); } catch (error) { asked.push("URL thrown"); throw error; } } };`;

describe("what a start costs the page (Chromium, Firefox, WebKit)", () => {
	test("storage is read at the start and when the page begins to hear other tabs, no exception is thrown, afterwards nothing stored is read; only a visit's first page writes the id cookie", () =>
		theatre.play(
			async (stage) => {
				const { tab } = stage;
				const start = async (path: string): Promise<number[]> => {
					await tab.goto(`http://${NAMED_HOSTS.insecure}:${new URL(stage.site.url).port}${path}`);
					await tab.until(READY);
					await stage.hasPart("late");
					await tab.run("void strand.track('Hello', { n: 1 }).then(strand.flush)");
					await stage.sent();
					const asked = await tab.run<string[]>("asked");
					await tab.run("void strand.track('Hello', { n: 2 }).then(strand.flush)");
					await stage.sent();
					expect(await tab.run("asked")).toEqual(asked);
					const times = (what: RegExp): number => asked.filter((one) => what.test(one)).length;
					return [/cookie get/, /cookie set/, /getItem strand$/, /setItem strand$/, /URL/].map(times);
				};
				// The cookie: the owner's own visit, the id (twice), whether it is right, and whether the browser took it for the domain.
				// The record: where that was, and the visit.
				expect(await start("/")).toEqual([5, 1, 2, 2, 0]);
				expect(await start("/next")).toEqual([4, 0, 2, 0, 0]);
				// Half an hour later a visit begins: the cookie is renewed.
				await tab.run(
					"void (localStorage.strand = localStorage.strand.replace(/(?<=lastAt.:)\\d+/, (at) => at - 1_860_000))",
				);
				expect(await start("/later")).toEqual([5, 1, 2, 2, 0]);
			},
			{ pages: { "/": body("", COUNTING), "/next": body("", COUNTING), "/later": body("", COUNTING) } },
		));
});

describe("the place where the script runs", () => {
	test("an insecure context, without locks and digests: everything arrives (Chromium, Firefox, WebKit)", () =>
		theatre.play(async (stage) => {
			await stage.tab.goto(`http://${NAMED_HOSTS.insecure}:${new URL(stage.site.url).port}/`);
			await stage.tab.until(READY);
			expect(await stage.tab.run("[isSecureContext, !!navigator.locks, !!crypto.subtle]")).toEqual([
				false,
				false,
				false,
			]);
			expect(paths(await stage.sent())).toEqual(["/"]);
			expect(await stage.tab.run("errors")).toEqual([]);
		}));

	test("a browser older than the code: the script leaves it alone (Chromium, Firefox, WebKit)", () =>
		theatre.play(
			async (stage) => {
				await stage.tab.goto(`${stage.site.url}/`);
				await stage.tab.until("document.readyState === 'complete'");
				expect(await stage.tab.run("[!!window.strand, ...errors]")).toEqual([false]);
			},
			{ pages: { "/": body("", "delete Event.prototype.composedPath") } },
		));

	test("a policy with nonce and Trusted Types: runs, loads its part, breaks no rule (Chromium, Firefox, WebKit)", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.tab.until("document.querySelector('script[src*=strand-forms]')");
				expect(paths(await stage.sent())).toEqual(["/"]);
				expect(await stage.tab.run("broken")).toEqual([]);
			},
			{
				attributes: 'nonce="abc"',
				pages: {
					"/": {
						html: `<!doctype html><title>Strict</title><script nonce="abc">window.broken = []; document.addEventListener("securitypolicyviolation", ({ violatedDirective }) => broken.push(violatedDirective)); addEventListener("error", ({ message }) => broken.push(message));</script>{{tag}}`,
						headers: {
							"content-security-policy":
								"default-src 'none'; img-src *; script-src 'nonce-abc'; require-trusted-types-for 'script'; trusted-types strand; connect-src http:",
						},
					},
				},
			},
		));
});

describe("the page's own faults (Chromium, Firefox, WebKit)", () => {
	test("a throwing beforeSend drops that event alone and is told of; circular properties and a throwing onError too", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.tab.run(
					"void (strand.track('Bad', { secret: 'h1dden' }), strand.track('Loop', loop), strand.track('Dropped'), strand.track('Good', { n: 1 }))",
				);
				const events = await stage.sent();
				expect(named(events, "Good").map(({ properties }) => properties)).toEqual([{ n: 1, seen: true }]);
				expect(paths(events)).toEqual(["/"]);
				for (const name of ["Bad", "Loop", "Dropped"]) expect(named(events, name)).toEqual([]);
				expect(stage.proxy.wire.join()).not.toContain("h1dden");
				expect(await stage.tab.run("told.map((error) => error.name)")).toEqual(["RangeError", "TypeError"]);
				expect(await stage.tab.run("errors")).toEqual([]);
			},
			{
				pages: {
					"/strand.mjs": {
						html: readFileSync(join(import.meta.dirname, "../../dist/strand.mjs"), "utf8"),
						headers: { "content-type": "text/javascript" },
					},
					"/": {
						html: `<!doctype html><title>Faulty</title>{{watch}}<script>window.told = []; window.loop = {}; loop.loop = loop; </script><script type="module">
							import { init } from "/strand.mjs";
							window.strand = init({
								writeKey: "{{key}}",
								endpoint: "{{collector}}",
								beforeSend(event) {
									if (event.event === "Bad") throw new RangeError("filter");
									if (event.event === "Dropped") return null;
									return event.event === "Good" ? { ...event, properties: { ...event.properties, seen: true } } : event;
								},
								onError(error) { told.push(error); throw error; },
							});
						</script>`,
					},
				},
			},
		));

	test("at its third internal error the script says so once, without a word of the page's, and stops", () =>
		theatre.play(async (stage) => {
			await stage.visit();
			expect(paths(await stage.sent())).toEqual(["/"]);
			await stage.hasPart("late");
			await stage.tab.run("void (document.hasFocus = () => { throw new TypeError('t0psecret'); })");
			await stage.tab.run("void [1, 2, 3, 4].forEach(() => dispatchEvent(new Event('focus')))");
			const stopped = await stage.came(({ event }) => event === "Script Stopped");
			expect(stopped.properties).toEqual({ error: "TypeError", place: expect.stringMatching(/^(:\d+:\d+)?$/) });
			await eventually(() => stage.proxy.requests.every(({ status }) => status === 200));
			stage.proxy.clear();
			await stage.tab.run("strand.track('After', {}, { critical: true })");
			await stage.tab.run("(history.pushState({}, '', '/after'), new Promise((done) => setTimeout(done, 1300)))");
			expect(stage.proxy.requests).toEqual([]);
			expect(await stage.tab.run("errors")).toEqual([]);
			expect(stage.proxy.wire.join()).not.toContain("t0psecret");
			await stage.visit("/next");
			expect(paths(await stage.sent())).toEqual(["/next"]);
		}));

	test("the script twice, and its bundle beside it: nothing is counted twice", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.tab.until("document.readyState === 'complete'");
				await stage.hasPart("late");
				await stage.tab.run("void strand.track('Fine')");
				await stage.tab.run("(history.pushState({}, '', '/next'), new Promise((done) => setTimeout(done, 150)))");
				const events = await stage.sent();
				expect(paths(events)).toEqual(["/", "/next"]);
				expect(named(events, "Fine").length).toBe(1);
				expect(await stage.tab.run("errors")).toEqual([]);
			},
			{ pages: { "/": { html: "<!doctype html><title>Twice</title>{{watch}}{{tag}}{{tag}}" } } },
		));
});

const STUB = readFileSync(join(import.meta.dirname, "../../dist/strand-stub.js"), "utf8");
const CALLS = `strand.track("Early", { at: location.host }); strand.identify("u " + location.host, { plan: "pro" }); strand.track("Later " + location.host);`;
const withStub = (tag: string, calls: string): { html: string } => ({
	html: `<!doctype html><title>Stub</title>{{watch}}<script>const STRAND_URL = "{{collector}}/v1/batch?writeKey={{key}}";${STUB}${calls}</script>${tag}<body>`,
});

describe("the stub (Chromium, Firefox, WebKit)", () => {
	/** What the collector holds of this site's calls. */
	async function readStubEvents({ collector, site }: Stage): Promise<EventRow[]> {
		const { host } = new URL(site.url);
		const events = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		return events.filter((event) => JSON.stringify(event).includes(host) && !event.anonymousId);
	}

	test("sends what was called when the script never came, unless the visitor refused; hands it over when it came", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				const { host } = new URL(stage.site.url);
				await tab.goto(`${stage.site.url}/never`);
				const [openedAt, at] = await tab.run<[number, number]>("[performance.timeOrigin, Date.now()]");
				await tab.goto("about:blank");
				await eventually(() => proxy.requests[0]?.status === 200);
				const calls = await readStubEvents(stage);
				expect(calls.length).toBe(3);
				for (const call of [
					{ type: "track", name: "Early", properties: { at: host } },
					{ type: "identify", userId: `u ${host}`, traits: { plan: "pro" } },
					{ type: "track", name: `Later ${host}` },
				]) {
					expect(calls).toContainEqual(expect.objectContaining(call));
				}
				// Two clocks of one machine, and a second for what the collector makes of the way.
				for (const { timestamp } of calls) {
					expect(Date.parse(timestamp)).toBeGreaterThan(openedAt - 1_000);
					expect(Date.parse(timestamp)).toBeLessThan(at + 1_000);
				}
				proxy.clear();
				await tab.goto(`${stage.site.url}/refused`);
				await tab.goto(`${stage.site.url}/came`);
				await tab.until("typeof strand.version === 'string'");
				const events = await stage.sent();
				expect(named(events, "Early").map(({ properties, userId }) => [properties, userId])).toEqual([
					[{ at: host }, undefined],
				]);
				expect(named(events, `Later ${host}`).map(({ userId }) => userId)).toEqual([`u ${host}`]);
				await tab.goto("about:blank");
				expect(named(proxy.events(), "Early").length).toBe(1);
			},
			{
				pages: {
					"/never": withStub("", CALLS),
					"/refused": withStub("", `${CALLS} strand.consent("denied");`),
					"/came": withStub("{{tag}}", CALLS),
				},
			},
		));
});

describe("a browser too old for the script (Chromium, Firefox, WebKit: which are given a newer syntax than they read)", () => {
	test("goes on with its page: the early calls are no errors, and leave by the stub's beacon where there are beacons", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				const { host } = new URL(stage.site.url);
				for (const path of ["/old", "/older"]) {
					await tab.goto(stage.site.url + path);
					await tab.until("document.readyState === 'complete'");
					// The browser's own word on a script that it cannot read.
					expect(
						(await tab.run<string[]>("errors")).filter((error) => !/SyntaxError|Script error/.test(error)),
					).toEqual([]);
					await tab.run("void strand.track('Called later')");
					expect(await tab.run("typeof strand.version")).toBe("undefined");
				}
				await tab.goto("about:blank");
				await eventually(() => proxy.requests[0]?.status === 200);
				const names = (await readRows<EventRow>(stage.collector.url, stage.collector.keys.read, "/v1/events"))
					.filter((event) => JSON.stringify(event).includes(host))
					.map(({ name }) => name);
				expect(names).toContain("Early");
				expect(proxy.requests.length).toBe(1);
			},
			{
				pages: {
					"/too-new.js": { html: "syntax of another decade", headers: { "content-type": "text/javascript" } },
					"/old": withStub('<script async src="/too-new.js" data-write-key="{{key}}"></script>', CALLS),
					"/older": withStub(
						'<script async src="/too-new.js" data-write-key="{{key}}"></script>',
						`Object.defineProperty(Navigator.prototype, "sendBeacon", { value: undefined }); ${CALLS}`,
					),
				},
			},
		));
});

describe("the debug overlay (Chromium, Firefox, WebKit)", () => {
	test("comes on demand only, and shows what is captured, waits, is answered and is dropped", () =>
		theatre.play(async (stage) => {
			const text = "document.querySelector('strand-debug').shadowRoot.textContent";
			await stage.visit();
			expect(await stage.tab.run("!!document.querySelector('strand-debug, script[src*=debug]')")).toBe(false);
			await stage.visit("/?strand_debug");
			await stage.tab.until(`${text}.includes("page")`);
			await stage.came(({ properties }) => properties?.title === "Page /" && properties.url === `${stage.site.url}/`);
			await stage.tab.until(`/, 0 waiting, [1-9]\\d* accepted, 0 dropped/.test(${text})`);
			await stage.tab.run(`void strand.track("<b>Seen</b>", { n: "<i>1</i>" }).then(strand.flush)`);
			await stage.tab.until(`${text}.includes('+ track <b>Seen</b> {"n":"<i>1</i>"}')`);
			await stage.tab.until(`/→ \\d events/.test(${text}) && /← 200, \\d accepted/.test(${text})`);
			// One that the collector refuses, and one that nobody takes.
			await stage.tab.run(`void strand.track("x".repeat(40000)).then(strand.flush)`);
			await stage.tab.until(`/✗ event_too_large/.test(${text}) && /, 1 dropped/.test(${text})`);
			expect(await stage.tab.run("errors")).toEqual([]);
			await stage.tab.run("strand.flush()");
			expect(stage.proxy.wire.join()).not.toContain("strand_debug=");
		}));
});

/** What each engine, as installed, measures. */
const METRICS = {
	Chromium: ["CLS", "FCP", "INP", "LCP", "TTFB"],
	// INP from the Firefox on that tells which events are one interaction (144).
	Firefox: ["FCP", "INP", "LCP", "TTFB"],
	WebKit: ["FCP", "TTFB"],
};

describe("web vitals (Chromium, Firefox, WebKit: each what it measures)", () => {
	test("each metric once, with a value that the page really had", () =>
		theatre.play(
			async (stage) => {
				const { tab, engine } = stage;
				await stage.visit();
				await stage.hasPart("vitals");
				const knowsInteractions = await tab.run<boolean>(
					"typeof PerformanceEventTiming === 'function' && 'interactionId' in PerformanceEventTiming.prototype",
				);
				await tab.run("new Promise((done) => setTimeout(done, 200))");
				// Half a second after an input a shift would be the visitor's own.
				await tab.run("new Promise((done) => { shifter.style.height = '300px'; setTimeout(done, 200); })");
				await tab.click("#slow");
				// Firefox tells what a click cost some time after it, Chromium at the latest when the page is hidden.
				if (engine === "Firefox" && knowsInteractions) await tab.until("window.isMeasured");
				await tab.run("new Promise((done) => requestAnimationFrame(() => setTimeout(done, 100)))");
				// Hidden and shown again: the metrics so far are told, and not told again.
				await tab.hide();
				await tab.until("document.visibilityState === 'hidden'");
				await tab.show();
				await tab.until("document.visibilityState === 'visible'");
				await stage.visit("/next");
				const wanted = METRICS[engine].filter((name) => name !== "INP" || knowsInteractions);
				const vitalsIn = (events: readonly WireEvent[]) =>
					named(events, "Web Vital").filter(({ context }) => JSON.stringify(context).includes('"/"'));
				const vitals = vitalsIn(await stage.sent(tab, (events) => vitalsIn(events).length >= wanted.length));
				const values = Object.fromEntries(
					vitals.map(({ properties }) => [properties?.name, Number(properties?.value)]),
				);
				expect(vitals.map(({ properties }) => properties?.name).sort()).toEqual(wanted);
				expect(new Set(vitals.map(({ properties }) => properties?.id)).size).toBe(vitals.length);
				expect(values.FCP).toBeGreaterThan(0);
				if ("LCP" in values) expect(values.LCP).toBeGreaterThanOrEqual(values.FCP as number);
				if ("INP" in values) expect(values.INP).toBeGreaterThanOrEqual(120);
				if (engine !== "Chromium") return;
				expect(values.CLS).toBeGreaterThan(0.01);
				expect(values.CLS).toBeLessThan(1);
			},
			{
				attributes: "data-vitals",
				pages: {
					"/": {
						// WebKit measures whole milliseconds, and a first byte after 0 of them counts as not measured.
						delayMs: 20,
						...body(
							`<div id="shifter"></div><h1 style="font-size:80px">A large heading</h1><button id="slow">Slow</button><p style="font-size:60px">Moved</p>
						<script>
							const look = (entries) => { if (entries.getEntries().some(({ interactionId }) => interactionId)) window.isMeasured = true; };
							new PerformanceObserver(look).observe({ type: "event", durationThreshold: 16 });
							slow.addEventListener("click", () => { const until = performance.now() + 150; while (performance.now() < until); });</script>`,
						),
					},
				},
			},
		));
});
