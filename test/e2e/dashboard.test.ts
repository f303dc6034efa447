/**
 * The built dashboard in Chromium, against the real collector with the demo's data: what it shows equals
 * what the contract answers, also when nothing comes, the key is wrong or the network is away.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { fillWorkspace, setZone } from "../../collector/node/demo/fill.ts";
import { LIN_MEI } from "../../collector/node/demo/known-person.ts";
import { mondayBefore } from "../../collector/node/demo/people.ts";
import { authorise, postBatch } from "../support/api.ts";
import { chromium } from "../support/browsers.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { get } from "../support/http.ts";

const PEOPLE = 300;
const VIEWS = ["setup", "live", "journeys", "map", "paths", "attribution", "times", "pages", "pipeline"];
/** The quarter that the demo fills, and a little more; a fixed range, so that page and test ask the same. */
const DAY_MS = 24 * 3600_000;
const endAt = mondayBefore(Date.now());
const RANGE = { from: dateOf(endAt - 100 * DAY_MS), to: dateOf(endAt + DAY_MS) };
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let collector: RunningCollector;
let browser: BrowserContext;
let page: Page;
let linMei: string;

beforeAll(async () => {
	collector = await startCollector();
	const { url, keys } = collector;
	await setZone(url, keys.secret, "Asia/Shanghai");
	await fillWorkspace({ origin: url, secretKey: keys.secret, people: PEOPLE, seed: 1, endAt });
	await settle(url, keys.read);
	linMei = (await api<{ profileId: string }>(`/v1/profiles?userId=${LIN_MEI.userId}`)).profileId;
	browser = await chromium();
});
afterAll(async () => {
	await browser?.close();
	await collector?.stop();
});
beforeEach(async () => {
	await page?.close();
	page = await browser.newPage();
	await page.setViewportSize({ width: 1280, height: 900 });
});

function dateOf(t: number): string {
	return new Date(t + 8 * 3600_000).toISOString().slice(0, 10);
}

async function api<T>(path: string): Promise<T> {
	const response = await fetch(`${collector.url}${path}`, { headers: authorise(collector.keys.read) });
	if (!response.ok) throw new Error(`${response.status} ${path}: ${await response.text()}`);
	return (await response.json()) as T;
}

/** The range as the page sends it: midnight in the workspace's zone, the last day included. */
function analysis<T>(name: string, params = ""): Promise<T> {
	const from = new Date(`${RANGE.from}T00:00:00+08:00`).toISOString();
	const to = new Date(Date.parse(`${RANGE.to}T00:00:00+08:00`) + DAY_MS).toISOString();
	return api<T>(`/v1/analyses/${name}?from=${from}&to=${to}${params}`);
}

async function open(hash = "", key = collector.keys.read): Promise<void> {
	await page.goto(`${collector.url}/${hash}`);
	await page.fill("input[name=key]", key);
	await page.click("button[type=submit]");
	await page.waitForSelector("header nav");
	await rest();
}

async function show(view: string, params = `?from=${RANGE.from}&to=${RANGE.to}`): Promise<void> {
	await page.evaluate((hash) => {
		location.hash = hash;
	}, `#/${view}${params}`);
	await page.waitForSelector(".figure");
	await rest();
}

/** Waits until nothing is loading any more. */
async function rest(): Promise<void> {
	await page.waitForFunction(
		() => document.querySelector("main h1") !== null && document.querySelector("progress") === null,
	);
}

/** Rows of the data table of the figure with this title, as texts. */
async function tableOf(title: string): Promise<string[][]> {
	const figure = page.locator("section.figure", { has: page.locator(`h2:text-is("${title}")`) });
	await figure.waitFor();
	return figure
		.locator("table:not(.heat) tbody tr")
		.evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
}

const whole = (value: number) => new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 }).format(value);
const tenth = (value: number) => new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 }).format(value);

describe("the door", () => {
	it("tells a wrong key, and opens to a right one that never stands in the address", async () => {
		await page.goto(`${collector.url}/`);
		await page.fill("input[name=key]", "rk_main_0000000000000000000000000000000000000000");
		await page.click("button[type=submit]");
		await expect.poll(() => page.locator("[role=alert]").textContent()).toContain("not known");
		await page.fill("input[name=key]", collector.keys.read);
		await page.click("button[type=submit]");
		await page.waitForSelector("header nav");
		expect(page.url()).not.toContain(collector.keys.read);
		expect(await page.evaluate(() => document.cookie + JSON.stringify(localStorage))).not.toContain(
			collector.keys.read,
		);
		await page.reload();
		await page.waitForSelector("header nav");
		await page.click("button:text-is('Lock')");
		await page.waitForSelector("input[name=key]");
		expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
	});

	it("is a small page under a strict policy", async () => {
		const { headers } = await get(`${collector.url}/`);
		expect(headers["content-security-policy"]).toContain("default-src 'self'");
		expect(headers["content-security-policy"]).not.toContain("unsafe");
		await open("#/journeys");
		const bytes = await page.evaluate(() =>
			[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
				.filter(({ name }) => !name.includes("/v1/"))
				.reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0),
		);
		expect(bytes).toBeGreaterThan(5_000);
		expect(bytes).toBeLessThanOrEqual(150_000);
	});
});

describe("a known person's chain", () => {
	it("is found by mail and reads right, without the mail in the address", async () => {
		await open();
		await page.fill("input[type=search]", LIN_MEI.email);
		await page.click("button:text-is('Find')");
		await page.waitForSelector("h2:text-is('Lin Mei')");
		expect(decodeURIComponent(page.url())).not.toMatch(/lin|@/i);
		const rows = await tableOf("In order");
		expect(rows.map(([, channel, type]) => [type, channel])).toEqual(
			LIN_MEI.chain.map(([type, channel]) => [type.replaceAll("_", " "), channel]),
		);
		expect(await page.locator(".timeline .mark").count()).toBe(LIN_MEI.chain.length);
		expect(await page.locator(".timeline .star").count()).toBe(1);
		expect(await page.locator(".timeline .lane text").allTextContents()).toEqual(
			expect.arrayContaining(["web · mobile", "web · desktop", "phone", "store"]),
		);
		const widths = await page
			.locator(".timeline .mark rect")
			.evaluateAll((marks) => marks.map((mark) => Number(mark.getAttribute("width"))));
		// 141 s of reading are drawn longer than 74 s, and those longer than what was not read.
		expect(widths[2]).toBeGreaterThan(widths[0] ?? 0);
		expect(widths[0]).toBeGreaterThan(widths[1] ?? 0);
	});

	it("shows the evidence of what is pointed at, and says why a visit is in its channel", async () => {
		await open(`#/journeys/${linMei}`);
		await page.locator(".timeline .mark").first().hover();
		const details = page.locator(".details");
		await expect.poll(() => details.textContent()).toContain("lin-mei-phone-1");
		expect(await details.textContent()).toMatch(/Why is this Paid Social\?.*utm_source=xiaohongshu/);
	});

	it("folds sessions, whose number stands on them", async () => {
		await open(`#/journeys/${linMei}`);
		await page.click("text=Fold sessions");
		await expect.poll(() => page.locator(".timeline .mark").count()).toBe(11);
		expect(await page.locator(".timeline .count").allTextContents()).toEqual(["3", "2", "2"]);
	});

	it("lets a device go and takes it back", async () => {
		const before = await api<{ touchpoints: object[] }>(`/v1/profiles/${linMei}`);
		await open(`#/journeys/${linMei}`, collector.keys.secret);
		const row = page.locator("tr", { hasText: "lin-mei-phone" });
		await row.locator("button:text-is('Unlink')").click();
		await page.locator("dialog button[type=submit]").click();
		await page.waitForSelector("text=are parted.");
		await expect.poll(async () => (await tableOf("In order")).length).toBe(LIN_MEI.chain.length - 5);
		await page.locator(".notice button").click();
		await page.locator("dialog button[type=submit]").click();
		await expect.poll(async () => (await tableOf("In order")).length).toBe(LIN_MEI.chain.length);
		const after = await api<{ touchpoints: object[] }>(`/v1/profiles/${linMei}`);
		expect(after.touchpoints).toEqual(before.touchpoints);
	});

	it("is erased only after a typed word, and then gone", async () => {
		const { url, keys } = collector;
		await postBatch(url, keys.secret, [
			{ type: "touch", channel: "store", name: "store_visited", userId: "to-be-erased", messageId: "gone-1" },
		]);
		await settle(url, keys.read);
		const { profileId } = await api<{ profileId: string }>("/v1/profiles?userId=to-be-erased");
		await open(`#/journeys/${profileId}`, keys.secret);
		await page.click("button:text-is('Erase this person')");
		await page.fill("dialog input[name=confirm]", "erase");
		await page.locator("dialog button[type=submit]").click();
		await page.waitForSelector("dialog [role=alert]");
		await page.fill("dialog input[name=confirm]", "ERASE");
		await page.locator("dialog button[type=submit]").click();
		await page.waitForSelector("text=Erased.");
		const response = await fetch(`${url}/v1/profiles/${profileId}`, { headers: authorise(keys.read) });
		expect(response.status).toBe(404);
	});
});

describe("numbers equal the contract's", () => {
	it("in attribution", async () => {
		await open();
		await show("attribution");
		type Row = { channel: string; conversions: Record<string, number>; spread: number };
		const { models, rows } = await analysis<{ models: string[]; rows: Row[] }>("attribution", "&model=all");
		expect(rows.length).toBeGreaterThan(3);
		expect(await tableOf("Models side by side")).toEqual(
			rows.map(({ channel, conversions, spread }) => [
				channel,
				...models.map((model) => tenth(conversions[model] ?? 0)),
				tenth(spread),
			]),
		);
	});

	it("in the heat map, whose busiest hour is the planted one", async () => {
		await open();
		await show("times");
		const { rows } = await analysis<{ rows: { weekday: string; hours: number[] }[] }>("heatmap");
		const cells = await page
			.locator("section.figure")
			.first()
			.locator("table.heat tbody tr")
			.evaluateAll((lines) =>
				lines.map((line) => [...line.querySelectorAll("td")].map((cell) => cell.textContent ?? "")),
			);
		expect(cells).toEqual(rows.map(({ hours }) => hours.map((count) => (count === 0 ? "" : whole(count)))));
		const all = rows.flatMap(({ weekday, hours }) => hours.map((count, hour) => ({ weekday, hour, count })));
		expect(all.sort((a, b) => b.count - a.count)[0]).toMatchObject({ weekday: "Tuesday", hour: 20 });
	});

	it("in paths", async () => {
		await open();
		await show("paths");
		type Row = { steps: string[]; journeys: number; conversions: number };
		const { rows } = await analysis<{ rows: Row[] }>("paths", "&transform=exposure&limit=300&sort=journeys");
		const shown = await tableOf("Commonest paths");
		expect(shown.map(([steps, journeys, conversions]) => [steps, journeys, conversions])).toEqual(
			rows.map(({ steps, journeys, conversions }) => [steps.join(" → "), String(journeys), String(conversions)]),
		);
		expect(await page.locator("path.band").count()).toBeGreaterThan(10);
	});

	it("on the map and in the funnel", async () => {
		await open();
		await show("map");
		type Tab = { rows: { label: string; count: number }[] };
		const { rows } = await analysis<Tab>("crosstab", "&rows=type&columns=stage&limit=40");
		const shown = await tableOf("Contacts by stage");
		expect(shown.map((cells) => [cells[0], cells.at(-1)])).toEqual(
			rows.map(({ label, count }) => [label.replaceAll("_", " "), String(count)]),
		);
		const stages = "product_viewed,product_added,checkout_started,order_paid";
		const funnel = await analysis<{ rows: { journeys: number }[] }>(
			"funnel",
			`&by=type&stages=${stages}&order=ordered`,
		);
		expect((await tableOf("The way to an order")).map(([, count]) => count)).toEqual(
			funnel.rows.map(({ journeys }) => String(journeys)),
		);
	});

	it("in pages and in the pipeline", async () => {
		await open();
		await show("pages");
		const { rows } = await analysis<{ rows: { page: string; views: number }[] }>("pages");
		expect((await tableOf("Pages")).map(([path, views]) => [path, views])).toEqual(
			rows.map((row) => [row.page, whole(row.views)]),
		);
		await show("pipeline");
		const status = await api<{ delivery: { copies: number }; identifiedStreams: number }>("/v1/status");
		const numbers = new Map((await tableOf("Now")).map(([name, value]) => [name, value]));
		expect(numbers.get("Events received, repeats included")).toBe(whole(status.delivery.copies));
		expect(numbers.get("Identified devices and ids")).toBe(whole(status.identifiedStreams));
		expect(numbers.get("Events of these that never arrived")).toBe("0");
	});

	it("in the list of journeys, filtered and to its end", async () => {
		await open();
		await show("journeys", `?from=${RANGE.from}&to=${RANGE.to}&channel=webinar&stage=purchase`);
		const response = await fetch(`${collector.url}/v1/journeys?channel=webinar`, {
			headers: authorise(collector.keys.read),
		});
		const journeys = (await response.text())
			.trim()
			.split("\n")
			.map((line) => JSON.parse(line) as { stage: string });
		const wanted = journeys.filter(({ stage }) => stage === "purchase").length;
		expect(wanted).toBeGreaterThan(0);
		await expect.poll(() => page.locator("main table tbody tr").count()).toBe(Math.min(25, wanted));
	});
});

describe("what is not there", () => {
	it("is said plainly when the time holds nothing", async () => {
		await open();
		for (const view of ["journeys", "map", "paths", "attribution", "times", "pages"]) {
			await show(view, "?from=2020-01-01&to=2020-01-02");
			await expect.poll(() => page.locator(".empty").count(), { message: view }).toBeGreaterThan(0);
			expect(await page.locator("[role=alert]").count()).toBe(0);
		}
	});

	it("is said plainly when the network is away, and comes back with it", async () => {
		await open();
		await show("map");
		await browser.setOffline(true);
		try {
			await page.evaluate((hash) => {
				location.hash = hash;
			}, `#/map?from=${RANGE.from}&to=${RANGE.from}`);
			await expect.poll(() => page.locator("[role=alert]").first().textContent()).toContain("cannot be reached");
		} finally {
			await browser.setOffline(false);
		}
		for (let left = await page.locator(".failed button").count(); left > 0; left--) {
			await page.locator(".failed button").first().click();
		}
		await rest();
		await expect.poll(() => page.locator("[role=alert]").count()).toBe(0);
	});

	it("is said plainly for an error of the collector", async () => {
		await open("#/journeys/nobody");
		await expect.poll(() => page.locator("[role=alert]").textContent()).toContain("Nothing was found");
	});
});

describe("arrivals", () => {
	it("appear in the live view as text, whatever markup a page calls its title", async () => {
		await open("#/live");
		const title = `<img src=x onerror="document.title='owned'"> & co`;
		await page.waitForResponse((response) => response.url().includes("/v1/touchpoints"));
		await postBatch(collector.url, collector.keys.write, [
			{ type: "page", anonymousId: "live-visitor", properties: { url: "https://a.example/", path: "/", title } },
		]);
		await page.waitForSelector("ol.live li");
		expect(await page.locator("ol.live li").first().textContent()).toContain(title);
		expect(await page.locator("main img").count()).toBe(0);
		expect(await page.title()).toBe("Live · Strand");
	});

	it("tell a refused event in set-up, with its reason", async () => {
		await postBatch(collector.url, collector.keys.write, [
			{
				type: "track",
				event: "Late",
				anonymousId: "late",
				timestamp: new Date(Date.now() - 30 * DAY_MS).toISOString(),
			},
		]);
		await open("#/setup");
		await expect.poll(() => page.locator("main").textContent()).toContain("Older than 8 days");
	});
});

describe("keys", () => {
	it("are made, shown once and revoked with the secret key", async () => {
		await open("#/setup", collector.keys.secret);
		expect(await page.locator("pre").first().textContent()).toContain(`data-write-key="${collector.keys.write}"`);
		const form = page.locator("form", { hasText: "Create key" });
		await form.locator("select").selectOption("read");
		await form.locator("input[name=name]").fill("for the analyst");
		await form.locator("button[type=submit]").click();
		const key = (await form.locator("pre").textContent()) ?? "";
		expect(key).toMatch(/^rk_main_/);
		const status = () =>
			fetch(`${collector.url}/v1/status`, { headers: authorise(key) }).then((answer) => answer.status);
		expect(await status()).toBe(200);
		const row = page.locator("tr", { hasText: "for the analyst" });
		await row.locator("button").click();
		await page.locator("dialog button[type=submit]").click();
		await expect.poll(() => page.locator("tr", { hasText: "for the analyst" }).count()).toBe(0);
		expect(await status()).toBe(401);
	});
});

describe("manners", () => {
	it("speaks Chinese where that is chosen, and keeps it", async () => {
		await open("#/journeys");
		await page.click("button:text-is('中文')");
		await page.waitForSelector("h1:text-is('旅程')");
		expect(await page.evaluate(() => document.documentElement.lang)).toBe("zh-CN");
		await page.reload();
		await page.waitForSelector("h1:text-is('旅程')");
		await page.click("button:text-is('English')");
		await page.waitForSelector("h1:text-is('Journeys')");
	});

	it("keeps to 360 px without overflow, in every view", async () => {
		await page.setViewportSize({ width: 360, height: 740 });
		await open();
		for (const view of [...VIEWS, `journeys/${linMei}`]) {
			await show(view);
			const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			expect(over, view).toBeLessThanOrEqual(0);
		}
	});

	it.each(["light", "dark"] as const)("has no serious finding of axe in %s", async (colorScheme) => {
		await page.emulateMedia({ colorScheme });
		await open("", collector.keys.secret);
		for (const view of [...VIEWS, `journeys/${linMei}`]) {
			await show(view);
			// In the dark only colours differ.
			const only = colorScheme === "dark" ? `{ runOnly: ["color-contrast"] }` : "{}";
			const found = await page.evaluate(`${AXE}; axe.run(${only}).then(({ violations }) => violations)`);
			const serious = (found as { id: string; impact: string; nodes: { html: string }[] }[])
				.filter(({ impact }) => impact === "serious" || impact === "critical")
				.map(({ id, nodes }) => `${view}: ${id} ${nodes[0]?.html}`);
			expect(serious).toEqual([]);
		}
	});
});
