/**
 * Engaged time, visible time, scroll depth and how forms were filled, against scripted truth in real browsers. The page's monotonic
 * clock is moved on in steps, as if the script's own tick had come on time, so that nobody waits for
 * half a minute of idling; what the browser says of visibility, input and media is real. Each phase is
 * a view of its own, and the truth is what the page's clock says of its length.
 */

import { describe, expect, test } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { eventually } from "../support/eventually.ts";
import { body, named, openTheatre, type Stage, viewIdOf } from "../support/stage.ts";

const theatre = openTheatre();

/** The promise: so far from the truth at most, a view. */
const ERROR_MS_MAX = 1_000;
const IDLE_MS = 30_000;
/** That `turn` takes on a machine with nothing else to do. */
const TURN_MS = 150;

/**
 * `pass` lets time go by while the page is awake, `jump` is sleep, `turn` begins the next view. When the script notices
 * that is known to the length of `turn` only: what a loaded machine needs for it is no error of the script.
 */
const CLOCK = `
	const real = performance.now.bind(performance);
	let shift = 0;
	performance.now = () => real() + shift;
	window.jump = (ms) => { shift += ms; };
	window.pass = (ms) => { for (let left = ms; left > 0; left -= 1000) { shift += 1000; dispatchEvent(new Event("focus")); } };
	window.begun = {};
	window.turnedMs = 0;
	window.turn = async (path) => {
		const askedAt = real();
		history.pushState({}, "", path);
		await new Promise((done) => setTimeout(done, 150));
		begun[path] = performance.now();
		turnedMs = Math.max(turnedMs, real() - askedAt);
	};
	window.hiddenMs = 0;
	let hiddenAt = 0;
	document.addEventListener("visibilitychange", () => {
		if (document.visibilityState === "hidden") hiddenAt = performance.now();
		else hiddenMs += performance.now() - hiddenAt;
	});
	window.unfocusedMs = 0;
	let unfocusedAt = 0;
	for (const type of ["blur", "focus"]) addEventListener(type, () => {
		if (document.hasFocus() === !unfocusedAt) return;
		if (unfocusedAt) unfocusedMs += performance.now() - unfocusedAt;
		unfocusedAt = unfocusedAt ? 0 : performance.now();
	});`;

interface Reading {
	engagedMs: number;
	visibleMs: number;
}

/** Ends the running view. @returns its length by the page's clock */
const end = (stage: Stage, path: string): Promise<number> =>
	stage.tab.run(
		`(async () => { const lengthMs = performance.now() - begun[${JSON.stringify(path)}]; await turn("/after"); return lengthMs; })()`,
	);

/** What was reported of the view at `path`, in the order of its revisions. */
function findReports(events: readonly WireEvent[], path: string): Record<string, number | string>[] {
	const view = events.find(({ type, properties }) => type === "page" && properties?.path === path);
	return named(events, "Page Engaged")
		.map(({ properties }) => properties as Record<string, number | string>)
		.filter((one) => one.viewId === viewIdOf(view))
		.sort((a, b) => Number(a.rev) - Number(b.rev));
}

/** What was reported in the end of it. */
function findReading(events: readonly WireEvent[], path: string): Reading {
	const last = findReports(events, path).at(-1);
	return { engagedMs: Number(last?.engagedMs), visibleMs: Number(last?.visibleMs) };
}

/** @param turnedMs the longest `turn`, by which a view may begin earlier and end later than the test knows */
function expectReading(reading: Reading, engagedMs: number, visibleMs: number, turnedMs: number): void {
	const told = JSON.stringify({ ...reading, truth: { engagedMs, visibleMs }, turnedMs });
	const errorMsMax = ERROR_MS_MAX + 2 * Math.max(0, turnedMs - 2 * TURN_MS);
	expect(Math.abs(reading.engagedMs - engagedMs), told).toBeLessThanOrEqual(errorMsMax);
	expect(Math.abs(reading.visibleMs - visibleMs), told).toBeLessThanOrEqual(errorMsMax);
}

describe("engaged time within a second of the truth (Chromium, Firefox, WebKit)", () => {
	test("read, idle, touched again, asleep, out of focus, with a gallery that moves by itself, and beside a video that plays, pauses and is taken away", () =>
		theatre.play(
			async (stage) => {
				const { tab } = stage;
				const pass = (seconds: number): Promise<unknown> => tab.run(`void pass(${seconds * 1000})`);
				await stage.visit();
				await stage.hasPart("late");

				await tab.run("turn('/read')");
				await pass(10);
				const readMs = await end(stage, "/read");

				await tab.run("turn('/idle')");
				await pass(185);
				const idleMs = await end(stage, "/idle");

				// Ten seconds short of idle, for a driver that is slow in between.
				await tab.run("turn('/touched')");
				await pass(20);
				await tab.click("#field");
				await pass(20);
				await tab.type("#field", "x");
				await pass(20);
				const touchedMs = await end(stage, "/touched");

				await tab.run("turn('/asleep')");
				await pass(5);
				const sleptAt = await tab.run<number>("performance.now() - begun['/asleep']");
				await tab.run("void jump(3600000)");
				await tab.run("new Promise((done) => setTimeout(done, 1200))");
				// Nobody touched the page for an hour: reading goes on with the next input.
				const wokenAt = await tab.run<number>("performance.now() - begun['/asleep']");
				await tab.click("#field");
				await pass(5);
				const asleepMs = await end(stage, "/asleep");

				await tab.run("turn('/blurred')");
				await pass(5);
				const refocus = await tab.unfocus();
				await tab.until("!document.hasFocus() && document.visibilityState === 'visible'");
				// Well below half a minute in all, also where it takes seconds to lose and find the focus.
				await pass(15);
				await refocus();
				await tab.until("unfocusedMs > 15000 && document.hasFocus()");
				await pass(5);
				const blurredMs = await end(stage, "/blurred");
				const unfocusedMs = await tab.run<number>("unfocusedMs");

				await tab.run("turn('/gallery')");
				for (let turn = 0; turn < 4; turn++) {
					await pass(15);
					await tab.run(
						"new Promise((done) => { gallery.addEventListener('scroll', () => setTimeout(done), { once: true }); gallery.scrollTop += 20; })",
					);
				}
				const galleryMs = await end(stage, "/gallery");

				await tab.run("turn('/video')");
				await tab.run("video.play()");
				await tab.until("window.isPlaying");
				await pass(70);
				await tab.run("void video.pause()");
				await tab.until("!window.isPlaying");
				const pausedAt = await tab.run<number>("performance.now() - begun['/video']");
				await pass(70);
				const videoMs = await end(stage, "/video");

				await tab.run("turn('/removed')");
				await tab.run("video.play()");
				await tab.until("window.isPlaying");
				await pass(40);
				const removedAt = await tab.run<number>("(video.remove(), performance.now() - begun['/removed'])");
				await tab.until("!window.isPlaying");
				await pass(70);
				const removedMs = await end(stage, "/removed");

				const events = await stage.sent();
				const turnedMs = await tab.run<number>("turnedMs");
				expectReading(findReading(events, "/read"), readMs, readMs, turnedMs);
				expectReading(findReading(events, "/idle"), IDLE_MS, idleMs, turnedMs);
				const reportsMs = findReports(events, "/idle").map(({ visibleMs }) => Number(visibleMs));
				// Looked at once a second, and at the end of the view.
				expect(reportsMs.length).toBe(4);
				for (const [index, ms] of [15_000, 60_000, 180_000].entries()) {
					expect(reportsMs[index]).toBeGreaterThanOrEqual(ms);
					expect(reportsMs[index]).toBeLessThan(ms + 2_000);
				}
				expectReading(findReading(events, "/touched"), touchedMs, touchedMs, turnedMs);
				expectReading(findReading(events, "/asleep"), asleepMs - wokenAt + sleptAt, asleepMs - 3_600_000, turnedMs);
				expectReading(findReading(events, "/blurred"), blurredMs - unfocusedMs, blurredMs, turnedMs);
				expectReading(findReading(events, "/gallery"), IDLE_MS, galleryMs, turnedMs);
				expectReading(findReading(events, "/video"), pausedAt + IDLE_MS, videoMs, turnedMs);
				expectReading(findReading(events, "/removed"), removedAt + IDLE_MS, removedMs, turnedMs);
				expect(await tab.run("errors")).toEqual([]);
			},
			{
				pages: {
					// A second of silence: every engine plays plain PCM.
					"/": body(
						`<input id="field"><div id="gallery" style="height:50px;overflow:auto"><p style="height:500px">Pictures</p></div><video id="video" muted loop></video><script>
							const samples = new Uint8Array(44 + 8000).fill(128);
							const view = new DataView(samples.buffer);
							[0x52494646, 0, 0x57415645, 0x666d7420, 0, 0, 0, 0, 0, 0x64617461, 0].forEach((word, index) => view.setUint32(index * 4, word));
							view.setUint32(4, 36 + 8000, true); view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
							view.setUint32(24, 8000, true); view.setUint32(28, 8000, true); view.setUint16(32, 1, true); view.setUint16(34, 8, true); view.setUint32(40, 8000, true);
							video.src = URL.createObjectURL(new Blob([samples], { type: "audio/wav" }));
							video.addEventListener("playing", () => { window.isPlaying = true; });
							video.addEventListener("pause", () => { window.isPlaying = false; });
						</script>`,
						CLOCK,
					),
				},
			},
		));

	test("a tab in the background, or in a window that is minimised (WebKit), counts nothing", () =>
		theatre.play(
			async (stage) => {
				const { tab } = stage;
				await stage.visit();
				await stage.hasPart("late");
				await tab.run("turn('/hidden')");
				await tab.run("void pass(5000)");
				await tab.hide();
				await tab.until("document.visibilityState === 'hidden'");
				await tab.run("void pass(20000)");
				await tab.show();
				await tab.until("hiddenMs > 0 && document.hasFocus()");
				await tab.run("void pass(5000)");
				const seenMs = (await end(stage, "/hidden")) - (await tab.run<number>("hiddenMs"));
				const turnedMs = await tab.run<number>("turnedMs");
				expectReading(findReading(await stage.sent(), "/hidden"), seenMs, seenMs, turnedMs);
			},
			{ pages: { "/": body("", CLOCK) } },
		));
});

describe("before the second part of the script has come (Chromium, Firefox, WebKit)", () => {
	test("a page that is left has been read as long as it was there", () =>
		theatre.playApart(async (stage) => {
			stage.proxy.blocked = /-late\.js/;
			await stage.visit();
			await stage.tab.run(
				"new Promise((done) => { addEventListener('pagehide', () => navigator.sendBeacon('/age?' + performance.now())); setTimeout(done, 300); })",
			);
			await stage.tab.goto("about:blank");
			const { properties } = await stage.came(({ event }) => event === "Page Engaged");
			const readAge = () => stage.site.asked.find((path) => path.startsWith("/age?"))?.slice("/age?".length);
			await eventually(() => readAge() !== undefined);
			const ageMs = Number(readAge());
			const [view] = stage.proxy.events().filter(({ type }) => type === "page");
			expect(properties).toMatchObject({ viewId: viewIdOf(view), rev: 1, visibleMs: properties?.engagedMs });
			// All of so short a page is in the window.
			expect(properties?.scrollDepth).toBe(1);
			expect(properties?.engagedMs).toBeGreaterThanOrEqual(300);
			expect(properties?.engagedMs).toBeLessThan(ageMs + ERROR_MS_MAX);
			expect(named(stage.proxy.events(), "Page Engaged").length).toBe(1);
		}));

	test("clicks, a further view and reading are made up for when it comes", () =>
		theatre.playApart(
			async (stage) => {
				const { proxy, tab } = stage;
				proxy.blocked = /-late\.js/;
				const begunAt = Date.now();
				await stage.visit();
				await tab.click("#mail");
				const clickedAt = Date.now();
				await tab.run("void history.pushState({}, '', '/further')");
				// The browser may try a broken connection once more before the script asks again, 5 s later.
				await tab.until("window.isBlocked");
				proxy.blocked = undefined;
				const further = await stage.came(({ properties }) => properties?.path === "/further");
				const cameAfterMs = Date.now() - begunAt;
				const events = await stage.sent();
				const [first] = events.filter(({ type }) => type === "page");
				const [click] = named(events, "Link Clicked");
				expect(click?.properties?.url).toBe("mailto:a@example.org");
				// Two clocks of one machine.
				expect(Date.parse(click?.originalTimestamp ?? "")).toBeGreaterThan(begunAt - ERROR_MS_MAX);
				expect(Date.parse(click?.originalTimestamp ?? "")).toBeLessThan(clickedAt + ERROR_MS_MAX);
				expect(viewIdOf(click)).toBe(viewIdOf(first));
				expect(further.context?.navigation).toBe("spa");
				expect(events.filter(({ type }) => type === "page").length).toBe(2);
				const { visibleMs } = findReading(events, "/");
				expect(visibleMs).toBeGreaterThan(3_000);
				expect(visibleMs).toBeLessThan(cameAfterMs + ERROR_MS_MAX);
				expect(await tab.run("errors")).toEqual([]);
			},
			{
				pages: {
					"/": body(
						'<a id="mail" href="mailto:a@example.org" onclick="return false">Mail</a>',
						`document.addEventListener("error", ({ target }) => { if (/-late/.test(target.src)) window.isBlocked = true; }, true);`,
					),
				},
			},
		));
});

describe("scroll depth (Chromium, Firefox, WebKit)", () => {
	test("is measured against the page as it has grown", () =>
		theatre.play(
			async (stage) => {
				await stage.visit();
				await stage.hasPart("late");
				await stage.tab.run(
					`new Promise((done) => { addEventListener("scroll", () => setTimeout(done)); tall.style.height = innerHeight * 8 + "px"; scrollTo(0, innerHeight); })`,
				);
				await stage.tab.run("(history.pushState({}, '', '/next'), new Promise((done) => setTimeout(done, 150)))");
				const depths = named(await stage.sent(), "Page Engaged").map(({ properties }) =>
					Number(properties?.scrollDepth),
				);
				// Two windows of eight, and the margin of the body.
				expect(depths.at(-1)).toBeGreaterThan(0.23);
				expect(depths.at(-1)).toBeLessThan(0.26);
			},
			{ pages: { "/": body('<div id="tall" style="height:100px"></div>') } },
		));
});

describe("forms (Chromium, Firefox, WebKit)", () => {
	const FORMS = body(
		`<form id="contact" action="/sent?token=t0psecret" onsubmit="return false"><input name="who"><textarea name="what"></textarea><input name="pass" type="password"><input name="own" data-strand-ignore><button>Go</button></form>
		<form id="left" action="/left"><input name="mail"></form>`,
		"const real = performance.now.bind(performance); let shift = 0; performance.now = () => real() + shift; window.jump = (ms) => { shift += ms; };",
	);

	test("how they were filled, sent or left, and not one byte of what was typed", () =>
		theatre.play(
			async (stage) => {
				const { tab } = stage;
				await stage.visit();
				await stage.hasPart("forms");
				await tab.type("[name=who]", "Zaphod\b\b");
				await tab.type("[name=pass]", "Heart0fGold");
				await tab.type("[name=own]", "Magrathea");
				// A silence before the next field, then the first one anew.
				await tab.run("void jump(4000)");
				await tab.type("[name=what]", "Slartibartfast");
				await tab.type("[name=who]", "Trillian");
				await tab.click("button");
				await tab.type("[name=mail]", "ford@prefect");
				const events = await stage.sent();
				expect(named(events, "Form Started").map(({ properties }) => properties)).toEqual([
					{ form: "contact" },
					{ form: "left" },
				]);
				expect(named(events, "Form Submitted").map(({ properties }) => properties)).toEqual([
					{
						form: "contact",
						action: `${stage.site.url}/sent?token=*`,
						fields: 2,
						lastField: "who",
						deletions: 2,
						pauses: 1,
						rewrites: 1,
						durationMs: expect.any(Number),
					},
				]);
				expect(named(events, "Form Abandoned")).toEqual([]);
				await tab.goto("about:blank");
				const left = await stage.came(({ event }) => event === "Form Abandoned");
				expect(left.properties).toMatchObject({
					form: "left",
					fields: 1,
					lastField: "mail",
					deletions: 0,
					rewrites: 0,
				});
				expect(stage.proxy.wire.join()).not.toMatch(/Zaph|Heart|Magra|Slarti|Trill|ford|prefect|t0psecret/i);
			},
			{ pages: { "/": FORMS } },
		));

	test("whose fields are called like a form's own members are forms like others, and silent where they are told to be", () =>
		theatre.play(
			async (stage) => {
				const { tab } = stage;
				await stage.visit();
				await stage.hasPart("forms");
				await tab.type("[name=city]", "Betelgeuse");
				await tab.click("#go");
				await tab.type("[name=other]", "Magrathea");
				await tab.click("#quiet");
				const events = (await stage.sent()).filter(({ event }) => event?.startsWith("Form"));
				expect(events.map(({ event, properties }) => [event, properties?.form, properties?.lastField])).toEqual([
					["Form Started", "order", undefined],
					["Form Submitted", "order", "city"],
				]);
				expect(stage.proxy.wire.join()).not.toMatch(/Betel|Magra|t0psecret/i);
				expect(await tab.run("errors")).toEqual([]);
			},
			{
				pages: {
					// Frameworks hang values and whole component trees on a field.
					"/": body(`<form id="order" onsubmit="return false">
						<input type="hidden" name="id"><input type="hidden" name="matches"><input type="hidden" name="closest"><input type="hidden" name="attributes">
						<input name="city"><button id="go">Go</button></form>
						<div data-strand-ignore><form id="silent" onsubmit="return false"><input name="other"><button id="quiet">Go</button></form></div>
						<script>document.querySelector("[name=id]")._value = "t0psecret";</script>`),
				},
			},
		));
});
