/**
 * Consent tools and Google Tag Manager: their documented signals, made by the page as the tools make them, decide what
 * reaches a real collector. Klaro's own code runs; the others are not on npm.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type EventRow, readRows } from "../support/api.ts";
import { chromium } from "../support/browsers.ts";
import { type RunningCollector, startCollector } from "../support/collector.ts";
import { DELIVERY } from "../support/eventually.ts";
import { type Site, startSite } from "../support/site.ts";

let collector: RunningCollector;
let context: BrowserContext;
let site: Site;

beforeAll(async () => {
	[collector, context] = await Promise.all([startCollector(), chromium()]);
});
afterAll(async () => {
	await Promise.all([context?.close(), site?.close()]);
	await collector?.stop();
});

/** Pages seen by the collector under a path. */
async function viewsOf(path: string): Promise<EventRow[]> {
	const events = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
	return events.filter(
		({ type, context: said }) => type === "page" && (said as { page?: { path?: string } }).page?.path === path,
	);
}

const stored = (page: Page) => page.evaluate(() => [document.cookie, Object.keys(localStorage).join()]);

interface Tool {
	name: string;
	/** Attributes of our tag, beside the tool's name. */
	attributes?: string;
	/** What the tool does when the page is loaded and nothing was chosen yet. */
	start: string;
	refuse: string;
	accept: string;
}

const TCF = (consents: string, eventStatus: string) =>
	`for (const one of tcfListeners) one({ eventStatus: "${eventStatus}", gdprApplies: true, purpose: { consents: ${consents} } }, true)`;

const TOOLS: Tool[] = [
	{
		name: "google",
		start: `window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments) }
			gtag("consent", "default", { analytics_storage: "granted", region: ["US"] });
			gtag("consent", "default", { analytics_storage: "denied", ad_storage: "denied", wait_for_update: 500 })`,
		refuse: `gtag("consent", "update", { analytics_storage: "denied" })`,
		accept: `gtag("consent", "update", { analytics_storage: "granted" })`,
	},
	{
		name: "onetrust",
		start: `window.OnetrustActiveGroups = ",C0001,"`,
		refuse: `dispatchEvent(new CustomEvent("OneTrustGroupsUpdated", { detail: ["C0001"] }))`,
		accept: `dispatchEvent(new CustomEvent("OneTrustGroupsUpdated", { detail: ["C0001", "C0002"] }))`,
	},
	{
		name: "cookiebot",
		start: "window.Cookiebot = { hasResponse: false, consent: { necessary: true, statistics: false } }",
		refuse: `Cookiebot.consent.statistics = false; dispatchEvent(new Event("CookiebotOnDecline"))`,
		accept: `Cookiebot.consent.statistics = true; dispatchEvent(new Event("CookiebotOnAccept"))`,
	},
	{
		name: "tcf",
		start: `window.tcfListeners = []; window.__tcfapi = (command, version, listener) => {
			if (command === "addEventListener" && version === 2) tcfListeners.push(listener);
			listener({ eventStatus: "cmpuishown", gdprApplies: true, purpose: { consents: {} } }, true);
		}`,
		refuse: TCF("{ 1: true, 8: false }", "useractioncomplete"),
		accept: TCF("{ 1: true, 8: true }", "useractioncomplete"),
	},
];

describe.each(TOOLS)("the consent tool $name", ({ name, start, refuse, accept, attributes = "" }) => {
	it("allows, refuses and withdraws, and its silence is no choice", async () => {
		const path = `/${name}`;
		site = await startSite({
			collector: collector.url,
			writeKey: collector.keys.write,
			attributes: 'data-consent="denied"',
			pages: {
				[path]: {
					html: `<!doctype html><title>${name}</title><script>${start}</script>
						<script src="${collector.url}/strand-consent.js" data-tool="${name}" ${attributes}></script>{{tag}}`,
				},
			},
		});
		const page = await context.newPage();
		await page.goto(site.url + path);
		await page.waitForFunction("strand.flush");
		await page.evaluate(refuse);
		expect(await stored(page)).toEqual(["", ""]);

		await page.goto(site.url + path);
		await page.waitForFunction("strand.flush");
		expect(await stored(page)).toEqual(["", ""]);
		await page.evaluate(accept);
		await vi.waitFor(async () => expect(await viewsOf(path)).toHaveLength(1), DELIVERY);
		const [first] = await viewsOf(path);

		// The next page begins with the tool's default again, before it tells what was chosen: the visitor is the same.
		await page.goto(site.url + path);
		await page.waitForFunction("strand.flush");
		if (name !== "onetrust") {
			await vi.waitFor(async () => expect(await viewsOf(path)).toHaveLength(2), DELIVERY);
			expect((await viewsOf(path)).map(({ anonymousId }) => anonymousId)).toEqual([
				first?.anonymousId,
				first?.anonymousId,
			]);
		}
		await page.evaluate(accept);
		await page.evaluate(refuse);
		await vi.waitFor(async () => expect(await stored(page)).toEqual(["", ""]), DELIVERY);
		await page.close();
		await site.close();
	});
});

describe("the template for Google Tag Manager", () => {
	const template = readFileSync(join(import.meta.dirname, "..", "..", "examples", "gtm", "template.tpl"), "utf8");
	const section = (name: string): string =>
		new RegExp(`___${name}___\\n([\\s\\S]*?)(?=\\n___|$)`).exec(template)?.[1] ?? "";
	const code = section("SANDBOXED_JS_FOR_WEB_TEMPLATE");
	interface Permission {
		instance: { key: { publicId: string } };
	}
	const permissions = JSON.parse(section("WEB_PERMISSIONS")) as Permission[];
	const fields = JSON.parse(section("TEMPLATE_PARAMETERS")) as { name: string }[];

	/** What each of Tag Manager's functions needs. https://developers.google.com/tag-platform/tag-manager/templates/permissions */
	const NEEDS: { [api: string]: string } = {
		addConsentListener: "access_consent",
		isConsentGranted: "access_consent",
		callInWindow: "access_globals",
		copyFromWindow: "access_globals",
		setInWindow: "access_globals",
		injectScript: "inject_script",
	};

	it("asks for the permissions of what it uses, and has a field for all that it reads", () => {
		const used = [...code.matchAll(/require\('(\w+)'\)/g)].map(([, api = ""]) => NEEDS[api]);
		expect(new Set(permissions.map(({ instance }) => instance.key.publicId))).toEqual(new Set(used));
		const read = [...code.matchAll(/data\.(\w+)/g)]
			.map(([, name = ""]) => name)
			.filter((name) => !name.startsWith("gtm"));
		expect(new Set(fields.map(({ name }) => name))).toEqual(new Set(read));
		expect(JSON.parse(section("INFO"))).toMatchObject({ type: "TAG", containerContexts: ["WEB"] });
	});

	it("runs the script with its options, and follows Consent Mode", async () => {
		site = await startSite({
			collector: collector.url,
			writeKey: collector.keys.write,
			pages: { "/gtm": { html: "<!doctype html><title>GTM</title>" } },
		});
		const page = await context.newPage();
		await page.goto(`${site.url}/gtm`);
		const data = {
			endpoint: `${collector.url}/`,
			writeKey: collector.keys.write,
			consent: "mode",
			refused: "denied",
			vitals: false,
			crossDomains: "a.example, b.example",
		};
		// Tag Manager's functions as its documentation gives them, in front of the page's real window.
		const done = await page.evaluate(
			({ source, settings }) =>
				new Promise<string>((resolve) => {
					let isGranted = false;
					const listeners: ((type: string, granted: boolean) => void)[] = [];
					const outside = window as unknown as Record<string, unknown>;
					outside.choose = (granted: boolean) => {
						isGranted = granted;
						for (const listener of listeners) listener("analytics_storage", granted);
					};
					const api: Record<string, unknown> = {
						isConsentGranted: () => isGranted,
						addConsentListener: (_: string, listener: () => void) => listeners.push(listener),
						copyFromWindow: (name: string) => outside[name],
						setInWindow: (name: string, value: unknown) => {
							outside[name] = value;
						},
						callInWindow: (path: string, ...args: unknown[]) => {
							const [name = "", method = ""] = path.split(".");
							const target = outside[name] as Record<string, (...args: unknown[]) => unknown> | undefined;
							return target?.[method]?.(...args);
						},
						injectScript: (url: string, onLoad: () => void, onError: () => void) => {
							const script = Object.assign(document.createElement("script"), { async: true, src: url });
							script.addEventListener("load", onLoad);
							script.addEventListener("error", onError);
							document.head.append(script);
						},
					};
					const told = { ...settings, gtmOnSuccess: () => resolve("success"), gtmOnFailure: () => resolve("failure") };
					new Function("require", "data", source)((name: string) => api[name], told);
				}),
			{ source: code, settings: data },
		);
		expect(done).toBe("success");
		expect(await stored(page)).toEqual(["", ""]);
		await page.evaluate("choose(true)");
		await vi.waitFor(async () => expect(await viewsOf("/gtm")).toHaveLength(1), DELIVERY);
		await page.evaluate("choose(false)");
		await vi.waitFor(async () => expect(await stored(page)).toEqual(["", ""]), DELIVERY);
		await page.close();
	});
});
