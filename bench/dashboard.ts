/**
 * How long the dashboard takes to open on a full store: the real page in Chromium on the real local collector.
 * `npm run bench:dashboard` fills a fresh one (default 1,000,000 touchpoints; `npm run bench:dashboard 100000` for a
 * quick look; a folder as second argument keeps it and uses it again), then prints one line a measurement and fails on
 * a missed target.
 *
 * Network quiet is no measure, since the page goes on asking: a view counts as there when its first numbers are
 * painted, and as interactive when a click after that is painted, too.
 */
import type { BrowserContext, Page } from "playwright-core";
import { chromium } from "../test/support/browsers.ts";
import { openStoredPeople } from "./stored-people.ts";

const TOUCHPOINTS = Number(process.argv[2] ?? 1_000_000);
const FOLDER = process.argv[3];
const OPENINGS = 7;
const INTERACTIVE_MS_MAX = 1_000;
/** Wide enough for any store, so that a view has numbers to show. */
const RANGE = "?days=365";
/** What each view shows first of its own numbers. */
const VIEWS = {
	setup: ".good, .empty",
	live: ".figure",
	journeys: "main table tbody tr",
	map: "main svg text, main table",
	paths: "main svg path.band",
	attribution: "main svg circle",
	times: "main table.heat td",
	pages: "main table tbody tr, main .bars",
	pipeline: ".tile b",
} as const;

/** In the page: ms from the start of its navigation until `selector` is there and painted. */
function watch(selector: string): Promise<number> {
	return new Promise((resolve) => {
		const look = () => {
			const isThere = [...document.querySelectorAll(selector)].some(
				(one) => (one as SVGElement).getClientRects().length,
			);
			if (isThere) setTimeout(() => resolve(performance.now()));
			else requestAnimationFrame(look);
		};
		requestAnimationFrame(look);
	});
}

/** A new tab that holds the key already, as after a reload; ms to the first numbers, and to the answer to a click. */
async function openView(browser: BrowserContext, url: string, view: string, key: string, isCold: boolean) {
	const page = await browser.newPage();
	try {
		if (isCold) await (await browser.newCDPSession(page)).send("Network.clearBrowserCache");
		await page.addInitScript((secret) => sessionStorage.setItem("strand-key", secret), key);
		await page.goto(`${url}/#/${view}${RANGE}`, { waitUntil: "commit" });
		const numbersMs = await page.evaluate(watch, VIEWS[view as keyof typeof VIEWS]);
		return { numbersMs, clickMs: await answerClick(page) };
	} finally {
		await page.close();
	}
}

/** Ms from a real click until its effect is painted: the theme changes, which needs the page's own code alone. */
async function answerClick(page: Page): Promise<number> {
	await page.evaluate(() => {
		const button = document.querySelectorAll<HTMLElement>("header button")[1] as HTMLElement;
		const taken = new Promise<number>((resolve) => {
			button.addEventListener("pointerdown", ({ timeStamp }) => {
				const look = () => {
					if (document.documentElement.dataset.theme) setTimeout(() => resolve(performance.now() - timeStamp));
					else requestAnimationFrame(look);
				};
				look();
			});
		});
		Object.assign(window, { taken });
	});
	await page.locator("header button").nth(1).click();
	const ms = await page.evaluate(() => (window as unknown as { taken: Promise<number> }).taken);
	await page.evaluate(() => localStorage.clear());
	return ms;
}

function median(values: readonly number[]): number {
	return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

const { collector, readKey } = await openStoredPeople(TOUCHPOINTS, FOLDER);
const browser = await chromium();
let missed = false;
try {
	const count = await fetch(`${collector.url}/v1/touchpoints?format=count&bots=1`, {
		headers: { authorization: `Bearer ${readKey}` },
	});
	console.log(`${((await count.json()) as { rows: number }).rows} touchpoints stored\n`);
	for (const [name, isCold] of [
		["nothing cached", true],
		["opened before", false],
	] as const) {
		const times = [];
		for (let round = 0; round < OPENINGS; round++) {
			times.push(await openView(browser, collector.url, "journeys", readKey, isCold));
		}
		const interactive = times.map(({ numbersMs, clickMs }) => numbersMs + clickMs);
		const isMet = median(interactive) <= INTERACTIVE_MS_MAX;
		missed ||= !isMet;
		console.log(
			`first view, ${name}: interactive after ${Math.round(median(interactive))} ms (median of ${OPENINGS}; ` +
				`worst ${Math.round(Math.max(...interactive))}), a click answered in ${Math.round(median(times.map(({ clickMs }) => clickMs)))} ms  ` +
				(isMet ? "met" : "MISSED"),
		);
	}
	console.log("\nFirst numbers of the other views, which read everything that is stored:");
	for (const view of Object.keys(VIEWS)) {
		const { numbersMs, clickMs } = await openView(browser, collector.url, view, readKey, false);
		console.log(
			`${view.padEnd(14)}${String(Math.round(numbersMs)).padStart(7)} ms, then a click in ${Math.round(clickMs)} ms`,
		);
	}
} finally {
	await browser.close();
	await collector.stop();
}
process.exitCode = missed ? 1 : 0;
