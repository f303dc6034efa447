/** The script tag under a strict content security policy, as docs/tag.md gives it. */

import { createHash } from "node:crypto";
import type { BrowserContext } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type EventRow, readRows } from "../support/api.ts";
import { chromium } from "../support/browsers.ts";
import { type RunningCollector, startCollector } from "../support/collector.ts";
import { DELIVERY } from "../support/eventually.ts";
import { get } from "../support/http.ts";
import { type Site, startSite } from "../support/site.ts";

describe("a page with a strict policy", () => {
	let collector: RunningCollector;
	let context: BrowserContext;
	let site: Site;

	beforeAll(async () => {
		[collector, context] = await Promise.all([startCollector(), chromium()]);
		const { body } = await get(`${collector.url}/strand-0.1.0.js`);
		const createPage = (integrity: string) => ({
			headers: {
				"content-security-policy": `default-src 'none'; script-src 'nonce-r4nd0m'; connect-src ${collector.url}`,
			},
			html: `<!doctype html><title>Strict</title><script async nonce="r4nd0m" src="${collector.url}/strand-0.1.0.js"
				integrity="sha384-${integrity}" crossorigin="anonymous" data-write-key="${collector.keys.write}"></script>`,
		});
		site = await startSite({
			collector: collector.url,
			writeKey: collector.keys.write,
			pages: {
				"/right": createPage(createHash("sha384").update(body).digest("base64")),
				"/wrong": createPage(createHash("sha384").update("another script").digest("base64")),
			},
		});
	});
	afterAll(async () => {
		await Promise.all([context?.close(), site?.close()]);
		await collector?.stop();
	});

	it("runs the script by nonce and hash, breaks no rule of the policy, and is delivered", async () => {
		const page = await context.newPage();
		await page.addInitScript(() => {
			Object.assign(window, { violations: [] });
			document.addEventListener("securitypolicyviolation", ({ blockedURI, effectiveDirective }) =>
				(window as unknown as { violations: string[] }).violations.push(`${effectiveDirective} ${blockedURI}`),
			);
		});
		await page.goto(`${site.url}/right`);
		const readEvents = () => readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
		await vi.waitFor(async () => expect((await readEvents()).map(({ type }) => type)).toContain("page"), DELIVERY);
		// The part that is loaded after the script has its nonce too.
		await vi.waitFor(async () => expect(await page.locator("script[src*=forms]").count()).toBe(1), DELIVERY);
		expect(await page.evaluate(() => (window as unknown as { violations: string[] }).violations)).toEqual([]);
		await page.close();
	});

	it("does not run a script whose content is another", async () => {
		const page = await context.newPage();
		const refused = page.waitForEvent("console", (message) => /integrity/.test(message.text()));
		await page.goto(`${site.url}/wrong`);
		await refused;
		expect(await page.evaluate(() => "strand" in window)).toBe(false);
		await page.close();
	});
});
