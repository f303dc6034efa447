/**
 * Where the script's scenarios are played: one collector and one browser of each engine for a whole
 * test file, and for each scenario a site on a host of its own, which is a fresh visitor to a browser.
 * What is looked at are the batches on their way to the real collector.
 */

import { afterAll, beforeAll } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { type RunningCollector, startCollector } from "./collector.ts";
import { ENGINES, type Engine, type Tab, type Visitor } from "./engines.ts";
import { eventually } from "./eventually.ts";
import { type FaultProxy, startFaultProxy } from "./fault-proxy.ts";
import { type Site, type SiteOptions, startSite } from "./site.ts";

/** The script runs. */
export const READY = "window.strand && strand.version";

export interface Stage {
	collector: RunningCollector;
	engine: Engine["name"];
	visitor: Visitor;
	proxy: FaultProxy;
	site: Site;
	/** In front, and nowhere yet. */
	tab: Tab;
	/** The site under another host than its own. */
	elsewhere(path: string): string;
	/** Opens a page, by default in the front tab, and waits until the script runs. */
	visit(path?: string, tab?: Tab): Promise<void>;
	/**
	 * Every event that came, each once, when all that the page in the tab has captured until now is here. What the page
	 * before it sent while it was left may be slower: then `isWhole` tells when that is here too.
	 */
	sent(tab?: Tab, isWhole?: (events: readonly WireEvent[]) => boolean): Promise<WireEvent[]>;
	/**
	 * Waits until a part that is loaded after the script has run, in a page with `{{watch}}`. `late` is the second half of
	 * the script: before it has come, what happens in quick succession is not all told apart.
	 */
	hasPart(name: "forms" | "hop" | "late" | "vitals", tab?: Tab): Promise<void>;
	/**
	 * Waits until the front tab may be kept in the back/forward cache: for a request under way Firefox gives a page up, for a
	 * held lock both Firefox and Chromium (https://web.dev/articles/bfcache). The forms part is the last that loads.
	 */
	rest(): Promise<void>;
	/**
	 * Says that the page is online again, which is a reason to send at once, until what follows from it is seen: a request on its
	 * way may still be told to wait, and its page then waits anew.
	 */
	comeOnline(isDone: () => boolean | Promise<boolean>): Promise<void>;
	/** Waits until an event came that `isIt`. */
	came(isIt: (event: WireEvent) => boolean, timeoutMs?: number): Promise<WireEvent>;
}

export type Scene = (stage: Stage) => Promise<void>;
export interface Props extends Partial<Omit<SiteOptions, "collector" | "writeKey" | "host">> {
	/** By which the page calls the collector; one of `NAMED_HOSTS`. */
	collectorHost?: string;
}

export interface Theatre {
	/** Plays the scene in each engine at the same time; `{{here}}` and `{{there}}` in attributes are the site's two hosts. */
	play(scene: Scene, props?: Props, engines?: readonly Engine[]): Promise<void>;
	/** The same for scenes that run side by side: each in windows of its own, in WebKit a browser of its own. */
	playApart(scene: Scene, props?: Props, engines?: readonly Engine[]): Promise<void>;
	collector(): RunningCollector;
}

const SENTINEL = "Everything Before";
/** Second bytes of 127.x.y.z: hosts of sites, and the same sites elsewhere. */
const HERE = 1;
const THERE = 2;

/** A browser now and then never ends its start (seen once in some hundred); the next one does. */
const OPEN_MS_MAX = 90_000;
const OPEN_TRIES = 3;

async function openBrowser(engine: Engine): Promise<Visitor> {
	for (let tries = 0; tries < OPEN_TRIES; tries++) {
		const opening = engine.open();
		const { promise: late, resolve } = Promise.withResolvers<null>();
		const timer = setTimeout(resolve, OPEN_MS_MAX, null);
		const visitor = await Promise.race([opening, late]).finally(() => clearTimeout(timer));
		if (visitor !== null) return visitor;
		opening.then((one) => one.close()).catch((error) => console.error(`${engine.name}, given up: ${error}`));
	}
	throw new Error(`${engine.name} did not start in ${OPEN_MS_MAX} ms, ${OPEN_TRIES} times`);
}

/** To be called once at the top of a test file. */
export function openTheatre(engines: readonly Engine[] = ENGINES): Theatre {
	let collector: RunningCollector;
	const visitors = new Map<Engine, Visitor>();
	let scenes = 0;
	beforeAll(async () => {
		collector = await startCollector();
		await Promise.all(engines.map(async (engine) => visitors.set(engine, await openBrowser(engine))));
	});
	afterAll(async () => {
		await Promise.all(Array.from(visitors.values(), (visitor) => visitor.close()));
		await collector?.stop();
	});

	async function playOne(scene: Scene, props: Props, engine: Engine, isApart: boolean): Promise<void> {
		const ownBrowser = isApart && engine.name === "WebKit" ? await openBrowser(engine) : undefined;
		const visitor = ownBrowser ?? (visitors.get(engine) as Visitor);
		const number = ++scenes;
		const proxy = await startFaultProxy(collector.url);
		const host = `127.${HERE}.0.${number}`;
		const there = `127.${THERE}.0.${number}`;
		const site = await startSite({
			...props,
			attributes: (props.attributes ?? "").replace("{{here}}", host).replace("{{there}}", there),
			collector: props.sameOrigin ? collector.url : proxy.url.replace("127.0.0.1", props.collectorHost ?? "127.0.0.1"),
			writeKey: collector.keys.write,
			host,
		});
		const tabs: Tab[] = [];
		const all: Visitor = {
			...visitor,
			async newTab(where = isApart ? "window" : "front") {
				const tab = await visitor.newTab(where);
				const close = tab.close;
				tabs.push(tab);
				tab.close = async () => {
					tabs.splice(tabs.indexOf(tab), 1);
					await close();
				};
				return tab;
			},
		};
		let sentinels = 0;
		const tab = await all.newTab();
		const stage: Stage = {
			collector,
			engine: engine.name,
			visitor: all,
			proxy,
			site,
			tab,
			elsewhere: (path) => site.url.replace(host, there) + path,
			async visit(path = "/", on = tab) {
				await on.goto(site.url + path);
				await on.until(READY);
			},
			async sent(on = tab, isWhole = () => true) {
				const n = `${++sentinels}`;
				await on.run(`void strand.track(${JSON.stringify(SENTINEL)}, { n: "${n}" }, { critical: true })`);
				await stage.came(({ event, properties }) => event === SENTINEL && properties?.n === n, 90_000);
				const read = (): WireEvent[] => {
					const events = new Map(proxy.events().map((event) => [event.messageId, event]));
					return Array.from(events.values()).filter(({ event }) => event !== SENTINEL);
				};
				await eventually(() => isWhole(read())).catch((error: Error) => {
					const came = read().map(({ type, event, context }) => `${event ?? type} ${JSON.stringify(context?.page)}`);
					throw new Error(`${error.message}; what came:\n${came.join("\n")}`);
				});
				return read();
			},
			hasPart: (name, on = tab) => on.until(`ran.some((url) => url.includes("-${name}.js"))`),
			async rest() {
				await stage.hasPart("late");
				await stage.hasPart("forms");
				await eventually(() => proxy.requests.every(({ status }) => status === 200));
				// The answer has come before the page knows it: it holds its lock until then.
				await tab.run("new Promise((done) => setTimeout(done, 200))");
				await tab.until("navigator.locks.query().then(({ held }) => held.length === 0)");
			},
			comeOnline: (isDone) =>
				eventually(async () => {
					await tab.run("void dispatchEvent(new Event('online'))");
					return isDone();
				}),
			async came(isIt, timeoutMs) {
				await eventually(() => proxy.events().some(isIt), timeoutMs, 25);
				return proxy.events().find(isIt) as WireEvent;
			},
		};
		try {
			await scene(stage);
		} catch (error) {
			throw new Error(`in ${engine.name}: ${error instanceof Error ? error.stack : error}`);
		} finally {
			// A tab that has crashed is gone already.
			for (const open of [...tabs]) await open.close().catch(() => {});
			await ownBrowser?.close();
			await site.close();
			await proxy.close();
		}
	}

	async function playAll(scene: Scene, props: Props, only: readonly Engine[], isApart: boolean): Promise<void> {
		const ends = await Promise.allSettled(only.map((engine) => playOne(scene, props, engine, isApart)));
		const faults = ends.flatMap((end) => (end.status === "rejected" ? [end.reason as Error] : []));
		if (faults.length) throw new Error(faults.map(({ message }) => message).join("\n"));
	}

	return {
		collector: () => collector,
		play: (scene, props = {}, only = engines) => playAll(scene, props, only, false),
		playApart: (scene, props = {}, only = engines) => playAll(scene, props, only, true),
	};
}

export const paths = (events: readonly WireEvent[]): unknown[] =>
	events.filter(({ type }) => type === "page").map(({ properties }) => properties?.path);
export const named = (events: readonly WireEvent[], name: string): WireEvent[] =>
	events.filter(({ event }) => event === name);
/** The page view that a fact belongs to; empty for none. */
export const viewIdOf = (event: WireEvent | undefined): string =>
	((event?.context?.strand ?? {}) as { viewId?: string }).viewId ?? "";
/** A page with the script and this body; `before` runs before the script. */
export const body = (html: string, before = ""): { html: string } => ({
	html: `<!doctype html><title>Test</title>{{watch}}<script>${before}</script>{{tag}}<body>${html}</body>`,
});
