/**
 * The main job, with nothing in place of the real thing: a visitor in Chromium on the example shop, on two
 * devices, and a telephone call that a server reports, become one chain.
 */

import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type EventRow, type JourneyRow, postBatch, readRows } from "../support/api.ts";
import { type RunningCollector, settle, startCollector } from "../support/collector.ts";
import { DELIVERY } from "../support/eventually.ts";
import { chromiumTabs } from "../support/tabs.ts";

const USER = "customer-77";
const MAIL = "lin@kettle.example";
const READ_MS = 2_000;
const READ_ON_MS = 1_500;
const HIDDEN_MS = 3_000;
/** The promise: engaged time is right within this. */
const ENGAGED_ERROR_MS_MAX = 500;

/** What a visitor saw of a page, by another method than the script's: looks 20 times a second, and whenever it may have changed. */
interface Seen {
	/** Visible and in focus, ms. */
	readMs: number;
	/** Since the page was loaded, ms. */
	openMs: number;
	/** The part that watches forms, loaded when the page is quiet, is there. */
	hasForms: boolean;
}

/** Runs in the page before all else. */
function watchPage(): void {
	const seen = { readMs: 0, openMs: 0, hasForms: false };
	let at = performance.now();
	let isRead = false;
	Object.assign(window, { seen });
	const look = () => {
		const now = performance.now();
		if (isRead) seen.readMs += now - at;
		isRead = document.visibilityState === "visible" && document.hasFocus();
		seen.openMs = now;
		at = now;
	};
	look();
	setInterval(look, 50);
	for (const type of ["visibilitychange", "focus", "blur"]) addEventListener(type, look, true);
	// What the visitor has seen when he goes is told by the next page of this tab.
	addEventListener("pagehide", () => {
		look();
		sessionStorage.setItem(location.pathname, JSON.stringify(seen));
	});
	// Scripts do not bubble their load, but it is seen on its way down.
	document.addEventListener(
		"load",
		({ target }) => {
			if (target instanceof HTMLScriptElement && target.src.includes("strand-forms")) seen.hasForms = true;
		},
		true,
	);
}

/** Of a page that this tab has left, by what stands behind the shop's folder in its path. */
const readSeen = async (page: Page, path: string) =>
	JSON.parse(await page.evaluate((key) => sessionStorage.getItem(key) ?? "", `/examples/shop/${path}`)) as Seen;

describe("one customer on two devices and the telephone", () => {
	let collector: RunningCollector;
	let laptop: Browser;
	let phone: Browser;
	/** Where the shop's outbound link leads here: no test calls a foreign site. */
	const elsewhere = createServer((_, response) => response.setHeader("content-type", "text/html").end("Elsewhere"));
	const seen: Seen[] = [];
	let calledAt = "";
	let events: EventRow[];
	let journeys: JourneyRow[];

	beforeAll(async () => {
		elsewhere.listen(0);
		await once(elsewhere, "listening");
		[collector, laptop, phone] = await Promise.all([startCollector(), chromiumTabs(), chromiumTabs()]);
		await visitOnLaptop();
		calledAt = new Date().toISOString();
		await visitOnPhone();
		await reportCall();
		await settle(collector.url, collector.keys.read);
		events = await readEvents();
		journeys = await readRows<JourneyRow>(collector.url, collector.keys.read, "/v1/journeys");
	});
	afterAll(async () => {
		await Promise.all([collector?.stop(), laptop?.close(), phone?.close()]);
		elsewhere.close();
	});

	const readEvents = () => readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");

	async function open(browser: Browser, path: string): Promise<Page> {
		const page = await browser.newPage();
		await page.evaluateOnNewDocument(watchPage);
		await page.bringToFront();
		await page.goto(`${collector.url}/examples/shop/${path}`);
		return page;
	}

	/** A person at the page: the pointer moves, the page scrolls a little. */
	async function read(page: Page, ms: number): Promise<void> {
		const until = performance.now() + ms;
		for (let step = 0; performance.now() < until; step++) {
			await page.mouse.move(100 + (step % 50), 200);
			await page.mouse.wheel({ deltaY: 5 });
			await new Promise((resolve) => setTimeout(resolve, 100));
		}
	}

	async function hide(browser: Browser, page: Page, ms: number): Promise<void> {
		const other = await browser.newPage();
		await other.bringToFront();
		await page.waitForFunction(() => document.visibilityState === "hidden", { polling: 20 });
		await new Promise((resolve) => setTimeout(resolve, ms));
		await other.close();
		await page.bringToFront();
		await page.waitForFunction(() => document.visibilityState === "visible", { polling: 20 });
	}

	async function follow(page: Page, selector: string): Promise<void> {
		await Promise.all([page.waitForNavigation(), page.click(selector)]);
	}

	/** Fills in the shop's login, which calls `strand.identify`, and waits until the collector has it. */
	async function logIn(page: Page): Promise<void> {
		const before = await countLogins();
		await page.waitForFunction("window.seen.hasForms", { polling: 20 });
		await page.locator("#login [name=user]").fill(USER);
		await page.locator("#login [name=email]").fill(MAIL);
		await page.click("#login button");
		await vi.waitFor(async () => expect(await countLogins()).toBe(before + 1), DELIVERY);
	}

	async function countLogins(): Promise<number> {
		return (await readEvents()).filter(({ type }) => type === "identify").length;
	}

	async function visitOnLaptop(): Promise<void> {
		const page = await open(
			laptop,
			"oolong.html?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=Cj0example",
		);
		await read(page, READ_MS);
		await hide(laptop, page, HIDDEN_MS);
		await read(page, READ_ON_MS);
		await follow(page, "nav a[href='./']");
		await read(page, READ_ON_MS);
		const { port } = elsewhere.address() as AddressInfo;
		await page.$eval(
			"a[href*=wikipedia]",
			(link, target) => link.setAttribute("href", target),
			`http://localhost:${port}/`,
		);
		await follow(page, "a[href*=localhost]");
		await page.goto(`${collector.url}/examples/shop/account.html`);
		seen.push(await readSeen(page, "oolong.html"), await readSeen(page, ""));
		await logIn(page);
		await page.close();
	}

	async function visitOnPhone(): Promise<void> {
		const page = await open(phone, "?utm_source=newsletter&utm_medium=email&utm_campaign=may");
		await follow(page, "nav a[href='account.html']");
		await logIn(page);
		await page.close();
	}

	/** The switchboard knows the number only; the CRM knows whose it is. */
	async function reportCall(): Promise<void> {
		const traits = { phone: "138 1234 5678" };
		const { rejected } = await postBatch(collector.url, collector.keys.secret, [
			{
				type: "touch",
				channel: "phone",
				name: "call_completed",
				direction: "in",
				durationMs: 95_000,
				timestamp: calledAt,
				messageId: "call-1",
				traits: { phone: "+8613812345678" },
			},
			{ type: "identify", userId: USER, traits, timestamp: calledAt, messageId: "crm-1" },
		]);
		expect(rejected).toEqual([]);
	}

	it("makes one journey that names both devices, the login, the mail and the telephone", () => {
		expect(journeys).toHaveLength(1);
		const devices = new Set(events.flatMap(({ anonymousId }) => (anonymousId === undefined ? [] : [anonymousId])));
		expect(devices.size).toBe(2);
		const identities = journeys[0]?.identities.map(({ kind, value }) => `${kind} ${value}`).sort();
		expect(identities).toEqual(
			[
				...[...devices].map((device) => `anonymousId ${device}`),
				`email ${MAIL}`,
				"phone +8613812345678",
				`userId ${USER}`,
			].sort(),
		);
		expect(new Set(events.map(({ profileId }) => profileId))).toEqual(new Set([journeys[0]?.profileId]));
	});

	it("strings every contact in the order in which it happened", () => {
		const chain = journeys[0]?.touchpoints.map((touchpoint) => {
			const { channel, type, page } = touchpoint as typeof touchpoint & { page?: { url?: string } };
			return [channel, type, page?.url && new URL(page.url).pathname.replace("/examples/shop/", "")];
		});
		expect(chain).toEqual([
			["web", "page_viewed", "oolong.html"],
			["web", "page_viewed", ""],
			["web", "link_clicked", ""],
			["web", "page_viewed", "account.html"],
			["web", "form_started", "account.html"],
			["web", "form_submitted", "account.html"],
			["phone", "call_completed", undefined],
			["web", "page_viewed", ""],
			["web", "page_viewed", "account.html"],
			["web", "form_started", "account.html"],
			["web", "form_submitted", "account.html"],
		]);
	});

	it("names the traffic channel of each visit, on the evidence of its link", () => {
		const sessions = Map.groupBy(
			journeys[0]?.touchpoints.filter(({ channel }) => channel === "web") ?? [],
			({ sessionId }) => sessionId,
		);
		const traffic = [...sessions.values()].map(([entry]) => ({
			traffic: entry?.traffic,
			source: entry?.source,
			medium: entry?.medium,
			campaign: entry?.campaign,
			clickId: entry?.clickId,
		}));
		expect(traffic).toEqual([
			{
				traffic: "Paid Search",
				source: "google",
				medium: "cpc",
				campaign: "spring",
				clickId: { kind: "google_ads", value: "Cj0example" },
			},
			{ traffic: "Email", source: "newsletter", medium: "email", campaign: "may", clickId: undefined },
		]);
	});

	it("counts as engaged what was read, and not what was hidden", () => {
		const [landing, home] = journeys[0]?.touchpoints.filter(({ type }) => type === "page_viewed") ?? [];
		const [readLanding, readHome] = seen;
		// The truth itself: hidden time was open time and no reading time.
		expect(readLanding?.readMs).toBeGreaterThan(READ_MS + READ_ON_MS - 200);
		expect((readLanding?.openMs ?? 0) - (readLanding?.readMs ?? 0)).toBeGreaterThan(HIDDEN_MS - 200);
		for (const [view, truth] of [
			[landing, readLanding],
			[home, readHome],
		] as const) {
			expect(Math.abs((view?.engagedMs ?? 0) - (truth?.readMs ?? 0))).toBeLessThan(ENGAGED_ERROR_MS_MAX);
		}
	});

	it("keeps the click that left the site, and where it led", () => {
		const click = journeys[0]?.touchpoints.find(({ type }) => type === "link_clicked");
		const { port } = elsewhere.address() as AddressInfo;
		expect(click?.object).toMatchObject({ kind: "outbound", ref: `http://localhost:${port}/`, title: "Wikipedia" });
	});
});
