/** What every chart has, whichever view it stands in; a new one is held to it without a line here. */
import { readFile } from "node:fs/promises";
import { parse } from "csv-parse/sync";
import type { Locator } from "playwright-core";
import { describe, expect, it, vi } from "vitest";
import { DELIVERY } from "../../support/eventually.ts";

import { collector, linMei, open, page, show, VIEWS } from "./scene.ts";

/** `times` twice: for everybody, and for one person. */
const PLACES = [...VIEWS, "journeys/ID", "times?profile=ID"];

async function showPlace(place: string): Promise<void> {
	const [view = "", query = ""] = place.replace("ID", linMei).split("?");
	await show(view, `?days=365&compare=0${query === "" ? "" : `&${query}`}`);
}

async function titlesOf(figures: Locator): Promise<string[]> {
	return figures.locator("h2").allTextContents();
}

describe("every chart", () => {
	it("has a title, a sentence, its data as a table and as CSV, and tells of its marks by keyboard", async () => {
		await open("", collector.keys.secret);
		const seen: string[] = [];
		for (const place of PLACES) {
			await showPlace(place);
			const charts = page.locator("section.figure", { has: page.locator(".drawing") });
			const titles = await titlesOf(charts);
			expect(titles.length, place).toBe(await charts.count());
			for (const [index, title] of titles.entries()) {
				const chart = charts.nth(index);
				const name = `${place}: ${title}`;
				seen.push(title);
				expect((await chart.locator(".says").first().textContent())?.length, name).toBeGreaterThan(20);
				await chart.locator("summary", { hasText: "Data table" }).click();
				const table = chart.locator("details table");
				// What is compared comes a moment after what it is compared with, and adds columns to both.
				await vi.waitFor(async () => {
					const heads = await table.locator("thead th").allTextContents();
					const rows = await table.locator("tbody tr").count();
					expect(rows, name).toBeGreaterThan(0);
					const [download] = await Promise.all([
						page.waitForEvent("download"),
						chart.locator("button:text-is('Download CSV')").click(),
					]);
					const [head, ...lines] = parse(await readFile(await download.path(), "utf8")) as string[][];
					expect(head, name).toEqual(heads);
					expect(Math.min(lines.length, 500), name).toBe(rows);
				}, DELIVERY);
				const drawing = chart.locator(".drawing");
				const tip = chart.locator(".tip");
				await drawing.focus();
				await page.keyboard.press("ArrowRight");
				const first = await tip.textContent();
				expect(first, name).toMatch(/\d/);
				await page.keyboard.press("End");
				await tip.waitFor({ state: "visible" });
				await page.keyboard.press("Escape");
				await tip.waitFor({ state: "hidden" });
				await page.keyboard.press("Home");
				await expect.poll(() => tip.textContent(), { message: name }).toBe(first);
			}
		}
		expect(seen.length).toBeGreaterThanOrEqual(13);
	});

	it("tells of a mark under the pointer, inside the window", async () => {
		await page.setViewportSize({ width: 360, height: 740 });
		await open();
		for (const view of ["map", "paths", "attribution", "times", "pages"]) {
			await show(view, "?days=365");
			const mark = page.locator(".drawing [data-tip]").first();
			await mark.scrollIntoViewIfNeeded();
			await mark.dispatchEvent("pointerover", { bubbles: true });
			const tip = page.locator(".tip:not([hidden])");
			expect(await tip.textContent()).toBe(await mark.getAttribute("data-tip"));
			const around = await tip.boundingBox();
			expect(around?.x, view).toBeGreaterThanOrEqual(0);
			expect((around?.x ?? 0) + (around?.width ?? 0), view).toBeLessThanOrEqual(360);
			expect(around?.y, view).toBeGreaterThanOrEqual(0);
		}
	});
});
