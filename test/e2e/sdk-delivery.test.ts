/**
 * The delivery promises of the browser script, in real browsers against the real collector, with a
 * proxy between them that breaks what the scenario breaks. What counts is what the collector holds
 * afterwards: each event once.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireEvent } from "../../sdk/wire.ts";
import { type RunningCollector, startCollector } from "../support/collector.ts";
import { ENGINES, type Engine, PERSISTENT_ENGINES, type Tab, type Visitor } from "../support/engines.ts";
import { eventually } from "../support/eventually.ts";
import { type BatchRequest, type FaultProxy, startFaultProxy } from "../support/fault-proxy.ts";
import { type Site, type SitePage, startSite } from "../support/site.ts";

let collector: RunningCollector;

beforeAll(async () => {
	collector = await startCollector();
}, 60_000);
afterAll(() => collector.stop());

/** One scenario's stage: its own proxy, site and event names, so that scenarios may run side by side. */
interface Stage {
	proxy: FaultProxy;
	site: Site;
	/** The `n` of this stage's events as the collector holds them, ascending. */
	held(): Promise<number[]>;
	/** Waits until the collector holds `count` of them. */
	until(count: number, timeoutMs?: number): Promise<number[]>;
	track(tab: Tab, from: number, to: number): Promise<void>;
	/** Opens the page and waits until the script runs. */
	visit(tab: Tab, path?: string): Promise<void>;
	close(): Promise<void>;
}

let stages = 0;

async function setStage(pages?: Record<string, SitePage>): Promise<Stage> {
	const name = `Stage ${++stages}`;
	const proxy = await startFaultProxy(collector.url);
	const site = await startSite({
		collector: proxy.url,
		writeKey: collector.keys.write,
		...(pages && { pages }),
	});
	const stage: Stage = {
		proxy,
		site,
		async held() {
			const answer = await fetch(`${collector.url}/v1/events?format=ndjson`, {
				headers: { authorization: `Bearer ${collector.keys.read}` },
			});
			const events = (await answer.text())
				.split("\n")
				.filter(Boolean)
				.map((line) => JSON.parse(line) as WireEvent);
			return events
				.filter((event) => event.name === name)
				.map((event) => Number(event.properties?.n))
				.sort((a, b) => a - b);
		},
		async until(count, timeoutMs) {
			await eventually(async () => (await stage.held()).length >= count, timeoutMs);
			return stage.held();
		},
		track: async (tab, from, to) =>
			void (await tab.run(
				`(() => { for (let n = ${from}; n <= ${to}; n++) strand.track(${JSON.stringify(name)}, { n }); })()`,
			)),
		async visit(tab, path = "/") {
			await tab.goto(site.url + path);
			await eventually(() => tab.run("!!(window.strand && strand.version)"));
		},
		async close() {
			await proxy.close();
			await site.close();
		},
	};
	return stage;
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1);

/** Plays `scene` in each engine at the same time, each on a stage of its own. */
async function playIn(
	engines: readonly Engine[],
	scene: (stage: Stage, visitor: Visitor, engine: Engine) => Promise<void>,
	pages?: Record<string, SitePage>,
): Promise<void> {
	await Promise.all(
		engines.map(async (engine) => {
			const stage = await setStage(pages);
			const visitor = await engine.open();
			try {
				await scene(stage, visitor, engine);
			} catch (error) {
				throw new Error(`in ${engine.name}: ${error instanceof Error ? error.stack : error}`);
			} finally {
				await visitor.close();
				await stage.close();
			}
		}),
	);
}

const isPoisoned = (request: BatchRequest): boolean =>
	request.events.some((event) => event.properties?.poison === true);
const sentIds = (proxy: FaultProxy): string[] => proxy.events().map((event) => String(event.messageId));

describe("quick exits (Chromium, Firefox, WebKit)", () => {
	test("three events arrive when the tab is closed at once, and when the page is left at once", () =>
		playIn(ENGINES, async (stage, visitor) => {
			const closing = await visitor.newTab();
			await stage.visit(closing);
			await stage.track(closing, 1, 3);
			await closing.close();
			const leaving = await visitor.newTab();
			await stage.visit(leaving);
			await stage.track(leaving, 4, 6);
			await leaving.goto("about:blank");
			expect(await stage.until(6)).toEqual(upTo(6));
		}));
});

// Side by side, since they mostly wait: the longest first.
describe.concurrent("a collector in trouble (Chromium, Firefox, WebKit)", () => {
	test(
		"60 s of 503: all arrive afterwards, with at most 12 requests meanwhile",
		() =>
			playIn(ENGINES, async (stage, visitor) => {
				const tab = await visitor.newTab();
				await stage.visit(tab);
				await eventually(() => stage.proxy.requests.length > 0);
				stage.proxy.clear();
				const startedAt = Date.now();
				stage.proxy.fault = () => (Date.now() - startedAt < 60_000 ? { status: 503 } : undefined);
				await stage.track(tab, 1, 50);
				const all = await stage.until(50, 150_000);
				expect(all).toEqual(upTo(50));
				expect(stage.proxy.requests.filter(({ status }) => status === 503).length).toBeLessThanOrEqual(12);
			}),
		180_000,
	);

	test.each([
		[100, 300],
		[20, 50],
	])(
		"browser killed (not WebKit: its driver keeps no profile): %i events, SIGKILL %i ms later with the collector down: all arrive after the restart",
		async (count, waitMs) => {
			await Promise.all(
				PERSISTENT_ENGINES.map(async (engine) => {
					const profile = await mkdtemp(join(tmpdir(), "strand-killed-"));
					const stage = await setStage();
					const first = await engine.open(profile);
					const tab = await first.newTab();
					await stage.visit(tab);
					await eventually(() => stage.proxy.requests.length > 0);
					stage.proxy.fault = () => ({ reset: "before" });
					await stage.track(tab, 1, count);
					const killAt = Date.now() + waitMs;
					await eventually(() => Date.now() >= killAt, waitMs + 5_000, 5);
					await first.kill();
					stage.proxy.fault = undefined;
					const second = await engine.open(profile);
					try {
						await stage.visit(await second.newTab());
						// A dead tab's lease runs out after 30 s; the page looks every 10.
						expect(await stage.until(count, 60_000)).toEqual(upTo(count));
					} finally {
						await second.close();
						await stage.close();
						await rm(profile, { recursive: true, force: true, maxRetries: 5 });
					}
				}),
			);
		},
	);

	test.each([4_000, 25_000])("down for %i ms, tab closed: all arrive within 2 s of the visitor's return", (downMs) =>
		playIn(ENGINES, async (stage, visitor, { name }) => {
			const tab = await visitor.newTab();
			await stage.visit(tab);
			stage.proxy.fault = () => ({ reset: "before" });
			const downAt = Date.now();
			await stage.track(tab, 1, 50);
			await eventually(() => Date.now() - downAt > downMs, downMs + 5_000);
			await tab.close();
			stage.proxy.fault = undefined;
			const back = await visitor.newTab();
			await stage.visit(back);
			// WebKit's driver shows only its first tab, and a hidden one has its timers slowed.
			expect(await stage.until(50, name === "WebKit" ? 6_000 : 2_000)).toEqual(upTo(50));
		}),
	);

	test.each([400, 413])(
		"one event answered %i by itself does not hold up the 40 beside it, and is reported",
		(status) =>
			playIn(ENGINES, async (stage, visitor) => {
				const tab = await visitor.newTab();
				await stage.visit(tab);
				stage.proxy.fault = (request) => (isPoisoned(request) ? { status, body: "no" } : undefined);
				await stage.track(tab, 1, 20);
				await tab.run(`strand.track("Poison", { poison: true }), 0`);
				await stage.track(tab, 21, 40);
				expect(await stage.until(40, 30_000)).toEqual(upTo(40));
				await eventually(() =>
					stage.proxy.requests.some(({ events, status }) => status !== 200 && events.length === 1),
				);
				await stage.track(tab, 41, 41);
				await eventually(() => stage.proxy.requests.some(({ batch }) => batch.delivery?.setAside === 1));
			}),
	);

	test("connections reset after the collector has processed them: none lost, repeats under the same messageId", () =>
		playIn(ENGINES, async (stage, visitor) => {
			const tab = await visitor.newTab();
			await stage.visit(tab);
			let count = 0;
			// Every second one of the first ten requests, which is worse than the promised fifth.
			stage.proxy.fault = () => (++count <= 10 && count % 2 === 1 ? { reset: "after" } : undefined);
			for (let n = 1; n <= 5; n++) {
				await stage.track(tab, n * 10 - 9, n * 10);
				await tab.run("strand.flush()");
			}
			expect(await stage.until(50, 30_000)).toEqual(upTo(50));
			await eventually(() => sentIds(stage.proxy).length - new Set(sentIds(stage.proxy)).size > 0);
		}));
});

describe("several tabs (Chromium, Firefox, WebKit)", () => {
	test("two offline tabs, both closed: everything arrives later, nothing twice", () =>
		playIn(ENGINES, async (stage, visitor) => {
			const one = await visitor.newTab();
			const two = await visitor.newTab();
			await stage.visit(one);
			await stage.visit(two);
			stage.proxy.fault = () => ({ reset: "before" });
			await stage.track(one, 1, 25);
			await stage.track(two, 26, 50);
			await one.close();
			await two.close();
			await eventually(() => stage.proxy.isQuiet(1_000));
			stage.proxy.fault = undefined;
			stage.proxy.clear();
			const back = await visitor.newTab();
			await stage.visit(back);
			expect(await stage.until(50)).toEqual(upTo(50));
			const ids = sentIds(stage.proxy);
			expect(ids.length).toBe(new Set(ids).size);
		}));

	test("a second tab during a slow request sends nothing of the first", () =>
		playIn(ENGINES, async (stage, visitor) => {
			const one = await visitor.newTab();
			await stage.visit(one);
			await eventually(() => stage.proxy.requests.length > 0);
			let isFirst = true;
			stage.proxy.fault = () => {
				if (!isFirst) return undefined;
				isFirst = false;
				return { delayMs: 8_000 };
			};
			stage.proxy.clear();
			await stage.track(one, 1, 25);
			await eventually(() => stage.proxy.requests.length > 0);
			const two = await visitor.newTab();
			await stage.visit(two);
			await stage.track(two, 26, 30);
			expect(await stage.until(30)).toEqual(upTo(30));
			// The hidden first tab hands over what it captured meanwhile, never what is already on its way.
			const ids = sentIds(stage.proxy);
			expect(ids.length).toBe(new Set(ids).size);
		}));
});

/** Each breaks one kind of storage before the script comes. */
const BROKEN_STORAGE = {
	"IndexedDB missing": "delete window.indexedDB; Object.defineProperty(window, 'indexedDB', { value: undefined })",
	"IndexedDB throwing": "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }",
	"IndexedDB silent": "IDBFactory.prototype.open = () => ({})",
	"IndexedDB full": "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }",
	"localStorage and cookies throwing":
		"for (const [of, key] of [[window, 'localStorage'], [document, 'cookie']]) Object.defineProperty(of, key, { get() { throw new DOMException('no', 'SecurityError'); }, set() { throw new DOMException('no', 'SecurityError'); } })",
};

describe("broken storage (Chromium, Firefox, WebKit)", () => {
	test("missing, throwing, silent or full: all delivered, no error in the page", () =>
		playIn(
			ENGINES,
			async (stage, visitor) => {
				const tab = await visitor.newTab();
				let last = 0;
				for (const path of Object.keys(BROKEN_STORAGE)) {
					await stage.visit(tab, `/${encodeURIComponent(path)}`);
					await stage.track(tab, last + 1, last + 25);
					last += 25;
					expect(await stage.until(last), path).toEqual(upTo(last));
					expect(await tab.run("window.errors"), path).toEqual([]);
				}
			},
			Object.fromEntries(
				Object.entries(BROKEN_STORAGE).map(([path, code]) => [
					`/${encodeURIComponent(path)}`,
					{
						html: `<!doctype html><title>Broken</title><script>window.errors = []; addEventListener("error", (event) => errors.push(String(event.message))); addEventListener("unhandledrejection", (event) => errors.push(String(event.reason))); ${code}</script>{{tag}}`,
					},
				]),
			),
		));
});
