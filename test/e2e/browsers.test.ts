import { createServer } from "node:http";
import { afterAll, beforeAll, expect, it } from "vitest";
import { chromium, firefox, webkit } from "../support/browsers.ts";
import { freePort } from "../support/collector.ts";

/** What every engine must have for the promises about it to be testable at all. */
const STORES = `
	return new Promise((resolve, reject) => {
		const opening = indexedDB.open("probe", 1);
		opening.onupgradeneeded = () => opening.result.createObjectStore("kept");
		opening.onerror = () => reject(opening.error);
		opening.onsuccess = () => {
			const put = opening.result.transaction("kept", "readwrite").objectStore("kept").put("value", "key");
			put.onsuccess = () => resolve(put.result);
		};
	});`;

const server = createServer((_, response) => response.setHeader("content-type", "text/html").end("<h1>Probe</h1>"));
let url: string;

beforeAll(async () => {
	const port = await freePort();
	await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
	url = `http://127.0.0.1:${port}/`;
});

afterAll(() => {
	server.closeAllConnections();
	server.close();
});

it("drives Chromium with a profile that keeps IndexedDB", async () => {
	const context = await chromium();
	const page = await context.newPage();
	await page.goto(url);
	expect(await page.evaluate(`(() => {${STORES}})()`)).toBe("key");
	await context.close();
});

it("drives Firefox with a profile that keeps IndexedDB", async () => {
	const browser = await firefox();
	const page = await browser.newPage();
	await page.goto(url);
	expect(await page.evaluate(`(() => {${STORES}})()`)).toBe("key");
	await browser.close();
});

it("drives WebKit with a profile that keeps IndexedDB", async () => {
	const browser = await webkit();
	await browser.goto(url);
	expect(await browser.evaluate(STORES)).toBe("key");
	await browser.close();
});
