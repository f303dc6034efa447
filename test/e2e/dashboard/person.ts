/** One person: the chain, its evidence, unlinking, erasure, travel in time. */
import { describe, expect, it } from "vitest";
import { LIN_MEI } from "../../../collector/node/demo/known-person.ts";
import { authorise, postBatch } from "../../support/api.ts";
import { settle } from "../../support/collector.ts";
import { api, collector, figure, format, linMei, open, page, show, tableOf } from "./scene.ts";

describe("a known person's chain", () => {
	it("is found by mail and reads right, without the mail in the address", async () => {
		await open();
		await page.fill("input[type=search]", LIN_MEI.email);
		await page.click("button:text-is('Find')");
		await page.waitForSelector("h2:text-is('Lin Mei')");
		expect(decodeURIComponent(page.url())).not.toMatch(/lin|@/i);
		const rows = await tableOf("In order");
		expect(rows.map(([, channel, type]) => [type, channel])).toEqual(
			LIN_MEI.chain.map(([type, channel]) => [format.name(type), format.name(channel)]),
		);
		expect(await page.locator(".timeline .mark").count()).toBe(LIN_MEI.chain.length);
		expect(await page.locator(".timeline .star").count()).toBe(1);
		expect(await page.locator(".timeline .lane text").allTextContents()).toEqual(
			expect.arrayContaining(["Web · Mobile", "lin-mei-phone", "Web · Desktop", "lin-mei-desk", "Phone", "Store"]),
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
		await page.locator(".timeline .mark", { hasText: "Checkout started" }).focus();
		await expect.poll(() => details.textContent()).toContain("Why is this Visits by email?");
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
		const receipt = (await page.locator("main p[role=status] code").textContent()) ?? "";
		expect(receipt).toMatch(/^erasure-/);
		await settle(url, keys.read);
		const response = await fetch(`${url}/v1/profiles/${profileId}`, { headers: authorise(keys.read) });
		expect(response.status).toBe(404);
		await show("pipeline");
		const [latest] = await tableOf("Erasure log");
		expect([latest?.[1], latest?.[3]]).toEqual(["done", receipt]);
	});

	it("shows two devices of one kind on two lanes, each by its own name", async () => {
		const { url, keys } = collector;
		const view = (device: string, minute: number) => ({
			type: "page" as const,
			anonymousId: device,
			userId: "two-phones",
			timestamp: new Date(Date.now() - (60 - minute) * 60_000).toISOString(),
			context: { userAgent: "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36" },
		});
		await postBatch(url, keys.secret, [view("old-phone", 1), view("new-phone", 2), view("old-phone", 50)]);
		await settle(url, keys.read);
		const { profileId } = await api<{ profileId: string }>("/v1/profiles?userId=two-phones");
		await open(`#/journeys/${profileId}`);
		expect(await page.locator(".timeline .lane text").allTextContents()).toEqual([
			"Web · Mobile",
			"old-phone",
			"Web · Mobile",
			"new-phone",
		]);
		expect(await page.locator(".timeline .mark").count()).toBe(3);
	});

	it("travels through the moments that changed it, by keyboard too, and the address says when", async () => {
		const { url, keys } = collector;
		for (const name of ["store_visited", "call_completed", "order_paid"]) {
			await postBatch(url, keys.secret, [{ type: "touch", channel: "store", name, userId: "traveller" }]);
			await settle(url, keys.read);
		}
		const { profileId } = await api<{ profileId: string }>("/v1/profiles?userId=traveller");
		const { known } = await api<{ known: { at: string }[] }>(`/v1/profiles/${profileId}/known`);
		await open(`#/journeys/${profileId}`);
		expect((await tableOf("In order")).length).toBe(3);
		await page.click("button:text-is('As known on a date')");
		const slider = page.locator("input[type=range]");
		expect(await slider.getAttribute("max")).toBe("2");
		await slider.focus();
		await page.keyboard.press("ArrowLeft");
		await expect.poll(async () => (await tableOf("In order")).length).toBe(2);
		expect(decodeURIComponent(page.url())).toContain(`asOf=${known[1]?.at}`);
		await page.keyboard.press("Home");
		await expect.poll(async () => (await tableOf("In order")).map(([, , type]) => type)).toEqual(["Store visited"]);
		expect(await page.locator("output").textContent()).toContain(format.exact(known[0]?.at ?? ""));
		await page.goBack();
		await expect.poll(() => slider.inputValue()).toBe("1");
		await page.goForward();
		await page.reload();
		await expect.poll(async () => (await tableOf("In order")).length).toBe(1);
		await page.click("button:text-is('Back to now')");
		await expect.poll(async () => (await tableOf("In order")).length).toBe(3);
		expect(page.url()).not.toContain("asOf");
	});

	it("makes a goal of a contact by a click, shows it as a conversion, and takes it back in set-up", async () => {
		await open(`#/journeys/${linMei}`, collector.keys.secret);
		await page.locator(".timeline .mark", { hasText: "Ticket opened" }).focus();
		await page.click("button:text-is('Count this as a goal')");
		await page.locator("dialog button[type=submit]").click();
		await expect.poll(() => page.locator(".timeline .star").count()).toBe(2);
		expect((await tableOf("In order")).filter((row) => row.at(-1) === "ticket_opened")).toHaveLength(1);
		await show("setup");
		const row = figure("Goals").locator("tr", { hasText: "ticket_opened" });
		await row.locator("button").click();
		await page.locator("dialog button[type=submit]").click();
		await expect.poll(() => row.count()).toBe(0);
		const { conversions } = await api<{ conversions: object[] }>(`/v1/profiles/${linMei}`);
		expect(conversions).toHaveLength(1);
	});
});
