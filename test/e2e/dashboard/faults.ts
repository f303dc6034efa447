/** Nothing there, nobody answering, and answers that are errors. */
import { describe, expect, it } from "vitest";
import { createWorkspace } from "../../../collector/node/workspaces.ts";
import { authorise, postBatch } from "../../support/api.ts";
import { adminToken, browser, collector, open, page, RANGE, rest, show, tableOf, VIEWS } from "./scene.ts";

describe("what is not there", () => {
	it("is a workspace just made: every view says so, and the first contact changes it", async () => {
		const keys = await createWorkspace(collector.url, adminToken(), {
			workspace: "empty",
			streamShards: 1,
			profileShards: 1,
		});
		if (keys === undefined) throw new Error("the workspace exists");
		await open("", keys.secret);
		for (const view of VIEWS) {
			await show(view, "");
			await expect.poll(() => page.locator("main .empty").count(), { message: view }).toBeGreaterThan(0);
			expect(await page.locator("[role=alert]").count(), view).toBe(0);
		}
		await show("journeys", "");
		await page.click("text=Go to set-up");
		await expect.poll(() => page.locator("main").textContent()).toContain("Nothing has arrived yet");
		await postBatch(collector.url, keys.write, [
			{ type: "page", anonymousId: "the first", properties: { url: "https://a.example/", path: "/", title: "Hello" } },
		]);
		await expect.poll(() => page.locator(".good").textContent()).toContain("We have seen 1 events");
		// "the latest" or "a" chain: as the feed's first question came before the contact or after it.
		await page.locator("[role=status] a", { hasText: "chain" }).click();
		await expect.poll(async () => (await tableOf("In order")).map((row) => row[3])).toEqual(["Hello"]);
	});

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
		// Figures fail one after the other.
		await rest();
		for (let left = await page.locator(".failed button").count(); left > 0; left--) {
			await page.locator(".failed button").first().click();
		}
		await rest();
		await expect.poll(() => page.locator("[role=alert]").count()).toBe(0);
	});

	it("is waited for with a way out when the collector is slow, and the wait is told", async () => {
		await open();
		let release = () => {};
		const held = new Promise<void>((resolve) => {
			release = resolve;
		});
		await page.route("**/v1/analyses/**", async (route) => {
			await held;
			await route.continue().catch(() => {});
		});
		await page.evaluate(() => {
			location.hash = "#/times";
		});
		await expect.poll(() => page.locator(".waiting").first().textContent()).toMatch(/Loading….* for \d+ s/);
		const waits = await page.locator(".waiting button").count();
		await page.locator(".waiting button").first().click();
		await expect.poll(() => page.locator("text=Cancelled.").count()).toBe(1);
		release();
		await expect.poll(() => page.locator(".waiting").count()).toBe(0);
		expect(await page.locator("text=Cancelled.").count()).toBe(1);
		expect(waits).toBeGreaterThan(1);
		await page.click("button:text-is('Try again')");
		await expect.poll(() => page.locator("table.heat").count()).toBe(waits);
	});

	it("is said for each figure alone when the collector fails, and tried again", async () => {
		await open();
		let isBroken = true;
		await page.route("**/v1/analyses/landings**", (route) =>
			isBroken
				? route.fulfill({ status: 503, body: '{"error":{"code":"overloaded","message":"x"}}' })
				: route.continue(),
		);
		await show("pages");
		await expect.poll(() => page.locator("[role=alert]").first().textContent()).toContain("busy");
		expect((await tableOf("Pages")).length).toBeGreaterThan(0);
		isBroken = false;
		while ((await page.locator("[role=alert] button").count()) > 0) {
			await page.locator("[role=alert] button").first().click();
			await rest();
		}
		expect((await tableOf("Landing and exit pages")).length).toBeGreaterThan(0);
	});

	it("sends back to the door with a reason when the key is revoked under way", async () => {
		const made = await fetch(`${collector.url}/v1/keys`, {
			method: "POST",
			headers: authorise(collector.keys.secret),
			body: '{"kind": "read", "name": "soon gone"}',
		});
		const { key, id } = (await made.json()) as { key: string; id: string };
		await open("#/times", key);
		await fetch(`${collector.url}/v1/keys/${id}`, { method: "DELETE", headers: authorise(collector.keys.secret) });
		await page.evaluate(() => {
			location.hash = "#/paths";
		});
		await page.waitForSelector("input[name=key]");
		expect(await page.locator("[role=alert]").textContent()).toContain("not valid any more");
		expect(await page.evaluate(() => sessionStorage.length)).toBe(0);
		await page.fill("input[name=key]", collector.keys.read);
		await page.click("button[type=submit]");
		await page.waitForSelector("h1:text-is('Paths')");
	});

	it("is said plainly for an error of the collector", async () => {
		await open("#/journeys/nobody");
		await expect.poll(() => page.locator("[role=alert]").textContent()).toContain("Nothing was found");
	});
});
