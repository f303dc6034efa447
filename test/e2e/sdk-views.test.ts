/**
 * When a page view happens and when not, what brought the visitor, and what was clicked: against scripted truth in
 * real browsers. Chromium has the Navigation API; Firefox and WebKit, as installed, have wrapped history.
 */

import { describe, expect, test } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { CHROMIUM, NAMED_HOSTS } from "../support/engines.ts";
import { eventually } from "../support/eventually.ts";
import { body, named, openTheatre, paths, READY, type Stage, viewIdOf } from "../support/stage.ts";

const theatre = openTheatre();

/** A timer set now fires after every frame and timer in which the script lets an address settle. */
const SETTLE = "new Promise((done) => setTimeout(done, 150))";

const views = (events: readonly WireEvent[]): WireEvent[] => events.filter(({ type }) => type === "page");
const timeOf = (event: WireEvent | undefined): number => Date.parse(String(event?.originalTimestamp));

/** Plays each step in the page and lets it settle; a way back or forth has come when the page is told so. */
const walk = async (stage: Stage, steps: readonly string[]): Promise<unknown> => {
	await stage.hasPart("late");
	const play = (step: string) =>
		/back|go\(/.test(step)
			? `await new Promise((done) => { addEventListener("popstate", done, { once: true }); ${step}; })`
			: step;
	return stage.tab.run(`(async () => { ${steps.map((step) => `${play(step)}; await ${SETTLE};`).join(" ")} })()`);
};

describe("page views inside one document (Chromium, Firefox, WebKit)", () => {
	test("one for each settled address; none for the same address, tracking parameters or fragments", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await walk(stage, [
					"history.pushState({}, '', '/a')",
					"history.replaceState({}, '', '/a')",
					"history.replaceState({}, '', '/a?utm_source=x&gclid=1')",
					"history.pushState({}, '', '/a#part')",
					// As routers do: both calls belong to one navigation, and the title comes after them.
					"history.replaceState({}, '', '/b?x=1'); history.pushState({}, '', '/b?x=2'); Promise.resolve().then(() => { document.title = 'Second b'; })",
					"history.pushState({}, '', '/b?x=3')",
					"history.back()",
					"history.go(1)",
					"location.hash = 'other'",
				]);
				const seen = views(await stage.sent());
				expect(seen.map(({ properties }) => `${properties?.path}${properties?.search ?? ""}`)).toEqual([
					"/",
					"/a",
					"/b?x=2",
					"/b?x=3",
					"/b?x=2",
					"/b?x=3",
				]);
				expect(seen[2]?.properties).toMatchObject({ title: "Second b", referrer: `${stage.site.url}/a` });
				expect(new Set(seen.map(({ context }) => JSON.stringify(context?.strand))).size).toBe(seen.length);
				expect(await stage.tab.run("errors")).toEqual([]);
				expect(await stage.tab.run("vendor")).toBe(7);
			},
			{
				pages: {
					// Another vendor wraps history as well, before and after us.
					"/": body(
						"",
						"window.vendor = 0; for (const name of ['pushState', 'replaceState']) { const before = history[name]; history[name] = function (...args) { vendor++; return before.apply(this, args); }; }",
					),
				},
			},
		));

	test("the Navigation API's own navigations count too (Chromium)", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await walk(stage, ["navigation.navigate('/a')", "navigation.back()"]);
				expect(paths(await stage.sent())).toEqual(["/", "/a", "/"]);
			},
			{ pages: { "/": body("", "navigation.addEventListener('navigate', (event) => event.intercept())") } },
			CHROMIUM,
		));

	test("a fragment is a page by option, and secrets in it and in the query stay here", () =>
		theatre.play(
			async (stage) => {
				await stage.visit("/?token=t0psecret&x=1");
				await walk(stage, ["location.hash = '/cart?token=t0psecret'"]);
				const events = await stage.sent();
				expect(views(events).map(({ properties }) => properties?.url)).toEqual([
					`${stage.site.url}/?token=*&x=*`,
					`${stage.site.url}/?token=*&x=*#/cart?token=*`,
				]);
				expect(JSON.stringify(stage.proxy.requests)).not.toContain("t0psecret");
			},
			{ attributes: 'data-hash data-scrub="x"' },
		));
});

describe("page views of documents that come back or come early", () => {
	/** Pages left before it is a fault that none is kept. */
	const RETURNS = 5;

	test("a return from the back/forward cache is a view of its own, and the time away is nobody's (Chromium, Firefox, WebKit)", () =>
		theatre.play(
			async (stage) => {
				const { tab } = stage;
				// A browser short of time or memory gives a page up and loads it anew: then another one is left.
				let kept = "";
				for (let tries = 1; kept === "" && tries <= RETURNS; tries++) {
					await stage.visit(`/${tries}`);
					await stage.sent();
					await stage.rest();
					await tab.click("#next");
					await tab.until(`location.pathname === "/next" && ${READY}`);
					await tab.run("new Promise((done) => setTimeout(done, 1500))");
					await tab.navigate("history.back()");
					await tab.until(`location.pathname === "/${tries}" && (window.awayMs || window.isAnew && ${READY})`);
					if (await tab.run("!window.isAnew")) kept = `/${tries}`;
				}
				expect(kept, "no page was kept").not.toBe("");
				await tab.run("history.pushState({}, '', '/end')");
				await tab.run(SETTLE);
				const all = await stage.sent(tab, (events) => paths(events).lastIndexOf("/next") > paths(events).indexOf(kept));
				const events = all.slice(all.findIndex(({ properties }) => properties?.path === kept));
				expect(paths(events)).toEqual([kept, "/next", kept, "/end"]);
				const [first, , back] = views(events);
				expect(back?.context).toMatchObject({ navigation: "bfcache" });
				expect(viewIdOf(back)).not.toBe(viewIdOf(first));
				const visibleMs = (event: WireEvent | undefined): number =>
					Math.max(
						0,
						...named(events, "Page Engaged")
							.filter(({ properties }) => properties?.viewId === viewIdOf(event))
							.map(({ properties }) => Number(properties?.visibleMs)),
					);
				const { awayMs, liveMs } = await tab.run<{ awayMs: number; liveMs: number }>(
					"({ awayMs, liveMs: performance.now() - awayMs })",
				);
				expect(awayMs).toBeGreaterThan(1_500);
				expect(visibleMs(first)).toBeGreaterThan(0);
				expect(visibleMs(first) + visibleMs(back)).toBeLessThanOrEqual(liveMs);
			},
			{
				pages: Object.fromEntries(
					Array.from({ length: RETURNS }, (_, index) => [
						`/${index + 1}`,
						body(
							'<a id="next" href="/next">next</a>',
							"let leftAt; addEventListener('pagehide', () => { leftAt = performance.now(); }); addEventListener('pageshow', ({ persisted }) => { if (persisted) window.awayMs = performance.now() - leftAt; }); window.isAnew = performance.getEntriesByType('navigation')[0].type === 'back_forward';",
						),
					]),
				),
			},
		));

	test("a prerendered page is viewed when it is activated, and not before (Chromium)", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await eventually(() => stage.site.asked.includes("/script-runs"));
				const clickedAt = Date.now();
				await stage.tab.click("#next");
				await stage.tab.until('location.pathname === "/target"');
				const view = await stage.came(({ properties }) => properties?.path === "/target");
				expect(view.context).toMatchObject({ navigation: "prerender" });
				expect(timeOf(view)).toBeGreaterThanOrEqual(clickedAt);
				// Two pages send on their own, in either order.
				const both = await stage.sent(stage.tab, (events) => paths(events).length > 1);
				expect(paths(both).sort()).toEqual(["/", "/target"]);
				expect(await stage.tab.run("performance.getEntriesByType('navigation')[0].activationStart")).toBeGreaterThan(0);
			},
			{
				pages: {
					"/": body(
						'<a id="next" href="/target">next</a><script type="speculationrules">{ "prerender": [{ "urls": ["/target"], "eagerness": "immediate" }] }</script>',
					),
					"/target": body(
						"",
						"const look = setInterval(() => { if (document.prerendering && window.strand?.version) { clearInterval(look); fetch('/script-runs'); } }, 20);",
					),
				},
			},
			CHROMIUM,
		));

	test("a tab opened in the background is viewed when it is first looked at, and never if it is not (Chromium, Firefox, WebKit)", () =>
		theatre.play(async (stage) => {
			await stage.visit();
			const unseen = await stage.visitor.newTab("back");
			await stage.visit("/unseen", unseen);
			await unseen.close();
			const later = await stage.visitor.newTab("back");
			await stage.visit("/later", later);
			await stage.hasPart("late", later);
			await stage.sent();
			const lookedAt = Date.now();
			// WebKit shows the next tab when the one in front is closed.
			await (stage.engine === "WebKit" ? stage.tab.close() : later.show());
			const view = await stage.came(({ properties }) => properties?.path === "/later");
			expect(timeOf(view)).toBeGreaterThanOrEqual(lookedAt);
			const events = await stage.sent(later, (all) => paths(all).length > 1);
			expect(paths(events).sort()).toEqual(["/", "/later"]);
			expect(JSON.stringify(events)).not.toContain("/unseen");
		}));
});

describe("campaign facts", () => {
	test("one touch for a campaign link, a walk inside, a reload and a way back; macros are refused (Chromium, Firefox, WebKit)", () =>
		theatre.play(async (stage) => {
			await stage.visit("/?utm_source=ads&utm_campaign=spring&gclid=Cj0&msclkid={msclkid}&ttclid=__CLICKID__");
			// A return from the back/forward cache is told by it, and would be lost with a page that is left again before it came.
			await stage.hasPart("late");
			await stage.tab.click("#next");
			await stage.tab.until(`location.pathname === "/next" && ${READY}`);
			await stage.tab.navigate("history.back()");
			await stage.tab.until(`location.pathname === "/" && ${READY}`);
			await stage.tab.navigate("location.reload()");
			await stage.tab.until(`performance.getEntriesByType("navigation")[0].type === "reload" && ${READY}`);
			await stage.came(({ context }) => context?.navigation === "reload");
			const seen = views(await stage.sent(stage.tab, (events) => views(events).length > 3));
			expect(seen[0]?.context).toMatchObject({
				campaign: { source: "ads", name: "spring" },
				clickIds: { gclid: "Cj0" },
			});
			expect(seen[0]?.context?.clickIds).toEqual({ gclid: "Cj0" });
			expect(seen.length).toBe(4);
			expect(seen.slice(1).filter(({ context }) => context?.campaign || context?.clickIds)).toEqual([]);
			const touches = await stage.tab.run<{ id: string }[]>("strand.touches");
			expect(touches.map(({ id }) => id)).toEqual([seen[0]?.messageId]);
		}));

	test("a payment host on the way is no source, another site is (Chromium, Firefox, WebKit)", () =>
		theatre.play(
			async (stage) => {
				const { port } = new URL(stage.site.url);
				const follow = async (to: string): Promise<void> => {
					await stage.tab.run(`void (next.href = ${JSON.stringify(to)})`);
					await stage.tab.click("#next");
					await stage.tab.until(`location.href === ${JSON.stringify(to)} && window.next`);
				};
				await stage.visit("/?utm_source=ads");
				await follow(`http://${NAMED_HOSTS.payment}:${port}/pay`);
				await follow(`${stage.site.url}/thanks?utm_source=bank`);
				await stage.came(({ properties }) => properties?.path === "/thanks");
				await follow(stage.elsewhere("/blog"));
				await follow(`${stage.site.url}/found`);
				await stage.came(({ properties }) => properties?.path === "/found");
				const seen = views(await stage.sent());
				expect(paths(seen)).toEqual(["/", "/thanks", "/found"]);
				expect(seen[1]?.properties?.referrer).toBe("");
				expect(seen[1]?.context).not.toHaveProperty("campaign");
				expect(seen[2]?.properties?.referrer).toBe(stage.elsewhere("/"));
				const touches = await stage.tab.run<{ id: string }[]>("strand.touches");
				expect(touches.map(({ id }) => id)).toEqual([seen[0]?.messageId, seen[2]?.messageId]);
			},
			{
				pages: Object.fromEntries(
					["/pay", "/blog"].map((path) => [
						path,
						{ html: '<!doctype html><title>Not ours</title><a id="next">on</a>' },
					]),
				),
			},
		));
});

/** Holds back the start of the script, which comes by a timer of no time, until `begin()`; `after` runs as the next script of the page. */
const heldBack = (html: string, after = ""): { html: string } => ({
	html: `<!doctype html><title>Before</title>{{watch}}<script>
		const later = window.setTimeout, held = [];
		window.setTimeout = (work, ms, ...rest) => ms ? later(work, ms, ...rest) : held.push(work);
		window.begin = () => { window.setTimeout = later; for (const work of held.splice(0)) work(); };
	</script><script src="{{collector}}/strand.js" data-write-key="{{key}}" data-engaged-time="off"></script><script>${after}</script><body>${html}`,
});

describe("the moment between the script and its start (Chromium, Firefox, WebKit)", () => {
	test("a router that cleans the address in it takes nothing of what brought the visitor; the title is the later one", () =>
		theatre.play(
			async (stage) => {
				await stage.visit("/?utm_source=letter&gclid=g1&keep=1");
				await stage.tab.run("begin()");
				const [view, ...others] = (await stage.sent()).filter(({ type }) => type === "page");
				expect(others).toEqual([]);
				expect(view?.context).toMatchObject({ campaign: { source: "letter" }, clickIds: { gclid: "g1" } });
				expect(view?.properties).toMatchObject({ search: "?utm_source=letter&gclid=g1&keep=1", title: "After" });
			},
			{ pages: { "/": heldBack("", 'history.replaceState(0, "", "/?keep=1"); document.title = "After"') } },
		));

	test("whoever asks in it is answered, and the page view still comes first", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				expect(await stage.tab.run("asked")).toEqual([true, 0, "string"]);
				const events = await stage.sent();
				expect(events.map(({ type, event }) => event ?? type)).toEqual(["page", "At Once"]);
				expect(viewIdOf(events[1])).toBe(viewIdOf(events[0]));
			},
			{
				pages: {
					"/": heldBack(
						"",
						"window.asked = [!!strand.anonymousId, strand.touches.length, typeof strand.version]; strand.track('At Once'); begin()",
					),
				},
			},
		));

	test("a page that is left in it was viewed, and its clicks are heard", () =>
		theatre.play(
			async (stage) => {
				await stage.visit("/left");
				await stage.visit("/clicked");
				await stage.tab.click("#mail");
				await stage.tab.run("begin()");
				await stage.hasPart("late");
				const events = await stage.sent(stage.tab, (events) => paths(events).length === 2);
				expect(new Set(paths(events))).toEqual(new Set(["/left", "/clicked"]));
				expect(named(events, "Link Clicked").map(({ properties }) => properties?.url)).toEqual([
					"mailto:a@example.org",
				]);
			},
			{
				pages: {
					"/left": heldBack(""),
					"/clicked": heldBack('<a id="mail" href="mailto:a@example.org" onclick="return false">Mail</a>'),
				},
			},
		));
});

describe("clicks (Chromium, Firefox, WebKit)", () => {
	test("one event each, whatever is nested, prevented, opened aside or handed to a middle button; none inside the site", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.hasPart("late");
				await stage.tab.run(`out.href = ${JSON.stringify(stage.elsewhere("/x?token=abc"))}`);
				await stage.tab.run(`deep.href = ${JSON.stringify(stage.elsewhere("/deep"))}`);
				for (const id of ["file", "tel", "mail", "inside", "kept", "silent", "label"]) await stage.tab.click(`#${id}`);
				await stage.tab.run("host.shadowRoot.querySelector('span').click()");
				await stage.tab.click("#out", "middle");
				// Last, since the new tab hides this one.
				await stage.tab.click("#inner");
				const events = await stage.sent();
				expect(named(events, "Link Clicked").map(({ properties }) => [properties?.kind, properties?.url])).toEqual([
					["tel", "tel:+862112345678"],
					["mailto", "mailto:a@example.org"],
					["outbound", "https://example.org/kept"],
					["outbound", stage.elsewhere("/deep")],
					["outbound", stage.elsewhere("/x?token=*")],
					["outbound", stage.elsewhere("/x?token=*")],
				]);
				expect(named(events, "Link Clicked").at(-1)?.properties?.text).toBe("Out there");
				expect(named(events, "File Downloaded").map(({ properties }) => properties?.url)).toEqual([
					`${stage.site.url}/price.pdf`,
				]);
				expect(named(events, "Price Asked").map(({ properties }) => properties)).toEqual([{ plan: "pro" }]);
				expect(await stage.tab.run("errors")).toEqual([]);
			},
			{
				pages: {
					"/": body(`
						<a id="out" target="_blank"><b><i id="inner">Out <br> there</i></b></a>
						<a id="file" href="/price.pdf" download>File</a> <a id="tel" href="tel:+862112345678">Call</a>
						<a id="mail" href="mailto:a@example.org">Mail</a> <a id="inside" href="#part">Inside</a>
						<a id="kept" href="https://example.org/kept" onclick="event.preventDefault(); event.stopImmediatePropagation()">Kept</a>
						<a id="silent" data-strand-ignore href="https://example.org/silent" onclick="return false">Silent</a>
						<button id="marked" data-strand-event="Price Asked" data-strand-plan="pro"><span id="label">Price</span></button>
						<div id="host"></div><script>
							const root = host.attachShadow({ mode: "open" });
							root.innerHTML = '<a target="_blank"><span>Deep</span></a>';
							window.deep = root.querySelector("a");
							document.addEventListener("click", (event) => { if (event.composedPath().some((node) => /^(tel|mail|file)$/.test(node.id) || node === deep)) event.preventDefault(); });
						</script>`),
				},
			},
		));

	test("made before the second part of the script came are there once it came, each once and with its own time", () =>
		theatre.play(
			async (stage) => {
				const { tab, proxy } = stage;
				proxy.blocked = /-late\.js/;
				await stage.visit();
				for (const id of ["tel", "mail", "label"]) await tab.click(`#${id}`);
				const clicked = ["Link Clicked", "Price Asked"];
				const isClick = ({ event = "" }: WireEvent) => clicked.includes(event);
				const clickedAt = await tab.run<number>("Date.now()");
				proxy.blocked = undefined;
				// It is asked for again after 5 s.
				await stage.hasPart("late");
				const events = (await stage.sent()).filter(isClick);
				expect(events.map(({ event, properties }) => [event, properties?.url ?? properties?.plan])).toEqual([
					["Link Clicked", "tel:+862112345678"],
					["Link Clicked", "mailto:a@example.org"],
					["Price Asked", "pro"],
				]);
				for (const event of events) expect(timeOf(event)).toBeLessThanOrEqual(clickedAt);
				// A second look at what waited would tell of it again.
				await tab.click("#mail");
				expect((await stage.sent()).filter(isClick).length).toBe(4);
				expect(await tab.run("errors")).toEqual([]);
			},
			{
				pages: {
					"/": body(`<a id="tel" href="tel:+862112345678" onclick="return false">Call</a>
						<a id="mail" href="mailto:a@example.org" onclick="return false">Mail</a>
						<button data-strand-event="Price Asked" data-strand-plan="pro"><span id="label">Price</span></button>`),
				},
			},
		));
});
