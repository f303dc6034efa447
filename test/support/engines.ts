/**
 * The three engines under one small interface, for tests that must hold in each. Tabs are as visible
 * and as focused as a person would see them. What an engine's driver cannot do is left out there, and
 * each test names the engines that it plays in.
 */

import puppeteer, { type Browser, type Page } from "puppeteer-core";
import {
	BROWSER_TIMEOUT_MS,
	CHROMIUM_FLAGS,
	CHROMIUM_PATH,
	FIREFOX_PATH,
	readUserAgent,
	type WebKit,
	webkit,
} from "./browsers.ts";
import { eventually } from "./eventually.ts";

export interface Tab {
	goto(url: string): Promise<void>;
	/** Evaluates a JavaScript expression in the page; a promise is awaited. */
	run<T = unknown>(expression: string): Promise<T>;
	/** Waits until the expression is true, over navigations too. */
	until(expression: string, timeoutMs?: number): Promise<void>;
	/** Lets the page leave by itself, for example by `history.back()`; resolves before it does. */
	navigate(expression: string): Promise<void>;
	/** A real pointer's click. */
	click(selector: string, button?: "left" | "middle"): Promise<void>;
	/** Real keys into the field; `\b` is the key that deletes. */
	type(selector: string, text: string): Promise<void>;
	/** Closes the tab as its user would. */
	close(): Promise<void>;
	/** Puts the tab in front, which hides the one before; after {@link hide} as it was. In WebKit only after that. */
	show(): Promise<void>;
	/** Puts an empty tab before it; in WebKit the window is minimised. */
	hide(): Promise<void>;
	/**
	 * Another window takes the focus, and the tab stays visible. Headless Chromium keeps all its windows in focus, so that its
	 * page is told of what does not happen.
	 *
	 * @returns closes that window
	 */
	unfocus(): Promise<() => Promise<void>>;
	/** Ends the page's process as a fault of the browser would. Chromium only. */
	crash(): Promise<void>;
}

export interface Visitor {
	/**
	 * `front` (default) hides the tab before it; `back` is opened and not looked at; `window` is visible beside
	 * others, in Chromium and Firefox. WebKit shows the oldest tab, whatever is asked.
	 */
	newTab(where?: "front" | "back" | "window"): Promise<Tab>;
	/** SIGKILL: the browser gets no chance to write anything. Chromium and Firefox only. */
	kill(): Promise<void>;
	close(): Promise<void>;
}

export interface Engine {
	name: "Chromium" | "Firefox" | "WebKit";
	/** @param profile a folder that outlives the browser; not in WebKit */
	open(profile?: string): Promise<Visitor>;
}

/** Names that lead to this machine: an insecure context, another host of its site, and a payment host. */
export const NAMED_HOSTS = {
	insecure: "shop.strand.test",
	sibling: "collect.strand.test",
	payment: "cashier.tenpay.com",
} as const;

/** Waits for an expression, which fails while a page is on its way. */
const waitFor = (run: Tab["run"], expression: string, timeoutMs?: number): Promise<void> =>
	eventually(
		() =>
			run<boolean>(`(async () => !!(await (${expression})))()`).catch((error) => {
				// What the expression is about is not there yet, or its page is gone.
				lastFault = `${error}`;
				return false;
			}),
		timeoutMs,
		50,
	).catch(() => Promise.reject(new Error(`not within the time: ${expression} ${lastFault}`)));
let lastFault = "";

/** The driver's answer must be out before the page is gone. */
const leaveSoon = (expression: string): string => `void setTimeout(() => { ${expression}; }, 50)`;

/** A click on a link may end the page before the driver has heard of the click's end. */
function forgiveLeaving(error: Error): void {
	if (!/context was destroyed|detached/i.test(error.message)) throw error;
}

/** Commands one after the other, in the order asked. */
function createTurns(): <T>(command: () => Promise<T>) => Promise<T> {
	let turn: Promise<unknown> = Promise.resolve();
	return (command) => {
		const done = turn.then(command);
		turn = done.catch(() => {});
		return done;
	};
}

/** Chromium and Firefox, driven alike. */
function createPuppeteerVisitor(browser: Browser): Visitor {
	// Firefox mixes up windows that are opened and closed in the same moment.
	const inTurn = createTurns();
	const isFirefox = !browser.process()?.spawnfile.includes("chrom");
	const openWindow = (): Promise<Page> => inTurn(() => browser.newPage({ type: "window" }));
	function createTab(page: Page): Tab {
		page.setDefaultTimeout(BROWSER_TIMEOUT_MS);
		let cover: Page | undefined;
		const run = <T>(expression: string): Promise<T> => page.evaluate(expression) as Promise<T>;
		return {
			goto: async (url) => void (await page.goto(url)),
			run,
			until: (expression, timeoutMs) => waitFor(run, expression, timeoutMs),
			navigate: (expression) => run(leaveSoon(expression)),
			click: (selector, button = "left") => page.click(selector, { button }).catch(forgiveLeaving),
			async type(selector, text) {
				await page.focus(selector);
				for (const key of text) await page.keyboard.press(key === "\b" ? "Backspace" : (key as "A"));
			},
			close: () => inTurn(() => page.close()),
			async hide() {
				cover = await inTurn(() => browser.newPage());
				await cover.bringToFront();
			},
			async show() {
				await cover?.close();
				cover = undefined;
				await page.bringToFront();
			},
			async unfocus() {
				if (isFirefox) {
					const other = await openWindow();
					return () => inTurn(() => other.close());
				}
				await run("void (document.hasFocus = () => false, dispatchEvent(new Event('blur')))");
				return () => run("void (delete document.hasFocus, dispatchEvent(new Event('focus')))");
			},
			async crash() {
				const session = await page.createCDPSession();
				// It never answers: the process that would is gone.
				session.send("Page.crash").catch(() => {});
			},
		};
	}
	return {
		newTab: (where = "front") =>
			inTurn(async () => {
				const page = await browser.newPage(where === "window" ? { type: "window" } : { background: where === "back" });
				if (where === "front") await page.bringToFront();
				return createTab(page);
			}),
		async kill() {
			const child = browser.process();
			const exited = new Promise((resolve) => child?.once("exit", resolve));
			child?.kill("SIGKILL");
			await exited;
		},
		close: () => browser.close(),
	};
}

const chromiumEngine: Engine = {
	name: "Chromium",
	open: async (profile) =>
		createPuppeteerVisitor(
			await puppeteer.launch({
				browser: "chrome",
				executablePath: CHROMIUM_PATH,
				headless: true,
				timeout: BROWSER_TIMEOUT_MS,
				args: [
					...CHROMIUM_FLAGS,
					`--user-agent=${readUserAgent()}`,
					`--host-resolver-rules=${Object.values(NAMED_HOSTS).map((host) => `MAP ${host} 127.0.0.1`)}`,
				],
				...(profile !== undefined && { userDataDir: profile }),
			}),
		),
};

const firefoxEngine: Engine = {
	name: "Firefox",
	open: async (profile) =>
		createPuppeteerVisitor(
			await puppeteer.launch({
				browser: "firefox",
				executablePath: FIREFOX_PATH,
				headless: true,
				timeout: BROWSER_TIMEOUT_MS,
				extraPrefsFirefox: {
					// The driver turns the back/forward cache off, which people have.
					"fission.bfcacheInParent": true,
					"network.dns.localDomains": Object.values(NAMED_HOSTS).join(),
					"dom.security.https_first": false,
				},
				...(profile !== undefined && { userDataDir: profile }),
			}),
		),
};

/**
 * WebKit shows one tab, the oldest; when that is closed, the next. The driver has one current tab,
 * whether shown or not, so commands of scenarios that run side by side take turns.
 */
function createWebKitVisitor(browser: WebKit, first: string): Visitor {
	/** An empty tab that is in front, for the next who asks; the last tab's end would end the browser. */
	let spare: string | undefined = first;
	const open: string[] = [];
	/** The driver opens a tab from another one, which must be there. */
	async function openTab(): Promise<string> {
		await browser.switchTo((spare ?? open[0]) as string);
		return browser.newTab();
	}
	const inTurn = createTurns();
	function createTab(handle: string): Tab {
		const inTab = <T>(command: () => Promise<T>): Promise<T> =>
			inTurn(async () => {
				await browser.switchTo(handle);
				return command();
			});
		const run = <T>(expression: string): Promise<T> => inTab(() => browser.evaluate(`return (${expression});`));
		return {
			goto: (url) => inTab(() => browser.goto(url)),
			run,
			until: (expression, timeoutMs) => waitFor(run, expression, timeoutMs),
			navigate: (expression) => run(leaveSoon(expression)),
			click: (selector, button) =>
				inTab(() => (button === "middle" ? browser.clickMiddle(selector) : browser.click(selector))),
			type: (selector, text) => inTab(() => browser.type(selector, text.replaceAll("\b", BACKSPACE))),
			close: () =>
				inTurn(async () => {
					if (open.length === 1) spare = await openTab();
					open.splice(open.indexOf(handle), 1);
					await browser.switchTo(handle);
					await browser.closeTab();
				}),
			show: () => inTab(() => browser.restore()),
			hide: () => inTab(() => browser.minimize()),
			async unfocus() {
				const other = await inTurn(() => browser.newWindow());
				return () =>
					inTab(async () => {
						await browser.switchTo(other);
						await browser.closeTab();
						await browser.switchTo(handle);
					});
			},
			crash: () => Promise.reject(new Error("the WebKit driver crashes no page")),
		};
	}
	return {
		newTab: (where) =>
			inTurn(async () => {
				const handle = where === "back" || spare === undefined ? await openTab() : spare;
				if (handle === spare) spare = undefined;
				open.push(handle);
				return createTab(handle);
			}),
		kill: () => Promise.reject(new Error("the WebKit driver keeps no profile")),
		close: () => browser.close(),
	};
}

/** WebDriver's code of the key. */
const BACKSPACE = "\uE003";

const webkitEngine: Engine = {
	name: "WebKit",
	async open() {
		const browser = await webkit();
		return createWebKitVisitor(browser, await browser.handle());
	},
};

export const ENGINES: readonly Engine[] = [chromiumEngine, firefoxEngine, webkitEngine];
/** Engines whose profile outlives the browser. */
export const PERSISTENT_ENGINES: readonly Engine[] = [chromiumEngine, firefoxEngine];
export const CHROMIUM: readonly Engine[] = [chromiumEngine];
