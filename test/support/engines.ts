/**
 * The three engines under one small interface, for tests that must hold in each. What an engine's
 * driver cannot do is left out there, and each test names the engines that it plays in.
 */

import { readdirSync, readFileSync } from "node:fs";
import { chromium, firefox, webkit } from "./browsers.ts";

export interface Tab {
	goto(url: string): Promise<void>;
	/** Evaluates a JavaScript expression in the page; a promise is awaited. */
	run<T = unknown>(expression: string): Promise<T>;
	click(selector: string): Promise<void>;
	/** Closes the tab as its user would. */
	close(): Promise<void>;
}

export interface Visitor {
	newTab(): Promise<Tab>;
	/** SIGKILL: the browser gets no chance to write anything. Chromium and Firefox only. */
	kill(): Promise<void>;
	close(): Promise<void>;
}

export interface Engine {
	name: "Chromium" | "Firefox" | "WebKit";
	/** @param profile a folder that outlives the browser; not in WebKit */
	open(profile?: string): Promise<Visitor>;
}

/** The browser process of a profile, found by the command line that started it. */
function findPid(profile: string): number {
	for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
		try {
			const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
			if (command.includes(profile) && !command.includes("--type=")) return Number(pid);
		} catch {
			// Ended between the two reads.
		}
	}
	throw new Error(`no browser runs with ${profile}`);
}

const chromiumEngine: Engine = {
	name: "Chromium",
	async open(profile) {
		const context = await chromium(profile);
		return {
			async newTab() {
				const page = await context.newPage();
				return {
					goto: async (url) => void (await page.goto(url)),
					run: (expression) => page.evaluate(expression),
					click: (selector) => page.click(selector),
					close: () => page.close({ runBeforeUnload: false }),
				};
			},
			async kill() {
				process.kill(findPid(profile as string), "SIGKILL");
				await context.close().catch(() => {}); // It is gone already.
			},
			close: () => context.close(),
		};
	},
};

const firefoxEngine: Engine = {
	name: "Firefox",
	async open(profile) {
		const browser = await firefox(profile);
		return {
			async newTab() {
				const page = await browser.newPage();
				return {
					goto: async (url) => void (await page.goto(url)),
					run: (expression) => page.evaluate(expression) as Promise<never>,
					click: (selector) => page.click(selector),
					close: () => page.close(),
				};
			},
			async kill() {
				const child = browser.process();
				const exited = new Promise((resolve) => child?.once("exit", resolve));
				child?.kill("SIGKILL");
				await exited;
			},
			close: () => browser.close(),
		};
	},
};

const webkitEngine: Engine = {
	name: "WebKit",
	async open() {
		const browser = await webkit();
		/** The first tab is the only one that the driver shows; every other page is a hidden one. */
		let first: string | undefined = await browser.handle();
		/** Stays open, since closing the last tab ends the browser. */
		const spare = await browser.newTab();
		/** The driver has one current tab: commands of scenarios that run side by side must not mix. */
		let turn: Promise<unknown> = Promise.resolve();
		function inTab<T>(handle: string, command: () => Promise<T>): Promise<T> {
			const done = turn.then(async () => {
				await browser.switchTo(handle);
				return command();
			});
			turn = done.catch(() => {});
			return done;
		}
		return {
			async newTab() {
				const handle = first ?? (await inTab(spare, () => browser.newTab()));
				first = undefined;
				return {
					goto: (url) => inTab(handle, () => browser.goto(url)),
					run: (expression) => inTab(handle, () => browser.evaluate(`return (${expression});`)),
					click: (selector) => inTab(handle, () => browser.click(selector)),
					close: () => inTab(handle, () => browser.closeTab()),
				};
			},
			kill: () => Promise.reject(new Error("the WebKit driver keeps no profile")),
			close: () => browser.close(),
		};
	},
};

export const ENGINES: readonly Engine[] = [chromiumEngine, firefoxEngine, webkitEngine];
/** Engines whose profile outlives the browser. */
export const PERSISTENT_ENGINES: readonly Engine[] = [chromiumEngine, firefoxEngine];
