/**
 * What the script costs a page: `npm run bench:sdk [-- NAME …]`. In Chromium, at full speed and four times slower,
 * beside an empty page and two peers from npm on the same page in the same run.
 *
 * Times are the main thread's, by the browser's own trace, and without anything of DevTools but that: a debugger that
 * watches scripts and requests makes each of them dearer. Each load is in a browser that has come to rest, first as a
 * visitor's first page, in a process that has not run any script yet, then as the page after it in the same process:
 *
 *   run        the script's file compiled and run: so long the page's own parsing waits
 *   view       load and start: all script until the first page view is taken down; peers do that within `run`, ours in
 *              the task after it, which the parsing does not wait for
 *   start      all script of the first 900 ms: the second part and storage too, and on the next page a first request, with
 *              what the page before left unanswered
 *   1.5 s      all script of that time, every script's first request included
 *   CPU        of `start`, without what it waited for: the browser's other processes, or the machine
 *   longest    the page's longest task, whoever made it: compare the empty page's
 */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import { type BareChromium, bareChromium } from "../test/support/bare-chromium.ts";

const LOADS = 3;
const CALLS = 300;
/** Before the first request of ours. */
const START_MS = 900;
/** Long enough for every contender to have started and sent its first request. */
const WATCH_MS = 1_500;
/** Until a browser that was just launched has done its own work. */
const LAUNCH_MS = 1_500;

interface Contender {
	script: string;
	/** The first page view is taken down in a task of its own. */
	begins?: true;
	/** Body of `track(name, n)` and `view()` in the page. */
	track: string;
	view: string;
}

async function bundle(contents: string): Promise<string> {
	const options = { bundle: true, minify: true, write: false, format: "iife", target: "es2020" } as const;
	const result = await build({ stdin: { contents, resolveDir: process.cwd() }, ...options });
	return result.outputFiles[0]?.text ?? "";
}

const CONTENDERS: Record<string, Contender> = {
	"empty page": { script: "", track: "", view: "" },
	strand: {
		script: readFileSync("dist/strand.js", "utf8"),
		begins: true,
		track: "strand.track(name, { n })",
		view: "strand.page()",
	},
	snowplow: {
		script: await bundle(
			"import { newTracker, trackPageView, trackStructEvent } from '@snowplow/browser-tracker'; newTracker('sp', location.origin, { appId: 'bench', eventMethod: 'post', bufferSize: 10 }); trackPageView(); window.peer = { trackPageView, trackStructEvent };",
		),
		track: "peer.trackStructEvent({ category: 'bench', action: name, value: n })",
		view: "peer.trackPageView()",
	},
	posthog: {
		script: await bundle(
			"import posthog from 'posthog-js'; posthog.init('phc_bench', { api_host: location.origin, disable_session_recording: true, advanced_disable_decide: true, disable_surveys: true }); window.peer = posthog;",
		),
		track: "peer.capture(name, { n })",
		view: "peer.capture('$pageview')",
	},
};

const posted: number[] = [];
const server = createServer(async (request, response) => {
	const path = new URL(request.url ?? "/", "http://bench").pathname;
	const name = decodeURIComponent(path.split("/")[2] ?? "");
	// Cross-origin isolation makes the page's clock fine enough for calls of microseconds.
	const headers = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
	if (request.method === "POST") {
		posted.push((await buffer(request)).length);
		const answer = { success: true, accepted: 1, rejected: [], receivedAt: new Date().toISOString() };
		response.writeHead(200, { ...headers, "content-type": "application/json" }).end(JSON.stringify(answer));
	} else if (path.startsWith("/script/")) {
		// The script's parts lie beside it, where it looks for them.
		const isPart = /^strand-[\w.-]+\.js$/.test(name);
		const script = isPart ? readFileSync(`dist/public/${name}`, "utf8") : CONTENDERS[name]?.script;
		response.writeHead(200, { ...headers, "content-type": "text/javascript" }).end(script);
	} else if (path.startsWith("/page/")) {
		const tag = `<script src="/script/${encodeURIComponent(name)}" data-write-key="wk_bench" data-forms="off"></script>`;
		response.writeHead(200, { ...headers, "content-type": "text/html" });
		response.end(`<!doctype html><title>Bench</title>${name === "empty page" ? "" : tag}<body><p>Text</p></body>`);
	} else response.writeHead(404, headers).end();
}).listen(0, "127.0.0.1");
await once(server, "listening");
/** A host below another, as sites have: its cookie is for both. The system's own name, so trusted like HTTPS. */
const url = `http://www.bench.localhost:${(server.address() as AddressInfo).port}`;

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const round = (value: number): number => Math.round(value * 10) / 10;
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const pageOf = (name: string): string => `${url}/page/${encodeURIComponent(name)}`;

/** An interval of a trace; times in microseconds. */
interface TraceEvent {
	name: string;
	ph: string;
	pid: number;
	tid: number;
	ts: number;
	dur: number;
	/** Of `dur`, on the processor. */
	tdur: number;
	args?: { data?: { url?: string }; beginData?: { url?: string } };
}

/** In a trace, whatever runs script, or collects its garbage. */
const SCRIPT = /^(EvaluateScript|v8\.compile|FunctionCall|RunMicrotasks|TimerFire|EventDispatch|MinorGC|MajorGC)$/;

/** Milliseconds; see the head of this file. */
interface Start {
	run: number;
	view: number;
	start: number;
	cpu: number;
	watched: number;
	longest: number;
}

/** Loads a contender's page and watches its main thread. */
async function watchStart(browser: BareChromium, name: string): Promise<Start> {
	const events: TraceEvent[] = [];
	browser.on("Tracing.dataCollected", ({ value }) => events.push(...(value as TraceEvent[])));
	// `v8.execute` has the microtasks: what follows when the disk or the collector has answered.
	const includedCategories = ["toplevel", "devtools.timeline", "v8.execute"];
	const traceConfig = { includedCategories, excludedCategories: ["*"] };
	await browser.send("Tracing.start", { traceConfig });
	await browser.inPage("Page.navigate", { url: pageOf(name) });
	await rest(WATCH_MS + 200);
	const complete = new Promise<unknown>((resolve) => browser.on("Tracing.tracingComplete", resolve));
	await browser.send("Tracing.end");
	await complete;
	const page = events.find((event) => event.name === "ParseHTML" && event.args?.beginData?.url === pageOf(name));
	if (!page) throw new Error(`${name}: the trace does not show its page`);
	const main = events
		.filter(({ ph, pid, tid, ts, dur }) => ph === "X" && pid === page.pid && tid === page.tid && ts + dur > page.ts)
		.sort((a, b) => a.ts - b.ts || b.dur - a.dur);
	const file = main.find((event) => event.name === "EvaluateScript" && event.args?.data?.url?.includes("/script/"));
	if (!file && name !== "empty page") throw new Error(`${name}: the trace does not show its script`);
	const from = (file || page).ts;
	let end = from;
	/** What runs script, without what runs inside of it. */
	const scripts = main.filter((event) => {
		if (!SCRIPT.test(event.name) || event.ts < end) return false;
		end = event.ts + event.dur;
		return true;
	});
	const sum = (key: "dur" | "tdur", ms: number): number =>
		scripts.reduce((total, event) => total + (event.ts - from < ms * 1_000 ? event[key] || 0 : 0), 0) / 1_000;
	const begin = scripts.find(({ name }) => name === "TimerFire");
	const run = (file?.dur || 0) / 1_000;
	const tasks = main.filter((event) => event.name.endsWith("RunTask"));
	return {
		run,
		view: run + (CONTENDERS[name]?.begins && begin ? begin.dur / 1_000 : 0),
		start: sum("dur", START_MS),
		cpu: sum("tdur", START_MS),
		watched: sum("dur", WATCH_MS),
		longest: Math.max(...tasks.map(({ dur }) => dur)) / 1_000,
	};
}

/** One browser with a contender's page: its first page, the page after it, and there the times of `CALLS` track calls. */
async function load(name: string, rate: number) {
	const browser = await bareChromium();
	await rest(LAUNCH_MS);
	await browser.inPage("Emulation.setCPUThrottlingRate", { rate });
	const first = await watchStart(browser, name);
	const next = await watchStart(browser, name);
	const times = await browser.evaluate<number[]>(
		`(async () => { const times = []; for (let n = 0; n < ${CALLS}; n++) { const name = "Bench"; const from = performance.now(); ${CONTENDERS[name]?.track}; times.push(performance.now() - from); if (n % 10 === 9) await new Promise((done) => setTimeout(done, 5)); } return times; })()`,
	);
	await browser.close();
	return { first, next, times };
}

/** Bytes posted for ten page views made in one task, a view. */
async function measureViews(name: string): Promise<number> {
	const browser = await bareChromium();
	await browser.inPage("Page.navigate", { url: pageOf(name) });
	await rest(WATCH_MS);
	posted.length = 0;
	await browser.evaluate(`(() => { for (let n = 0; n < 10; n++) ${CONTENDERS[name]?.view || "0"}; })()`);
	await rest(4_000);
	await browser.close();
	return posted.reduce((sum, bytes) => sum + bytes, 0) / 10;
}

const starts = [];
const calls = [];
const chosen = process.argv.slice(2);
for (const name of Object.keys(CONTENDERS).filter((name) => !chosen[0] || chosen.includes(name))) {
	const bytesAView = await measureViews(name);
	for (const rate of [1, 4]) {
		const loads: Awaited<ReturnType<typeof load>>[] = [];
		for (let n = 0; n < LOADS; n++) loads.push(await load(name, rate));
		for (const page of ["first", "next"] as const) {
			const of = (key: keyof Start): number => round(median(loads.map((load) => load[page][key])));
			starts.push({
				script: name,
				throttle: `${rate}x`,
				page,
				"run ms": of("run"),
				"view ms": of("view"),
				"start ms": of("start"),
				"start CPU ms": of("cpu"),
				"1.5 s ms": of("watched"),
				"longest task ms": of("longest"),
			});
		}
		const times = loads.flatMap(({ times }) => times).sort((a, b) => a - b);
		calls.push({
			script: name,
			throttle: `${rate}x`,
			"brotli bytes": brotliCompressSync(CONTENDERS[name]?.script ?? "").length,
			"track p50 ms": Math.round((times[times.length >> 1] ?? 0) * 1_000) / 1_000,
			"track p95 ms": Math.round((times[Math.floor(times.length * 0.95)] ?? 0) * 1_000) / 1_000,
			"bytes a page view (ten)": bytesAView,
		});
	}
}
console.table(starts);
console.table(calls);
server.closeAllConnections();
server.close();
