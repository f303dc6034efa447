/** The collector, the browser and the page that the dashboard's tests share, and how they ask of them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { createFormat } from "../../../collector/dashboard/page/format.ts";
import { en } from "../../../collector/dashboard/page/words/en/index.ts";
import { fillWorkspace, setZone } from "../../../collector/node/demo/fill.ts";
import { LIN_MEI } from "../../../collector/node/demo/known-person.ts";
import { mondayBefore } from "../../../collector/node/demo/people.ts";
import { authorise } from "../../support/api.ts";
import { chromium } from "../../support/browsers.ts";
import { type RunningCollector, settle, startCollector } from "../../support/collector.ts";

const PEOPLE = 300;
const ZONE = "Asia/Shanghai";
export const VIEWS = ["setup", "live", "journeys", "map", "paths", "attribution", "times", "pages", "pipeline"];
/** The quarter that the demo fills, and a little more; a fixed range, so that page and test ask the same. */
export const DAY_MS = 24 * 3600_000;
export const endAt = mondayBefore(Date.now());
export const RANGE = { from: dateOf(endAt - 100 * DAY_MS), to: dateOf(endAt + DAY_MS) };
/** As an English page writes names and numbers. */
export const format = createFormat("en", ZONE, en);

export let collector: RunningCollector;
export let browser: BrowserContext;
export let page: Page;
/** Profile id of {@link LIN_MEI}. */
export let linMei: string;

export async function openScene(): Promise<void> {
	collector = await startCollector();
	const { url, keys } = collector;
	await setZone(url, keys.secret, ZONE);
	await fillWorkspace({ origin: url, secretKey: keys.secret, people: PEOPLE, seed: 1, endAt });
	await settle(url, keys.read);
	linMei = (await api<{ profileId: string }>(`/v1/profiles?userId=${LIN_MEI.userId}`)).profileId;
	browser = await chromium();
}

export async function closeScene(): Promise<void> {
	await browser?.close();
	await collector?.stop();
}

/** What no page may do whatever a test does with it: throw, or ask for what its policy forbids. */
export let faults: string[];

export async function newPage(): Promise<void> {
	await page?.close();
	page = await browser.newPage();
	const own: string[] = [];
	faults = own;
	page.on("pageerror", (error) => own.push(String(error)));
	page.on("console", (message) => {
		if (message.text().includes("Content Security Policy")) own.push(message.text());
	});
	await page.setViewportSize({ width: 1280, height: 900 });
}

function dateOf(t: number): string {
	return new Date(t + 8 * 3600_000).toISOString().slice(0, 10);
}

export async function api<T>(path: string): Promise<T> {
	const response = await fetch(`${collector.url}${path}`, { headers: authorise(collector.keys.read) });
	if (!response.ok) throw new Error(`${response.status} ${path}: ${await response.text()}`);
	return (await response.json()) as T;
}

/** The range as the page sends it: midnight in the workspace's zone, the last day included. */
export function analysis<T>(name: string, params = "", range = RANGE): Promise<T> {
	const from = new Date(`${range.from}T00:00:00+08:00`).toISOString();
	const to = new Date(Date.parse(`${range.to}T00:00:00+08:00`) + DAY_MS).toISOString();
	return api<T>(`/v1/analyses/${name}?from=${from}&to=${to}${params}`);
}

export async function open(hash = "", key = collector.keys.read, url = collector.url): Promise<void> {
	await page.goto(`${url}/${hash}`);
	await page.fill("input[name=key]", key);
	await page.click("button[type=submit]");
	await page.waitForSelector("header nav");
	await rest();
}

export async function show(view: string, params = `?from=${RANGE.from}&to=${RANGE.to}`): Promise<void> {
	await page.evaluate((hash) => {
		location.hash = hash;
	}, `#/${view}${params}`);
	await page.waitForSelector(".figure");
	await rest();
}

/** Waits until nothing is loading any more, and what was asked for a moment ago had its chance to begin. */
export async function rest(shown = page): Promise<void> {
	await shown.evaluate(async () => {
		for (let quietFrames = 0; quietFrames < 3; ) {
			await new Promise(requestAnimationFrame);
			const isQuiet = document.querySelector("main h1") !== null && document.querySelector("progress") === null;
			quietFrames = isQuiet ? quietFrames + 1 : 0;
		}
	});
}

/** Of the collector, as its data folder has it. */
export function adminToken(): string {
	const file = readFileSync(join(collector.dataDir, "admin.json"), "utf8");
	return (JSON.parse(file) as { adminToken: string }).adminToken;
}

export function figure(title: string) {
	return page.locator("section.figure", { has: page.locator(`h2:text-is("${title}")`) });
}

/** Rows of the data table of the figure with this title, as texts. */
export async function tableOf(title: string): Promise<string[][]> {
	await figure(title).waitFor();
	return figure(title)
		.locator("table:not(.heat) tbody tr")
		.evaluateAll((rows) => rows.map((row) => [...row.children].map((cell) => cell.textContent ?? "")));
}

export const whole = (value: number) => new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 }).format(value);
export const tenth = (value: number) => new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 }).format(value);
