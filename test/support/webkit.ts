/**
 * WebKitGTK's own MiniBrowser on a virtual screen, spoken to in plain WebDriver, since neither
 * playwright-core nor puppeteer-core drives a system WebKit.
 *
 * @see https://www.w3.org/TR/webdriver2/
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { freePort } from "./collector.ts";
import { startNameProxy } from "./name-proxy.ts";

const DRIVER_PATH = "/usr/bin/WebKitWebDriver";
const DRIVER_START_TIMEOUT_MS = 60_000;
const DRIVER_POLL_MS = 50;
/**
 * What GStreamer knows of its plug-ins, once for all browsers: with a home of its own each one would look at every plug-in
 * anew, which is more than a quarter of what its start costs. It writes a new file beside it and renames that.
 */
const GST_REGISTRY = join(tmpdir(), `strand-gstreamer-${userInfo().uid}.bin`);
/** The constant under which WebDriver hands out element references. */
const ELEMENT_KEY = "element-6066-11e4-a52e-4f735466cecf";
const MIDDLE_BUTTON = 1;

export interface WebKit {
	goto(url: string): Promise<void>;
	/** Runs a function body in the page with `arguments`, and returns what it returns; a promise is awaited. */
	evaluate<T>(body: string, ...args: unknown[]): Promise<T>;
	/** Clicks the first element that matches the CSS selector, as a user would. */
	click(selector: string): Promise<void>;
	/** Clicks it with the middle button. */
	clickMiddle(selector: string): Promise<void>;
	/** Types into the first element that matches. */
	type(selector: string, text: string): Promise<void>;
	back(): Promise<void>;
	url(): Promise<string>;
	/** Opens a tab and makes it the current one; returns its handle. */
	newTab(): Promise<string>;
	/** Opens a window, which takes the focus, and makes its tab the current one; returns its handle. */
	newWindow(): Promise<string>;
	/** Hides the window with all its tabs. */
	minimize(): Promise<void>;
	/** Shows it again, in focus. */
	restore(): Promise<void>;
	switchTo(handle: string): Promise<void>;
	handle(): Promise<string>;
	/** Closes the current tab. */
	closeTab(): Promise<void>;
	/** Ends browser, driver and screen, and removes the profile. */
	close(): Promise<void>;
}

/** Starts a fresh WebKit with an empty profile. */
export async function webkit(): Promise<WebKit> {
	const home = await mkdtemp(join(tmpdir(), "strand-webkit-"));
	const { screen, env } = await startScreen(home);
	const names = await startNameProxy();
	const port = await freePort();
	const driver = spawn(DRIVER_PATH, [`--port=${port}`], { stdio: "ignore", env });
	const end = async () => {
		await stop(driver);
		await stop(screen);
		await names.close();
		await rm(home, { recursive: true, force: true, maxRetries: 5 });
	};
	try {
		const call = await openSession(`http://127.0.0.1:${port}`, names.address);
		return createWebKit(call, end);
	} catch (error) {
		await end();
		throw error;
	}
}

/**
 * MiniBrowser as its user starts it, without a driver, whose sessions keep no profile: the page has to play the scenario itself.
 *
 * @param home the profile's folder, which outlives the browser
 * @returns SIGKILL for all processes of the browser
 */
export async function webkitWithProfile(home: string, url: string): Promise<{ kill(): Promise<void> }> {
	const { screen, env } = await startScreen(home);
	const browser = spawn(findMiniBrowser(), [url], { stdio: "ignore", env, detached: true });
	await once(browser, "spawn");
	return {
		async kill() {
			const exited = once(browser, "exit");
			// The group: pages and network live in processes of their own.
			process.kill(-Number(browser.pid), "SIGKILL");
			await exited;
			await stop(screen);
		},
	};
}

/** @param home its profile, caches and IndexedDB all follow the home folder */
async function startScreen(home: string): Promise<{ screen: ChildProcess; env: NodeJS.ProcessEnv }> {
	const screen = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x800x24", "-nolisten", "tcp"], {
		stdio: ["ignore", "ignore", "ignore", "pipe"],
	});
	const display = await firstLine(screen, screen.stdio[3] as Readable);
	const env = {
		PATH: process.env.PATH,
		DISPLAY: `:${display}`,
		HOME: home,
		XDG_RUNTIME_DIR: home,
		GST_REGISTRY,
		NO_AT_BRIDGE: "1",
		LIBGL_ALWAYS_SOFTWARE: "1",
		// Its sandbox needs user namespaces, which containers lack.
		WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: "1",
	};
	return { screen, env };
}

/** One WebDriver command of the session. */
type Call = <T>(method: "GET" | "POST" | "DELETE", path: string, body?: object) => Promise<T>;

/** @param proxy asked for everything but addresses of this machine */
async function openSession(driverUrl: string, proxy: string): Promise<Call> {
	await waitForDriver(driverUrl);
	const { sessionId } = await request<{ sessionId: string }>("POST", `${driverUrl}/session`, {
		capabilities: {
			alwaysMatch: {
				browserName: "MiniBrowser",
				proxy: { proxyType: "manual", httpProxy: proxy, noProxy: ["127.0.0.0/8"] },
				"webkitgtk:browserOptions": { binary: findMiniBrowser(), args: ["--automation"] },
			},
		},
	});
	return (method, path, body) => request(method, `${driverUrl}/session/${sessionId}${path}`, body);
}

function createWebKit(call: Call, end: () => Promise<void>): WebKit {
	const find = async (selector: string) => {
		const element = await call<Record<string, string>>("POST", "/element", { using: "css selector", value: selector });
		return element[ELEMENT_KEY];
	};
	const open = async (type: "tab" | "window") => {
		const { handle } = await call<{ handle: string }>("POST", "/window/new", { type });
		await call("POST", "/window", { handle });
		return handle;
	};
	return {
		goto: (url) => call("POST", "/url", { url }),
		evaluate: (script, ...args) => call("POST", "/execute/sync", { script, args }),
		click: async (selector) => call("POST", `/element/${await find(selector)}/click`, {}),
		clickMiddle: async (selector) => {
			const origin = { [ELEMENT_KEY]: await find(selector) };
			const button = MIDDLE_BUTTON;
			await call("POST", "/actions", {
				actions: [
					{
						type: "pointer",
						id: "mouse",
						actions: [
							{ type: "pointerMove", origin, x: 0, y: 0 },
							{ type: "pointerDown", button },
							{ type: "pointerUp", button },
						],
					},
				],
			});
		},
		type: async (selector, text) => call("POST", `/element/${await find(selector)}/value`, { text }),
		back: () => call("POST", "/back", {}),
		url: () => call("GET", "/url"),
		newTab: () => open("tab"),
		newWindow: () => open("window"),
		minimize: () => call("POST", "/window/minimize", {}),
		restore: () => call("POST", "/window/rect", { width: 1024, height: 768 }),
		switchTo: (handle) => call("POST", "/window", { handle }),
		handle: () => call("GET", "/window"),
		closeTab: () => call("DELETE", "/window"),
		close: async () => {
			await call("DELETE", "").catch(() => {}); // The last tab's end may have ended the session already.
			await end();
		},
	};
}

async function request<T>(method: string, url: string, body?: object): Promise<T> {
	const response = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
	const { value } = (await response.json()) as { value: T & { error?: string; message?: string } };
	if (!response.ok) throw new Error(`WebDriver ${method} ${new URL(url).pathname}: ${value.error}: ${value.message}`);
	return value;
}

async function waitForDriver(driverUrl: string): Promise<void> {
	const deadline = Date.now() + DRIVER_START_TIMEOUT_MS;
	while (Date.now() < deadline) {
		try {
			const { ready } = await request<{ ready: boolean }>("GET", `${driverUrl}/status`);
			if (ready) return;
		} catch {
			// Not listening yet.
		}
		await new Promise((resolve) => setTimeout(resolve, DRIVER_POLL_MS));
	}
	throw new Error("WebKitWebDriver did not become ready");
}

/** Debian keeps MiniBrowser in a folder named after the machine's architecture. */
function findMiniBrowser(): string {
	for (const folder of readdirSync("/usr/lib")) {
		const path = join("/usr/lib", folder, "webkit2gtk-4.1", "MiniBrowser");
		if (existsSync(path)) return path;
	}
	throw new Error("MiniBrowser is not installed (Debian: apt-get install webkit2gtk-driver)");
}

async function firstLine(child: ChildProcess, stream: Readable): Promise<string> {
	const failed = once(child, "error").then(([error]) => Promise.reject(error));
	const line = once(createInterface({ input: stream }), "line").then(([text]) => text as string);
	return Promise.race([line, failed]);
}

async function stop(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const exited = once(child, "exit");
	child.kill("SIGTERM");
	await exited;
}
