/**
 * `npm run sim:browser -- [--runs N] [--seed S] [--steps K] [--engine Chromium|Firefox]`: random visits in a real browser
 * against the built collector, with everything that goes wrong between them: requests refused, slow, or cut off before or after
 * the collector has them; pages left at once, tabs closed, consent withdrawn, the second part of the script blocked, pages that
 * crash, browsers that are killed (-9) and come back. Afterwards the collector must hold what a page was told is stored, each event
 * once and under the device id that the page had, nothing captured without consent, and no number may be missing: it prints, a seed
 * a line, whether that is so.
 * `npm run build` first.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { JsonObject, WireEvent } from "../../sdk/wire.ts";
import { authorise, type EventRow, readRows } from "../support/api.ts";
import { type RunningCollector, startCollector } from "../support/collector.ts";
import { type Engine, PERSISTENT_ENGINES, type Tab, type Visitor } from "../support/engines.ts";
import { eventually } from "../support/eventually.ts";
import { type BatchRequest, type Fault, startFaultProxy } from "../support/fault-proxy.ts";
import { startSite } from "../support/site.ts";
import { READY } from "../support/stage.ts";
import { Random } from "./random.ts";

/** A dead tab's lease runs out after 30 s; a page looks every 10, and may wait for its turn after failures. */
const ARRIVAL_MS_MAX = 150_000;
const TABS_MAX = 3;
/** Body bytes above which the collector is made to refuse a request; a single event is smaller. */
const BODY_BYTES_MAX = 3_000;

const WEATHER: Record<string, (request: BatchRequest, random: Random) => Fault | undefined> = {
	fine: () => undefined,
	down: () => ({ reset: "before" }),
	"cut off after it was processed": (_, random) => (random.chance(0.5) ? { reset: "after" } : undefined),
	busy: () => ({ status: 503 }),
	"busy for two seconds": () => ({ status: 503, headers: { "Retry-After": "2" } }),
	slow: () => ({ delayMs: 2_500 }),
	narrow: ({ bytes }) => (bytes > BODY_BYTES_MAX ? { status: 413 } : undefined),
	"refusing without a word": ({ events }) =>
		events.some(({ event }) => event === "Poison") ? { status: 400 } : undefined,
};

/** Until a page that was told to has left, or a browser is gone. */
const LEAVING_MS = 800;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What a page was told of one event: its number, and the device id under which it was taken in. */
interface Promised {
	n: number;
	device: string;
}

/**
 * Numbers that never came, but for events that the script says it gave up; below 0 where those were a page's last. What dead
 * pages left may still be under way.
 */
async function readUnheard({ url, keys }: RunningCollector): Promise<number> {
	const read = async (): Promise<number> => {
		const answer = await fetch(`${url}/v1/status`, { headers: authorise(keys.read) });
		const { delivery } = (await answer.json()) as { delivery: Record<"lost" | "setAside" | "evicted", number> };
		return delivery.lost - delivery.setAside - delivery.evicted;
	};
	await eventually(async () => (await read()) <= 0, 60_000, 1_000).catch(() => undefined);
	return read();
}

/** The numbers that are missing on the wire, a tab a part. */
function gapsOf(events: readonly WireEvent[]): string {
	const seen = new Map<string, Map<number, string>>();
	for (const { context, event, type } of events) {
		const { tab = "", seq = 0 } = (context?.strand ?? {}) as { tab?: string; seq?: number };
		seen.set(tab, (seen.get(tab) ?? new Map()).set(seq, event ?? type));
	}
	return Array.from(seen, ([tab, numbers]) => {
		const last = Math.max(...numbers.keys());
		const gaps = Array.from({ length: last }, (_, index) => index + 1).filter((seq) => !numbers.has(seq));
		return gaps[0] ? `${tab} lacks ${gaps} of ${[...numbers].map((pair) => pair.join(" "))}` : "";
	})
		.filter(Boolean)
		.join("; ");
}

/** One visitor from beginning to end. @returns what is wrong, empty where nothing is */
async function play(engine: Engine, seed: number, steps: number): Promise<string[]> {
	const random = new Random(seed);
	const name = `Step ${seed}`;
	const collector = await startCollector();
	const profile = await mkdtemp(join(tmpdir(), "strand-random-"));
	const proxy = await startFaultProxy(collector.url);
	const site = await startSite({ collector: proxy.url, writeKey: collector.keys.write });
	let promised: Promised[] = [];
	/** Few do: who withdraws takes along numbers that were not sent, so that gaps say nothing then. */
	const mayWithdraw = random.chance(0.25);
	/** Captured while the visitor allowed nothing. */
	const forbidden = new Set<number>();
	let hasWithdrawn = false;
	const faults: string[] = [];
	const said: string[] = [];
	let numbered = 0;
	let visits = 0;
	let browser: Visitor = await engine.open(profile);
	let tabs: Tab[] = [];

	async function visit(tab: Tab): Promise<void> {
		const path = `/page-${random.below(3)}`;
		const place = `?visit=${++visits}`;
		// After a return from the back/forward cache Firefox's driver may wait for ever for a page that is there.
		if ((await tab.run<string>("location.protocol")) === "http:")
			await tab.navigate(`location.href = "${path}${place}"`);
		else await tab.goto(site.url + path + place);
		await tab.until(`location.search === "${place}" && ${READY}`);
	}
	async function openTab(): Promise<void> {
		const tab = await browser.newTab();
		tabs.push(tab);
		await visit(tab);
	}
	async function track(tab: Tab): Promise<void> {
		const count = 1 + random.below(random.chance(0.2) ? 30 : 5);
		const from = numbered + 1;
		numbered += count;
		const stored = `Promise.all(Array.from({ length: ${count} }, (_, index) => { const n = ${from} + index; const device = strand.anonymousId; return strand.track(${JSON.stringify(name)}, { n, text: "x".repeat(200) }).then(() => ({ n, device })); }))`;
		if (random.chance(0.3)) await tab.run(`void ${stored}`);
		else promised.push(...(await tab.run<Promised[]>(stored)));
	}
	async function restart(how: "kill" | "close"): Promise<void> {
		await browser[how]();
		tabs = [];
		// Firefox's driver tidies the profile up once the browser is gone.
		await pause(LEAVING_MS);
		browser = await engine.open(profile);
		await openTab();
	}
	const STEPS: Record<string, (tab: Tab) => Promise<unknown>> = {
		track,
		"track and leave": async (tab) => {
			await track(tab);
			await visit(tab);
		},
		"track more": track,
		visit,
		"follow a link": async (tab) => {
			await tab.navigate("location.href = '/next'");
			await tab.until(`location.pathname === '/next' && ${READY}`);
		},
		"go back": async (tab) => {
			if (!(await tab.run<boolean>("history.length > 2"))) return;
			await tab.navigate("history.back()");
			await pause(LEAVING_MS);
			// Before the first page there is none of ours.
			if ((await tab.run<string>("location.protocol")) !== "http:") await visit(tab);
		},
		"open a tab": () => (tabs.length < TABS_MAX ? openTab() : Promise.resolve()),
		"close a tab": async (tab) => {
			tabs.splice(tabs.indexOf(tab), 1);
			await tab.close();
			if (!tabs[0]) await openTab();
		},
		"show a tab": (tab) => tab.show(),
		"log in": (tab) => tab.run(`strand.identify("person-${seed}-${random.below(2)}")`),
		"log out": (tab) => tab.run("strand.reset()"),
		"withdraw and allow again": async (tab) => {
			// Other tabs would have to hear it first.
			if (!mayWithdraw || tabs[1] || proxy.blocked) return;
			await tab.until("ran.some((url) => url.includes('-late.js'))");
			await tab.run("strand.consent('denied')");
			hasWithdrawn = true;
			// What had not been sent yet is forgotten.
			promised = [];
			forbidden.add(++numbered);
			await tab.run(`strand.track(${JSON.stringify(name)}, { n: ${numbered} })`);
			await pause(random.below(1_500));
			await tab.run("strand.consent('granted')");
		},
		poison: (tab) => tab.run("strand.track('Poison')"),
		wait: () => pause(random.below(3_000)),
		weather: async () => {
			const kind = random.pick(Object.keys(WEATHER)) as keyof typeof WEATHER;
			said.push(`(${kind})`);
			proxy.fault = (request) => WEATHER[kind]?.(request, random);
		},
		"block the second part": async () => {
			proxy.blocked = proxy.blocked ? undefined : /-late\.js/;
		},
		"go online": (tab) => tab.run("void dispatchEvent(new Event('online'))"),
		crash: async (tab) => {
			if (engine.name !== "Chromium") return;
			tabs.splice(tabs.indexOf(tab), 1);
			await openTab();
			await tab.crash();
		},
		kill: () => restart("kill"),
		quit: () => restart("close"),
	};
	try {
		await openTab();
		for (let step = 0; step < steps; step++) {
			const what = random.pick(Object.keys(STEPS)) as string;
			said.push(what);
			const tab = random.pick(tabs) as Tab;
			await tab.until(READY);
			await STEPS[what]?.(tab);
			for (const each of tabs) {
				// A page that is on its way out cannot be asked.
				const errors = await each.run<string[]>("window.errors || []").catch((): string[] => []);
				if (errors[0]) faults.push(`an error in the page after "${what}": ${errors}`);
			}
		}
		proxy.fault = undefined;
		proxy.blocked = undefined;
		await openTab();
		const read = async () => {
			const rows = await readRows<EventRow>(collector.url, collector.keys.read, "/v1/events");
			return rows.filter((row) => row.name === name);
		};
		const numberOf = (row: EventRow): number => Number((row.properties as JsonObject).n);
		const missing = async () => {
			const held = new Set((await read()).map(numberOf));
			return promised.filter(({ n }) => !held.has(n));
		};
		await eventually(async () => !(await missing())[0], ARRIVAL_MS_MAX, 1_000).catch(() => undefined);
		const unheard = hasWithdrawn ? 0 : await readUnheard(collector);
		if (unheard > 0) faults.push(`${unheard} numbers are missing that nobody gave up: ${gapsOf(proxy.events())}`);
		const rows = await read();
		for (const { n } of await missing()) faults.push(`${n} did not arrive`);
		const counts = new Map<number, EventRow[]>();
		for (const row of rows) counts.set(numberOf(row), [...(counts.get(numberOf(row)) ?? []), row]);
		for (const n of forbidden) if (counts.has(n)) faults.push(`${n} was captured without consent`);
		for (const [n, held] of counts) if (held[1]) faults.push(`${n} is there ${held.length} times`);
		for (const { n, device } of promised) {
			const [held] = counts.get(n) ?? [];
			if (held && held.anonymousId !== device) faults.push(`${n} is of ${held.anonymousId}, not of ${device}`);
		}
		const wire = new Map<string, string>();
		for (const event of proxy.events()) {
			const { strand: { tab = "", seq = 0, ...rest } = {}, ...context } = (event.context ?? {}) as {
				strand?: { tab?: string; seq?: number };
			};
			const said = JSON.stringify({ ...event, context: { ...context, rest } });
			const known = wire.get(event.messageId as string);
			if (known && known !== said) faults.push(`${event.messageId} was sent in two forms: ${known} and ${said}`);
			wire.set(event.messageId as string, said);
			if (!tab && seq) faults.push(`${event.messageId} has a number and no tab`);
		}
	} catch (error) {
		faults.push(`the run broke off: ${(error as Error).stack}`);
	} finally {
		await browser.close().catch(() => {});
		await site.close();
		await proxy.close();
		await collector.stop();
		await rm(profile, { recursive: true, force: true, maxRetries: 5 });
	}
	return faults.length
		? [`${engine.name}, seed ${seed}: ${said.join(", ")}`, ...faults.map((fault) => `  ${fault}`)]
		: [];
}

const { values } = parseArgs({
	options: {
		runs: { type: "string", default: "5" },
		seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
		steps: { type: "string", default: "25" },
		engine: { type: "string" },
	},
});
const engines = PERSISTENT_ENGINES.filter(({ name }) => !values.engine || name === values.engine);
let wrong = 0;
let played = 0;
for (let run = 0; run < Number(values.runs); run++) {
	const seed = Number(values.seed) + run;
	const steps = Number(values.steps);
	const ends = await Promise.all(engines.map((engine) => play(engine, seed, steps)));
	for (const line of ends.flat()) console.log(line);
	wrong += ends.flat().length ? 1 : 0;
	played += engines.length;
	console.log(`seed ${seed}: ${ends.flat().length ? "wrong" : "right"}`);
}
console.log(`${played} visits of ${values.steps} steps: ${wrong ? `${wrong} seeds with faults` : "all right"}`);
process.exitCode = wrong ? 1 : 0;
