/** The door, and the page behind it. */
import { describe, expect, it } from "vitest";
import { get } from "../../support/http.ts";
import { collector, open, page } from "./scene.ts";

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
