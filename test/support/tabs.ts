/**
 * Chromium whose tabs are as visible as a person would see them: another tab in front hides the page.
 * playwright-core tells every page that it is visible and in focus, so that hidden time cannot be had there.
 */

import puppeteer, { type Browser } from "puppeteer-core";
import { BROWSER_TIMEOUT_MS, CHROMIUM_FLAGS, CHROMIUM_PATH, readUserAgent } from "./browsers.ts";

/** A fresh profile, removed on close. A tab is seen once `page.bringToFront()` was called. */
export async function chromiumTabs(): Promise<Browser> {
	return puppeteer.launch({
		browser: "chrome",
		executablePath: CHROMIUM_PATH,
		headless: true,
		timeout: BROWSER_TIMEOUT_MS,
		args: [...CHROMIUM_FLAGS, `--user-agent=${readUserAgent()}`],
	});
}
