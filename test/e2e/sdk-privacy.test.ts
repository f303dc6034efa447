/**
 * What the visitor and the owner decide, and who the visitor is: consent, the browser's own signals, own
 * visits, identity over tabs, domains and the back/forward cache. In real browsers, with the stores looked into.
 */

import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../sdk/wire.ts";
import { settle } from "../support/collector.ts";
import { CHROMIUM, ENGINES, type Tab } from "../support/engines.ts";
import { eventually } from "../support/eventually.ts";
import { body, named, openTheatre, paths, READY, type Stage } from "../support/stage.ts";

const theatre = openTheatre();

/** All that a page of this origin can have stored. */
const STORED = `indexedDB.databases().then((bases) => bases.map(({ name }) => name).join() + document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage))`;
const NOTHING = "{}{}";

/** A database is deleted some time after it was asked for. */
const holdsNothing = (tab: Tab): Promise<void> =>
	tab.until(`(${STORED}).then((all) => all === ${JSON.stringify(NOTHING)})`);

/** Holds after whatever the script was about to do: its first batch leaves a second after the start. */
const settleIn = (stage: Stage): Promise<unknown> => stage.tab.run("new Promise((done) => setTimeout(done, 1300))");

describe("consent (Chromium, Firefox, WebKit)", () => {
	test("before it nothing is stored or sent; after it the facts go with their true times; withdrawal clears", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				await stage.visit("/?utm_source=ads");
				const before = await tab.run<number>("(strand.track('Before'), Date.now())");
				await stage.hasPart("late");
				await tab.run("(history.pushState({}, '', '/later'), 0)");
				await settleIn(stage);
				expect(proxy.requests).toEqual([]);
				expect(await tab.run(STORED)).toBe(NOTHING);
				expect(await tab.run("strand.anonymousId")).toBe("");

				const grantedAt = await tab.run<number>("Date.now()");
				await tab.run("strand.consent('granted')");
				const events = await stage.sent();
				const [fact] = named(events, "Before");
				expect(Math.abs(Date.parse(String(fact?.originalTimestamp)) - before)).toBeLessThan(500);
				expect(grantedAt - Date.parse(String(fact?.originalTimestamp))).toBeGreaterThan(1_000);
				expect(paths(events)).toEqual(["/", "/later"]);
				expect(events.find(({ type }) => type === "page")?.context?.campaign).toEqual({ source: "ads" });
				expect(events.find(({ type }) => type === "consent")?.traits).toEqual({ analytics: true, stitching: true });
				expect(await tab.run(STORED)).toMatch(/strand.*strand_id/);
				const granted = await tab.run<string>("strand.anonymousId");

				await tab.run("strand.consent('denied')");
				await stage.came(({ type, traits }) => type === "consent" && traits?.analytics === false);
				const sent = proxy.requests.length;
				await tab.run("void strand.track('After')");
				await settleIn(stage);
				expect(proxy.requests.length).toBe(sent);
				expect(proxy.events().at(-1)).toMatchObject({ type: "consent", anonymousId: granted });
				await holdsNothing(tab);

				await tab.run("strand.consent('granted')");
				const later = await stage.sent();
				expect(named(later, "After")).toEqual([]);
				expect(await tab.run("strand.anonymousId")).not.toBe(granted);
				expect(await tab.run("errors")).toEqual([]);
			},
			{ attributes: 'data-consent="denied"' },
		));

	test("a withdrawal calls back what was to survive a crash (Chromium: fetchLater)", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				proxy.fault = ({ events }) =>
					events.some(({ type }) => type === "consent") ? undefined : { status: 503, headers: { "Retry-After": "60" } };
				await stage.visit();
				await tab.run("void strand.track('Waiting')");
				// Reading time is noted every five seconds, and with it the request is armed.
				await tab.until("armed.length > 0");
				await eventually(() => proxy.requests.length > 0);
				expect(await tab.run("armed.filter(({ aborted }) => !aborted).length")).toBe(1);
				proxy.clear();
				await tab.run("strand.consent('denied')");
				await stage.came(({ type }) => type === "consent");
				expect(await tab.run("armed.filter(({ aborted }) => !aborted).length")).toBe(0);
				await tab.goto("about:blank");
				await eventually(() => proxy.isQuiet(1_000));
				expect(proxy.events().map(({ type }) => type)).toEqual(["consent"]);
			},
			{
				pages: {
					"/": body(
						"",
						"const real = window.fetchLater; window.armed = []; window.fetchLater = (url, options) => { armed.push(options.signal); return real.call(window, url, options); };",
					),
				},
			},
			CHROMIUM,
		));

	test("the last word of one moment counts", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.tab.run("void (strand.consent('granted'), strand.consent('denied'), strand.track('Torn'))");
				await settleIn(stage);
				expect(paths(stage.proxy.events())).toEqual([]);
				expect(named(stage.proxy.events(), "Torn")).toEqual([]);
				await holdsNothing(stage.tab);
			},
			{ attributes: 'data-consent="denied"' },
		));

	test("a choice made before the script came is the first that it knows", () =>
		theatre.play(
			async (stage) => {
				await stage.visit("/refused");
				await stage.tab.run("void strand.track('Refused')");
				await settleIn(stage);
				expect(stage.proxy.requests).toEqual([]);
				expect(await stage.tab.run(STORED)).toBe(NOTHING);
				await stage.visit("/agreed");
				const events = await stage.sent();
				expect(named(events, "Early").length).toBe(1);
				expect(events.filter(({ type }) => type === "consent").map(({ traits }) => traits?.analytics)).toEqual([true]);
				// A known visitor's refusal is told once, and what was kept of him goes.
				stage.proxy.clear();
				await stage.visit("/refused");
				await stage.came(({ type, traits }) => type === "consent" && traits?.analytics === false);
				await settleIn(stage);
				expect(paths(stage.proxy.events())).toEqual([]);
				expect(named(stage.proxy.events(), "Early")).toEqual([]);
				await holdsNothing(stage.tab);
			},
			{
				pages: {
					"/refused": body(
						"",
						"window.strand = { q: [['consent', ['denied'], Date.now()], ['track', ['Early'], Date.now()]] };",
					),
					"/agreed": body(
						"",
						"window.strand = { q: [['track', ['Early'], Date.now()], ['consent', ['granted'], Date.now()]] };",
					),
				},
			},
		));

	test("anonymous: events without any id, and nothing stored", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.tab.run("void (strand.identify('u1'), strand.track('Seen'))");
				const events = await stage.sent();
				expect(named(events, "Seen").length).toBe(1);
				for (const event of events) {
					expect(event.anonymousId).toBeUndefined();
					expect(event.context?.strand).not.toHaveProperty("device");
				}
				expect(named(events, "Seen")[0]).not.toHaveProperty("userId");
				expect(await stage.tab.run(STORED)).toBe(NOTHING);
			},
			{ attributes: 'data-consent="anonymous"' },
		));

	test.each([
		["gpc=deny and Global Privacy Control", "data-gpc=deny", "globalPrivacyControl", "true"],
		["dnt and Do Not Track", "data-dnt", "doNotTrack", "'1'"],
	])("%s: nothing at all", (_name, attributes, signal, value) =>
		theatre.play(
			async (stage) => {
				await stage.visit("/?gclid=1");
				await stage.tab.run("void strand.track('Seen')");
				await settleIn(stage);
				expect(stage.proxy.requests).toEqual([]);
				expect(await stage.tab.run(STORED)).toBe(NOTHING);
			},
			{
				attributes,
				pages: { "/": body("", `Object.defineProperty(Navigator.prototype, "${signal}", { value: ${value} })`) },
			},
		),
	);

	test("Global Privacy Control by default: the visit counts, click ids and the way to other domains do not", () =>
		theatre.play(
			async (stage) => {
				await stage.visit("/?gclid=1&utm_source=x");
				const [view] = await stage.sent();
				expect(view?.context).toMatchObject({ gpc: true, campaign: { source: "x" } });
				expect(view?.context?.clickIds).toBeUndefined();
			},
			{
				pages: { "/": body("", 'Object.defineProperty(Navigator.prototype, "globalPrivacyControl", { value: true })') },
			},
		));
});

describe("two tabs of one visitor (Chromium, Firefox, WebKit)", () => {
	test("identify, reset and consent in one are known in the other", () =>
		theatre.play(async (stage) => {
			const { tab: one } = stage;
			await stage.visit("/one");
			const two = await stage.visitor.newTab("back");
			await stage.visit("/two", two);
			const device = await one.run<string>("strand.anonymousId");
			expect(await two.run("strand.anonymousId")).toBe(device);
			await one.run("strand.identify('u1')");
			await two.until("strand.userId === 'u1'");
			await two.run("void strand.track('Known')");
			await two.run("strand.reset()");
			await one.until("!strand.userId");
			const next = await two.run<string>("strand.anonymousId");
			expect(next).not.toBe(device);
			expect(await one.run("strand.anonymousId")).toBe(next);
			await one.run("void strand.track('Fresh')");
			const events = [...(await stage.sent(two)), ...(await stage.sent(one))];
			expect(named(events, "Known")[0]).toMatchObject({ userId: "u1", anonymousId: device });
			expect(named(events, "Fresh")[0]).toMatchObject({ anonymousId: next });
			expect(named(events, "Fresh")[0]).not.toHaveProperty("userId");
			await one.run("strand.consent('denied')");
			await two.until("!strand.anonymousId");
			stage.proxy.clear();
			await two.run("void strand.track('Refused')");
			await settleIn(stage);
			expect(named(stage.proxy.events(), "Refused")).toEqual([]);
			await holdsNothing(two);
		}));

	test.each([
		["identify('u1')", "strand.userId === 'u1'", "u1"],
		["consent('denied')", "!strand.anonymousId", undefined],
	])("what another that is gone said before the second part came is known when it comes: %s", (call, isKnown, userId) =>
		theatre.play(async (stage) => {
			const { tab, proxy } = stage;
			proxy.blocked = /-late\.js/;
			await stage.visit("/stays");
			await tab.until("!!localStorage.strand");
			const other = await stage.visitor.newTab("back");
			await stage.visit("/goes", other);
			await other.run(`strand.${call}`);
			await other.close();
			expect(await tab.run(isKnown)).toBe(false);
			proxy.blocked = undefined;
			await tab.until(isKnown);
			await tab.run("void strand.track('Told')");
			if (userId === undefined) {
				await settleIn(stage);
				await holdsNothing(tab);
			} else expect(named(await stage.sent(), "Told")).toMatchObject([{ userId }]);
			expect(named(proxy.events(), "Told").length).toBe(userId === undefined ? 0 : 1);
		}),
	);

	test("another user begins a new device history; placeholders are refused", () =>
		theatre.play(async (stage) => {
			const { tab } = stage;
			await stage.visit();
			const first = await tab.run("strand.anonymousId");
			await tab.run("strand.identify('u1', { email: 'a@example.org' })");
			await tab.run("void (window.warned = [], console.warn = (text) => warned.push(text))");
			await tab.run(
				"Promise.all([strand.identify('null'), strand.identify(null), strand.identify(), strand.group(' Guest ')])",
			);
			await tab.run("Promise.all([strand.alias('0'), strand.alias('u1', 'undefined')])");
			expect(await tab.run("warned")).toEqual(
				["null", "null", "undefined", "Guest", "0", "undefined"].map((id) => `strand: no id: "${id}"`),
			);
			await tab.run("strand.identify('u2')");
			const second = await tab.run("strand.anonymousId");
			await tab.run("strand.reset()");
			expect(await tab.run("strand.userId ?? null")).toBeNull();
			const events = await stage.sent();
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
			const numbers = events
				.map(({ context }) => Number((context?.strand as { seq?: number } | undefined)?.seq))
				.sort((a, b) => a - b);
			expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
		}));

	test("a reset keeps the arrivals of the device, and a new device forgets them and counts anew under another tab id", () =>
		theatre.play(async (stage) => {
			const { tab } = stage;
			await stage.visit("/?utm_source=ads");
			const readTouches = () => tab.run<{ campaign: object }[]>("strand.touches");
			await tab.run("strand.track('First')");
			await tab.run("strand.reset()");
			expect((await readTouches()).map(({ campaign }) => campaign)).toEqual([{ source: "ads" }]);
			await tab.run("strand.track('Second')");
			const second = await tab.run("strand.anonymousId");
			await tab.run("strand.reset({ newDevice: true })");
			expect(await readTouches()).toEqual([]);
			await tab.run("strand.track('Third')");
			// What the old device has not sent yet goes by a way of its own.
			const events = await stage.sent(tab, (all) =>
				["First", "Second", "Third"].every((name) => named(all, name).length > 0),
			);
			const count = (name: string) => {
				const { device, tab, seq } = (named(events, name)[0]?.context?.strand ?? {}) as JsonObject;
				return { device, tab, seq };
			};
			expect(count("Second").tab).toBe(count("First").tab);
			expect(count("Third").tab).not.toBe(count("First").tab);
			expect(count("Third").seq).toBe(1);
			expect(count("Third").device).toBe(await tab.run("strand.anonymousId"));
			expect(count("Third").device).not.toBe(second);
		}));
});

describe("a page that comes back from the back/forward cache (Chromium, Firefox, WebKit)", () => {
	const AWAY = {
		"/": body(
			'<a id="next" href="/next">next</a>',
			"addEventListener('pageshow', ({ persisted }) => { if (persisted) window.isBack = true; })",
		),
	};

	async function leaveAndReturn(stage: Stage, meanwhile: string): Promise<void> {
		await stage.rest();
		await stage.tab.click("#next");
		await stage.tab.until(`location.pathname === "/next" && ${READY}`);
		await stage.tab.run(meanwhile);
		await stage.tab.navigate("history.back()");
		await stage.tab.until(`location.pathname === "/" && ${READY}`);
	}

	test("knows that the visitor has logged out meanwhile", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.tab.run("strand.identify('u1')");
				const before = await stage.tab.run("strand.anonymousId");
				await stage.sent();
				await leaveAndReturn(stage, "strand.reset()");
				const after = await stage.tab.run("strand.anonymousId");
				expect(after).not.toBe(before);
				const views = (await stage.sent()).filter(({ type }) => type === "page");
				expect(views.map(({ anonymousId, userId, context }) => [context?.navigation, anonymousId, userId])).toEqual([
					["navigate", before, undefined],
					["navigate", before, "u1"],
					// A browser short of time or memory gives a page up and loads it anew.
					[expect.stringMatching(/^(bfcache|back_forward)$/), after, undefined],
				]);
				// And hears other tabs again.
				const other = await stage.visitor.newTab("back");
				await stage.visit("/other", other);
				await stage.hasPart("late", other);
				await other.run("strand.identify('u9')");
				await stage.tab.until("strand.userId === 'u9'");
			},
			{ pages: AWAY },
		));

	test("knows that the visitor has withdrawn meanwhile, where the engine brings such a page back (WebKit)", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.sent();
				await leaveAndReturn(stage, "strand.consent('denied')");
				expect(await stage.tab.run("isBack")).toBe(true);
				await stage.tab.run("strand.track('Refused', {}, { critical: true }).then(strand.flush)");
				await settleIn(stage);
				// The view of the other page may have left before the withdrawal; the return is no view.
				expect(paths(stage.proxy.events()).filter((path) => path === "/")).toEqual(["/"]);
				expect(named(stage.proxy.events(), "Refused")).toEqual([]);
				await holdsNothing(stage.tab);
			},
			{ pages: AWAY },
			ENGINES.filter(({ name }) => name === "WebKit"),
		));
});

describe("the hop to another domain (Chromium, Firefox, WebKit)", () => {
	test("makes two domains' visits one person; a forged or old token makes nothing", () =>
		theatre.play(
			async (stage) => {
				const { tab, collector } = stage;
				const arrive = async (): Promise<string> => {
					await tab.until(`location.hostname.startsWith("127.2.") && ${READY}`);
					return tab.run<string>("strand.anonymousId");
				};
				await stage.visit();
				const here = await tab.run<string>("strand.anonymousId");
				await stage.sent();
				await stage.hasPart("hop");
				await tab.run(`void (next.href = ${JSON.stringify(stage.elsewhere("/there"))})`);
				// The first token is made when the part has come, and a click does not wait for it.
				await tab.run("new Promise((done) => setTimeout(done, 300))");
				await tab.click("#next");
				const there = await arrive();
				expect(there).not.toBe(here);
				const link = await stage.came(({ type }) => type === "link");
				expect(link).toMatchObject({ anonymousId: there, previousId: here });
				const events = await stage.sent();
				expect(events.find(({ properties }) => properties?.path === "/there")?.properties?.url).toBe(
					stage.elsewhere("/there"),
				);
				expect(await tab.run("strand.touches.length")).toBe(0);
				// A router that has put another address in place by the time that the part comes.
				await stage.visit();
				await stage.hasPart("hop");
				await tab.run(`void (next.href = ${JSON.stringify(stage.elsewhere("/routed"))})`);
				await tab.run("new Promise((done) => setTimeout(done, 300))");
				await tab.click("#next");
				expect(await arrive()).toBe(there);
				const routed = await stage.came(
					({ type, context }) => type === "link" && (context?.page as JsonObject | undefined)?.path === "/by-router",
				);
				expect(routed).toMatchObject({ anonymousId: there, previousId: here });
				// What came to the proxy is on its way to the collector.
				await eventually(() => stage.proxy.requests.every(({ status }) => status === 200));
				await settle(collector.url, collector.keys.read);
				const profiles = await Promise.all(
					[here, there].map(async (id) => {
						const answer = await fetch(`${collector.url}/v1/profiles?anonymousId=${id}`, {
							headers: { authorization: `Bearer ${collector.keys.read}` },
						});
						return (await answer.json()) as { profileId: string };
					}),
				);
				expect(profiles[0]?.profileId).toBeTruthy();
				expect(profiles[0]?.profileId).toBe(profiles[1]?.profileId);

				stage.proxy.clear();
				const minute = Math.floor(Date.now() / 60_000);
				for (const token of [`${here}x.${minute}.00000000`, `${here}.${minute - 3}.12345678`, "junk"]) {
					await tab.goto(stage.elsewhere(`/again?strand_link=${encodeURIComponent(token)}`));
					await tab.until(READY);
					await stage.hasPart("hop");
					await tab.run("new Promise((done) => setTimeout(done, 300))");
					expect((await stage.sent()).filter(({ type }) => type === "link")).toEqual([]);
				}
			},
			{
				attributes: "data-cross-domains='{{here}} {{there}}'",
				pages: { "/routed": body("", "history.replaceState({}, '', '/by-router')") },
			},
		));
});

describe("own visits (Chromium, Firefox, WebKit)", () => {
	test("stay out by a link, by the cookie that it leaves, and come in again by another link", () =>
		theatre.play(async (stage) => {
			for (const path of ["/?strand_ignore=1", "/again"]) {
				await stage.visit(path);
				// As a banner does that remembers the choice.
				await stage.tab.run("void strand.consent('granted')");
				await stage.tab.run("void strand.track('Own')");
				await settleIn(stage);
			}
			expect(stage.proxy.requests).toEqual([]);
			expect(await stage.tab.run("indexedDB.databases().then((bases) => bases.length)")).toBe(0);
			expect(await stage.tab.run("document.cookie")).toBe("strand_ignore=1");
			await stage.visit("/?strand_ignore=0");
			expect(paths(await stage.sent())).toEqual(["/"]);
			expect(await stage.tab.run("document.cookie")).not.toContain("strand_ignore");
		}));
});
