/** Set-up and live: arrivals, refusals, keys, goals, links. */
import { describe, expect, it } from "vitest";
import { authorise, postBatch } from "../../support/api.ts";
import { settle } from "../../support/collector.ts";
import { collector, DAY_MS, figure, open, page, tableOf } from "./scene.ts";

/** The live view once it listens: what came before is not new to it. */
async function openLive(): Promise<void> {
	const listening = page.waitForResponse(/\/v1\/touchpoints/);
	await open("#/live");
	await listening;
}

describe("arrivals", () => {
	it("appear in the live view as text, whatever markup a page calls its title", async () => {
		await openLive();
		const title = `<img src=x onerror="document.title='owned'"> & co`;
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
		await expect
			.poll(() => page.locator(".good").textContent())
			.toMatch(/We have seen [\d,]+ events .* the last .* ago/);
	});

	it("name the origin and the key that keep a page out", async () => {
		const made = await fetch(`${collector.url}/v1/keys`, {
			method: "POST",
			headers: authorise(collector.keys.secret),
			body: '{"kind": "write", "name": "limited", "origins": ["https://shop.example"]}',
		});
		const { key, id } = (await made.json()) as { key: string; id: string };
		const answer = await fetch(`${collector.url}/v1/batch?writeKey=${key}`, {
			method: "POST",
			headers: { origin: "https://<b>evil</b>.example" },
			body: '{"batch": [{"type": "page", "anonymousId": "a"}]}',
		});
		expect(answer.status).toBe(403);
		await open("#/setup");
		await expect.poll(() => page.locator(".warning").allTextContents()).toHaveLength(1);
		const warning = (await page.locator(".warning").textContent()) ?? "";
		expect(warning).toContain("https://<b>evil</b>.example");
		expect(warning).toContain(`#${id}`);
	});

	it("stop while the live view is paused, come when it goes on, and are filtered by channel", async () => {
		const { url, keys } = collector;
		const touch = (channel: string, messageId: string) =>
			postBatch(url, keys.secret, [{ type: "touch", name: "desk_visited", channel, userId: "live-one", messageId }]);
		await openLive();
		await touch("store", "live-1");
		await expect.poll(() => page.locator("ol.live li", { hasText: "Desk visited" }).count()).toBe(1);
		await page.click("button:text-is('Pause')");
		await touch("phone", "live-2");
		await settle(url, keys.read);
		// Longer than two polls would take.
		const asked = page.waitForRequest(/v1\/touchpoints/, { timeout: 5_000 }).then(
			() => true,
			() => false,
		);
		expect(await asked).toBe(false);
		expect(await page.locator("ol.live li", { hasText: "Desk visited" }).count()).toBe(1);
		await page.click("button:text-is('Go on')");
		await expect.poll(() => page.locator("ol.live li", { hasText: "Desk visited" }).count()).toBe(2);
		await page.locator("main select").selectOption("store");
		await expect.poll(() => page.locator("ol.live li", { hasText: "Desk visited" }).count()).toBe(1);
		await expect.poll(() => page.url()).toContain("channel=store");
	});

	it("show what people allowed in the consent log, when it is asked for", async () => {
		const { url, keys } = collector;
		await postBatch(url, keys.secret, [
			{
				type: "consent",
				anonymousId: "consenting",
				messageId: "said-1",
				traits: { analytics: true, stitching: false },
			},
		]);
		await settle(url, keys.read);
		await open("#/pipeline");
		await page.click("button:text-is('Read the consent log')");
		await expect
			.poll(async () => (await tableOf("Consent log")).map((row) => [row[1], row[2], row[4], row[5]]))
			.toEqual([["analytics: yes, stitching: no", "consenting", "a server", "said-1"]]);
	});
});

describe("keys", () => {
	it("are made, shown once and revoked with the secret key", async () => {
		await open("#/setup", collector.keys.secret);
		await expect
			.poll(() => page.locator("pre").first().textContent())
			.toContain(`data-write-key="${collector.keys.write}"`);
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

describe("links", () => {
	it("are tagged as typed, and keep one's own visits out", async () => {
		await open("#/setup");
		const tag = figure("Tag a link");
		await expect.poll(() => tag.textContent()).toContain("Fill in the page and the source");
		await tag.locator("label", { hasText: "Page" }).locator("input").fill("https://shop.example/p?x=1#top");
		await tag.locator("label", { hasText: "utm_source" }).locator("input").fill("news & more");
		await tag.locator("label", { hasText: "utm_campaign" }).locator("input").fill("秋茶");
		await expect.poll(() => tag.locator("pre").textContent()).toContain("utm_campaign");
		const link = new URL((await tag.locator("pre").textContent()) ?? "");
		expect(Object.fromEntries(link.searchParams)).toEqual({ x: "1", utm_source: "news & more", utm_campaign: "秋茶" });
		expect(link.hash).toBe("#top");
		await tag.locator("label", { hasText: "Page" }).locator("input").fill("javascript:alert(1)");
		await expect.poll(() => tag.locator("pre").count()).toBe(0);
		await figure("Your own visits").locator("input").fill("https://shop.example/");
		await expect
			.poll(() => figure("Your own visits").locator("pre").allTextContents())
			.toEqual(["https://shop.example/?strand_ignore=1", "https://shop.example/?strand_ignore=0"]);
	});
});
