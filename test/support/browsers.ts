/**
 * The engines as installed by the system (`npm test` installs them on Debian): Chromium driven by playwright-core,
 * WebKit by plain WebDriver; `engines.ts` has all three under one interface.
 */

import { execFileSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium as playwrightChromium } from "playwright-core";

export { type WebKit, webkit, webkitWithProfile } from "./webkit.ts";

export const CHROMIUM_PATH = "/usr/bin/chromium";
export const FIREFOX_PATH = "/usr/bin/firefox-esr";

/** A browser that starts, and whatever it is asked for, may take so long on a machine that does much else besides. */
export const BROWSER_TIMEOUT_MS = 120_000;

/** No sandbox inside containers, nothing that calls home, and no QUIC so that proxies see every request. */
export const CHROMIUM_FLAGS = [
	"--no-sandbox",
	"--disable-gpu",
	"--disable-quic",
	"--no-first-run",
	"--disable-background-networking",
	"--disable-component-update",
	"--disable-sync",
];

/**
 * Chromium with one persistent profile, which says that it is an ordinary one.
 *
 * @param userDataDir the profile's folder, kept afterwards; without it a temporary one, removed on close
 * @returns a context; `context.close()` ends the browser
 */
export async function chromium(userDataDir?: string): Promise<BrowserContext> {
	const profile = userDataDir ?? (await mkdtemp(join(tmpdir(), "strand-chromium-")));
	const context = await playwrightChromium.launchPersistentContext(profile, {
		executablePath: CHROMIUM_PATH,
		headless: true,
		timeout: BROWSER_TIMEOUT_MS,
		// A flag, not playwright's own option: that one misses what is sent while a page goes away.
		args: [...CHROMIUM_FLAGS, `--user-agent=${readUserAgent()}`],
	});
	context.setDefaultTimeout(BROWSER_TIMEOUT_MS);
	if (userDataDir === undefined) {
		context.once("close", () => void rm(profile, { recursive: true, force: true, maxRetries: 5 }));
	}
	return context;
}

/**
 * What this Chromium says of itself when it is not headless: a headless one names itself, and the
 * collector rightly takes it for a bot, whose visits chains leave out.
 */
export function readUserAgent(): string {
	const version = /\d+/.exec(execFileSync(CHROMIUM_PATH, ["--version"], { encoding: "utf8", stdio: "pipe" }))?.[0];
	return `Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/${version}.0.0.0 Safari/537.36`;
}
