/** Languages, sizes, schemes, paper, keyboard; and text of strangers that stays text. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { postBatch } from "../../support/api.ts";
import { settle } from "../../support/collector.ts";
import { api, collector, linMei, open, page, show, VIEWS } from "./scene.ts";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

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

	it.each(["English", "中文"])("keeps to 360 px without overflow, in every view, in %s", async (language) => {
		await page.setViewportSize({ width: 360, height: 740 });
		await open("", collector.keys.secret);
		if (language === "中文") await page.click("button:text-is('中文')");
		for (const view of [...VIEWS, `journeys/${linMei}`]) {
			await show(view);
			const readOver = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
			await expect.poll(readOver, { message: view }).toBeLessThanOrEqual(0);
		}
		if (language === "中文") await page.click("button:text-is('English')");
	});

	it.each(["English", "中文"])("has no serious finding of axe in %s, light and dark", async (language) => {
		await page.addInitScript(AXE);
		await open("", collector.keys.secret);
		if (language === "中文") await page.click("button:text-is('中文')");
		for (const view of [...VIEWS, `journeys/${linMei}`]) {
			await show(view);
			for (const colorScheme of ["light", "dark"] as const) {
				await page.emulateMedia({ colorScheme });
				// Of what is right nobody asks to be told where it stands.
				const found = await page.evaluate(
					"axe.run({ resultTypes: ['violations'] }).then(({ violations }) => violations)",
				);
				const serious = (found as { id: string; impact: string; nodes: { html: string }[] }[])
					.filter(({ impact }) => impact === "serious" || impact === "critical")
					.map(({ id, nodes }) => `${view}, ${colorScheme}: ${id} ${nodes[0]?.html}`);
				expect(serious).toEqual([]);
			}
		}
		if (language === "中文") await page.click("button:text-is('English')");
	});

	it("prints charts whole on white paper, without what is clicked", async () => {
		await page.emulateMedia({ colorScheme: "dark" });
		await open();
		await page.setViewportSize({ width: 794, height: 1123 });
		for (const view of ["paths", "map", "attribution", "times", `journeys/${linMei}`]) {
			await show(view);
			await page.emulateMedia({ media: "print", colorScheme: "dark" });
			const look = () => ({
				ground: getComputedStyle(document.body).backgroundColor,
				text: getComputedStyle(document.body).color,
				buttons: [...document.querySelectorAll("header, main button:not(.sort), select")].filter(
					(one) => one.getClientRects().length > 0,
				).length,
				cut: [...document.querySelectorAll("main svg, main table")].filter(
					(one) => one.getBoundingClientRect().right > innerWidth + 1,
				).length,
			});
			await expect
				.poll(() => page.evaluate(look), { message: view })
				.toEqual({ ground: "rgb(255, 255, 255)", text: "rgb(22, 29, 43)", buttons: 0, cut: 0 });
			await page.emulateMedia({ media: "screen", colorScheme: "dark" });
		}
		expect((await page.pdf()).byteLength).toBeGreaterThan(10_000);
	});

	it("takes the keyboard to every control of every view, and shows where it is", async () => {
		await open("", collector.keys.secret);
		for (const view of [...VIEWS, `journeys/${linMei}`]) {
			await show(view);
			const controls = await page.evaluate(() => {
				const all = [
					...document.querySelectorAll<HTMLElement>("a[href], button, input, select, summary, [tabindex='0']"),
				];
				const shown = all.filter(
					(one) =>
						one.getClientRects().length > 0 &&
						!(one as HTMLButtonElement).disabled &&
						!one.closest(".details") &&
						!one.closest("details:not([open]) > :not(summary)"),
				);
				shown.forEach((one, index) => {
					one.dataset.stop = String(index);
				});
				(document.activeElement as HTMLElement | null)?.blur();
				return shown.length;
			});
			const reached = new Set<string>();
			for (let presses = 0; presses < controls + 20 && reached.size < controls; presses++) {
				await page.keyboard.press("Tab");
				const { stop, isSeen } = await page.evaluate(() => {
					const active = document.activeElement as HTMLElement;
					const { outlineStyle } = getComputedStyle(active);
					const mark = active.matches(".mark") ? active.querySelector("rect") : null;
					const isOutlined = outlineStyle !== "none" || active.querySelector(".told") !== null;
					return {
						stop: active.dataset.stop,
						isSeen: isOutlined || (mark !== null && getComputedStyle(mark).strokeWidth === "2px"),
					};
				});
				if (stop === undefined) continue;
				reached.add(stop);
				expect(isSeen, `${view}: ${stop}`).toBe(true);
			}
			expect(reached.size, view).toBe(controls);
		}
	});

	it("shows what strangers write as text, in every view", async () => {
		const { url, keys } = collector;
		const evil = (name: string) => `<img src=x onerror="window.owned=1"><script>window.owned=1</script>${name}`;
		const now = Date.now();
		const query = new URLSearchParams({
			utm_source: evil("source"),
			utm_medium: "cpc",
			utm_campaign: evil("campaign"),
		});
		await postBatch(url, keys.secret, [
			{
				type: "page",
				anonymousId: evil("device"),
				userId: evil("user"),
				traits: { name: evil("name"), email: "evil@example.com" },
				timestamp: new Date(now - 5000).toISOString(),
				properties: { url: `https://a.example/?${query}`, path: `/${evil("path")}`, title: evil("title") },
				context: {
					library: { name: evil("library"), version: "1" },
					campaign: { source: evil("source"), name: evil("campaign") },
				},
			},
			{
				type: "touch",
				channel: "store",
				name: "order_paid",
				userId: evil("user"),
				timestamp: new Date(now - 4000).toISOString(),
				object: { kind: "order", title: evil("object") },
				place: evil("place"),
				text: evil("text"),
				participants: [{ role: "staff", name: evil("staff") }],
			},
			{ type: "track", event: evil("event"), userId: evil("user"), timestamp: evil("time") },
		]);
		await settle(url, keys.read);
		const { profileId } = await api<{ profileId: string }>(`/v1/profiles?userId=${encodeURIComponent(evil("user"))}`);
		await open("", keys.secret);
		for (const view of [...VIEWS, `journeys/${profileId}`]) {
			await show(view, "?days=7");
			await page.locator("summary").evaluateAll((all) => {
				for (const one of all) (one as HTMLElement).click();
			});
			const found = await page.evaluate(() => ({
				made: document.querySelectorAll("main img, main script, main iframe, main object").length,
				owned: (window as { owned?: number }).owned ?? 0,
			}));
			expect(found, view).toEqual({ made: 0, owned: 0 });
		}
		const text = await page.locator("main").textContent();
		for (const name of ["device", "user", "name", "title"]) expect(text).toContain(evil(name));
		await show("pages", "?days=7");
		expect(await page.locator("main").textContent()).toContain(evil("campaign"));
	});
});
