/**
 * What the script gives up and what a kill leaves: followed from real browsers to what the owner is told. Each scenario has a
 * collector of its own, whose figures are sums over all that it heard.
 */

import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { JsonObject, WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, readRows } from "../support/api.ts";
import { type RunningCollector, startCollector } from "../support/collector.ts";
import { type Engine, PERSISTENT_ENGINES, type Tab } from "../support/engines.ts";
import { eventually } from "../support/eventually.ts";
import { startFaultProxy } from "../support/fault-proxy.ts";
import { startSite } from "../support/site.ts";
import { body, openTheatre, READY, type Stage } from "../support/stage.ts";

const theatre = openTheatre();

interface Losses {
	evicted: number;
	setAside: number;
}

async function readLosses({ url, keys }: RunningCollector): Promise<Losses> {
	const answer = await fetch(`${url}/v1/status`, { headers: authorise(keys.read) });
	const { delivery } = (await answer.json()) as { delivery: Losses };
	return { evicted: delivery.evicted, setAside: delivery.setAside };
}

/** Nothing is asked for again before the network is said to be back. */
const DOWN = { status: 503, headers: { "Retry-After": "3600" } };

describe("the caps of the queue (Chromium, Firefox, WebKit)", () => {
	/** The engines share a collector, so each plays on its own. */
	const playInTurn = async (scene: (stage: Stage) => Promise<void>, pages = {}): Promise<void> => {
		let turn: Promise<unknown> = Promise.resolve();
		await theatre.play(
			(stage) => {
				const played = turn.then(() => scene(stage));
				turn = played.catch(() => undefined);
				return played;
			},
			// Reading times would be evicted too, as many as there happen to be.
			{ attributes: 'data-engaged-time="false"', pages },
		);
	};

	test("above 10,000 events the least telling and oldest go, and the owner is told how many", () =>
		playInTurn(
			async ({ tab, proxy, visit, hasPart, comeOnline, collector }) => {
				proxy.fault = () => DOWN;
				await visit();
				await hasPart("late");
				await eventually(() => proxy.requests.length > 0);
				const before = await readLosses(collector);
				await tab.click("#mail");
				await tab.run(
					"(() => { for (let n = 1; n <= 3; n++) strand.track('order_paid', { n }); for (let n = 1; n <= 10000; n++) strand.track('Filler', { n }); })()",
				);
				// The page looks after its caps every ten seconds, and before it sends.
				proxy.fault = undefined;
				proxy.clear();
				await comeOnline(() => proxy.requests.some(({ status }) => status === 200));
				const [first] = proxy.requests;
				expect(first?.events.slice(0, 4).map(({ event, properties }) => [event, properties?.n])).toEqual([
					["order_paid", 1],
					["order_paid", 2],
					["order_paid", 3],
					["Filler", 4],
				]);
				// Of 10,005: the click, the page view, and three of the fillers.
				const after = await readLosses(collector);
				expect([after.evicted - before.evicted, after.setAside - before.setAside]).toEqual([5, 0]);
			},
			{
				"/": body('<a id="mail" href="mailto:a@example.org" onclick="return false">Mail</a>'),
			},
		));

	test("above 5 MB the oldest go, and the owner is told how many", () =>
		playInTurn(async ({ tab, proxy, visit, hasPart, comeOnline, collector }) => {
			proxy.fault = () => DOWN;
			await visit();
			await hasPart("late");
			await eventually(() => proxy.requests.length > 0);
			const before = await readLosses(collector);
			// Of 300 times some 30,400 characters 172 fit, and the page view beside them.
			await tab.run(
				"(() => { for (let n = 101; n <= 400; n++) strand.track('Long', { n, text: 'x'.repeat(30000) }); })()",
			);
			proxy.fault = undefined;
			proxy.clear();
			await comeOnline(() => proxy.requests.some(({ status }) => status === 200));
			const [, oldest] = proxy.requests[0]?.batch.batch ?? [];
			const { originalTimestamp: _, ...kept } = oldest as WireEvent;
			const evicted = 300 - Math.floor((5 * 1024 * 1024) / JSON.stringify(kept).length);
			expect(kept.properties?.n).toBe(101 + evicted);
			expect((await readLosses(collector)).evicted - before.evicted).toBe(evicted);
		}));

	test("what a dead page left for more than seven days goes, and the owner is told; what is younger arrives", () =>
		playInTurn(
			async ({ tab, proxy, visit, hasPart, comeOnline, collector }) => {
				proxy.fault = () => DOWN;
				await visit("/old");
				await hasPart("late");
				await tab.run("Promise.all([1, 2, 3].map((n) => strand.track('Aged', { n }, { critical: true })))");
				await visit("/young");
				await hasPart("late");
				await tab.run("Promise.all([4, 5].map((n) => strand.track('Aged', { n }, { critical: true })))");
				const before = await readLosses(collector);
				await visit("/now");
				// What the page before it sends as it goes comes before what this one sends first.
				await eventually(() => proxy.requests.some(({ batch }) => batch.delivery?.evicted === 4));
				proxy.fault = undefined;
				const read = async () =>
					(await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events"))
						.filter(({ name, anonymousId }) => name === "Aged" && anonymousId === device)
						.map(({ properties }) => (properties as JsonObject).n);
				const device = await tab.run<string>("strand.anonymousId");
				await comeOnline(async () => (await read()).length === 2);
				expect((await read()).sort()).toEqual([4, 5]);
				// With the page view that was as old.
				expect((await readLosses(collector)).evicted - before.evicted).toBe(4);
			},
			{
				"/old": body("", "const real = Date.now; Date.now = () => real() - (7 * 24 + 1) * 3600_000;"),
				"/young": body("", "const real = Date.now; Date.now = () => real() - (7 * 24 - 1) * 3600_000;"),
			},
		));
});

describe("a browser that is killed (Chromium, Firefox)", () => {
	const DRAFT_MS = 5_000;
	/** Between a draft's time and the kill: the disk, the driver, and a machine that does much else besides. */
	const SLACK_MS = 1_500 / Math.min(1, availableParallelism() / Number(loadavg()[0]));

	async function play(engine: Engine): Promise<void> {
		const collector = await startCollector();
		const profile = await mkdtemp(join(tmpdir(), "strand-killed-"));
		const proxy = await startFaultProxy(collector.url);
		const site = await startSite({ collector: proxy.url, writeKey: collector.keys.write });
		const open = async (path: string) => {
			const browser = await engine.open(profile);
			const tab: Tab = await browser.newTab();
			await tab.goto(site.url + path);
			await tab.until(READY);
			await tab.until("ran.some((url) => url.includes('-late.js'))");
			return { browser, tab };
		};
		const readEngaged = async () =>
			(await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events"))
				.filter(({ name, context }) => name === "Page Engaged" && JSON.stringify(context).includes('"/killed"'))
				.map(({ properties }) => Number((properties as JsonObject).visibleMs));
		const first = await open("/killed");
		try {
			proxy.fault = ({ events }) => (events.some(({ event }) => event === "Poison") ? { status: 400 } : undefined);
			await first.tab.run("strand.track('Poison', {}, { critical: true })");
			await eventually(
				async () => {
					await first.tab.run("strand.track('Beside', {}, { critical: true }).then(strand.flush)");
					return (await readLosses(collector)).setAside === 1;
				},
				undefined,
				1_000,
			);
			// The collector knows of the loss; the page may not have heard yet that it does.
			await first.tab.until("performance.now() > 12000");
			expect(await readEngaged()).toEqual([]);
			const visibleMs = await first.tab.run<number>("performance.now()");
			await first.browser.kill();
			proxy.clear();
			const second = await open("/back");
			try {
				// The lease runs out after 30 s.
				await eventually(async () => (await readEngaged()).length > 0, 120_000);
				const [keptMs] = await readEngaged();
				expect(visibleMs - Number(keptMs)).toBeLessThan(DRAFT_MS + SLACK_MS);
				expect(keptMs).toBeLessThan(visibleMs);
				// Told again by the page that took over.
				await eventually(
					async () => {
						await second.tab.run("strand.track('After', {}, { critical: true }).then(strand.flush)");
						return proxy.requests.some(
							({ events, status }) => status === 200 && events.some(({ event }) => event === "After"),
						);
					},
					undefined,
					1_000,
				);
				expect(proxy.requests.some(({ batch }) => batch.delivery?.setAside === 1)).toBe(true);
				expect(await readLosses(collector)).toEqual({ evicted: 0, setAside: 1 });
			} finally {
				await second.browser.close();
			}
		} finally {
			await site.close();
			await proxy.close();
			await collector.stop();
			await rm(profile, { recursive: true, force: true, maxRetries: 5 });
		}
	}

	test("has told of its reading time but for the last five seconds, and of its losses once, though they are told again", async () => {
		await Promise.all(PERSISTENT_ENGINES.map(play));
	});
});
