/** What a reader sets stands in the address, and the address shows the same elsewhere; who was looked for never stands in it. */
import { isDeepStrictEqual } from "node:util";
import type { Locator, Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { LIN_MEI } from "../../../collector/node/demo/known-person.ts";
import { browser, collector, linMei, open, page, RANGE, rest, show, VIEWS } from "./scene.ts";

/** Whose figures change by themselves. */
const OF_NOW = ["setup", "live", "pipeline"];
/** Typed to find or to make something: no state of what is shown. All inputs of the set-up are such. */
const DRAFTS = "form *, search *, dialog *";

/** The time range is the same in every view: one tries it. */
function controlsOf(view: string): string {
	const kinds = ["select", "th button.sort", "g.mark", ...(view === "setup" ? [] : ["input"])];
	const others = view === RANGED ? ".range select" : ".range *";
	return kinds.map((kind) => `main ${kind}:not(${DRAFTS}, ${others})`).join(", ");
}

const RANGED = "times";
const BEGIN = `?from=${RANGE.from}&to=${RANGE.to}`;

interface Seen {
	controls: string[];
	text: string;
}

/** Every control with its state, and what is shown. */
function see(shown: Page, view: string): Promise<Seen> {
	return shown.evaluate(
		([selector, wantsText]) => {
			const main = document.querySelector("main")?.cloneNode(true) as HTMLElement;
			for (const tip of main.querySelectorAll(".tip")) tip.remove();
			const controls = [...document.querySelectorAll(selector)].map((one) => {
				const { value, checked } = one as HTMLInputElement;
				const state = one.getAttribute("aria-pressed") ?? one.closest("th")?.getAttribute("aria-sort");
				return [one.tagName, one.textContent, value, checked, state].join("|");
			});
			return { controls, text: wantsText ? (main.textContent ?? "") : "" };
		},
		[controlsOf(view), !OF_NOW.includes(view)] as const,
	);
}

/** The last control that is not in `done` yet, and which it is: of the marks of a drawing and the heads of a table, one will do. */
async function nextControl(view: string, done: Set<string>): Promise<Locator | null> {
	const all = page.locator(controlsOf(view));
	const names = await all.evaluateAll((controls) =>
		controls.map((one) => {
			const { type = "", labels, options } = one as HTMLInputElement & HTMLSelectElement;
			// A list that is filled by what is still loading.
			if (options !== undefined && options.length < 2) return "";
			const place = one.closest("table")?.caption ?? one.closest("section.figure")?.querySelector("h2");
			const written = [...(labels ?? [])].flatMap((label) =>
				[...label.childNodes].filter(({ nodeType }) => nodeType === 3),
			);
			const label = one.getAttribute("aria-label") ?? written.map(({ textContent }) => textContent?.trim()).join("");
			return `${one.tagName} ${type} ${place?.textContent ?? ""} ${one.matches("th *, g") ? "" : label}`;
		}),
	);
	const index = names.findLastIndex((name) => name !== "" && !done.has(name));
	if (index === -1) {
		// What was set may still be loading, with controls of its own.
		if (await isResting()) return null;
		await rest();
		return nextControl(view, done);
	}
	done.add(names[index] ?? "");
	return all.nth(index);
}

function isResting(): Promise<boolean> {
	return page.evaluate(() => document.querySelector("main progress") === null);
}

/** Waits until the page has drawn what its address says by now, be it that it loads. */
function drawn(): Promise<unknown> {
	return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Sets a control to another value than it has, as a reader does. */
async function change(control: Locator): Promise<void> {
	const { tag, type, next } = await control.evaluate((one) => {
		const { type = "", value, max } = one as HTMLInputElement;
		const { options, selectedIndex } = one as HTMLSelectElement;
		if (options !== undefined)
			return { tag: "select", type, next: options[(selectedIndex + 1) % options.length]?.value };
		if (type === "date") return { tag: "input", type, next: value.slice(0, 8) + (value.endsWith("11") ? "12" : "11") };
		return { tag: one.tagName, type, next: type === "range" ? String(Number(max) >> 1) : "spring" };
	});
	if (tag === "select") await control.selectOption(next ?? "");
	else if (type === "checkbox") await control.click();
	else if (tag === "input" || tag === "INPUT") {
		await control.fill(next ?? "");
		await control.blur();
	} else await control.dispatchEvent("click");
}

/** Expects another tab to show the same under the same address. */
async function expectSame(view: string): Promise<void> {
	const twin = await browser.newPage();
	await twin.goto(collector.url);
	await twin.evaluate((key) => sessionStorage.setItem("strand-key", key), collector.keys.secret);
	await twin.goto("about:blank");
	await rest();
	await twin.goto(page.url());
	await rest(twin);
	// The period before comes after what is compared with it.
	const isSame = async () => isDeepStrictEqual(await see(page, view), await see(twin, view));
	await expect.poll(isSame, { message: page.url() }).toBe(true);
	await twin.close();
}

describe("the address", () => {
	it.each([...VIEWS, "journeys/…"])("holds what is set in %s, and opens it the same in another tab", async (name) => {
		const view = name.replace("…", linMei);
		await open("", collector.keys.secret);
		await show(view, view === RANGED ? BEGIN : `${BEGIN}&compare=0`);
		await page.locator("main details").evaluateAll((all) => {
			for (const one of all) (one as HTMLDetailsElement).open = true;
		});
		await rest();
		const done = new Set<string>();
		for (let control = await nextControl(view, done); control !== null; control = await nextControl(view, done)) {
			const before = page.url();
			await change(control);
			await expect.poll(() => page.url(), { message: [...done].at(-1) }).not.toBe(before);
			await drawn();
		}
		expect(done.size).toBeGreaterThan(0);
		const { userId, email, phone } = LIN_MEI;
		for (const text of [userId, email, phone, "lin-mei"]) expect(decodeURIComponent(page.url())).not.toContain(text);
		await expectSame(view);
		if (view !== RANGED) return;
		await page.selectOption(".range select", "28");
		await expect.poll(() => page.url()).toContain("days=28");
		await expectSame(view);
	});

	it.each(["userId", "email", "phone"] as const)("never holds the %s that was looked for", async (kind) => {
		await open("#/journeys");
		await page.fill("input[name=identifier]", LIN_MEI[kind]);
		await page.press("input[name=identifier]", "Enter");
		await page.waitForURL(`**${linMei}**`);
		expect(decodeURIComponent(page.url())).not.toContain(LIN_MEI[kind]);
	});
});
