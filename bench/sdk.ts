/**
 * What the script costs a page: `npm run bench:sdk`. In Chromium, at full speed and four times slower,
 * beside an empty page and two peers from npm on the same page in the same run.
 */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { brotliCompressSync } from "node:zlib";
import { build } from "esbuild";
import type { CDPSession } from "playwright-core";
import { chromium } from "../test/support/browsers.ts";

const LOADS = 3;
const CALLS = 300;
/** Long enough for every contender to have started and sent its first request. */
const START_MS = 1_500;

interface Contender {
	script: string;
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
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const median = (values: number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
const round = (value: number): number => Math.round(value * 1000) / 1000;
const rest = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** One load of a contender's page: what its files and all scripts took, the longest task, and the times of `CALLS` track calls. */
async function load(name: string, rate: number) {
	const contender = CONTENDERS[name] as Contender;
	const context = await chromium();
	const page = await context.newPage();
	const client = await context.newCDPSession(page);
	await client.send("Performance.enable");
	await client.send("Emulation.setCPUThrottlingRate", { rate });
	const evaluations = await traceEvaluations(client);
	await page.goto(`${url}/page/${encodeURIComponent(name)}`);
	await rest(START_MS);
	const startMs = await evaluations();
	const { metrics } = await client.send("Performance.getMetrics");
	const scriptMs = (metrics.find((metric) => metric.name === "ScriptDuration")?.value ?? 0) * 1_000;
	const longestTaskMs = await page.evaluate<number>(
		"new Promise((done) => { new PerformanceObserver((list) => done(Math.max(...list.getEntries().map(({ duration }) => duration)))).observe({ type: 'longtask', buffered: true }); setTimeout(done, 200, 0); })",
	);
	const times = await page.evaluate<number[]>(
		`(async () => { const times = []; for (let n = 0; n < ${CALLS}; n++) { const name = "Bench"; const from = performance.now(); ${contender.track}; times.push(performance.now() - from); if (n % 10 === 9) await new Promise((done) => setTimeout(done, 5)); } return times; })()`,
	);
	await context.close();
	return { startMs, scriptMs, longestTaskMs, times };
}

interface TraceEvent {
	name: string;
	/** Microseconds. */
	dur?: number;
	args?: { data?: { url?: string } };
}

/**
 * Watches what the browser compiles and runs as the contender's files are loaded: what it does before the page goes on.
 * @returns a function that ends the watch and says how long each took, milliseconds, longest first
 */
async function traceEvaluations(client: CDPSession): Promise<() => Promise<number[]>> {
	const events: TraceEvent[] = [];
	client.on("Tracing.dataCollected", ({ value }) => events.push(...(value as unknown as TraceEvent[])));
	await client.send("Tracing.start", { traceConfig: { includedCategories: ["devtools.timeline"] } });
	return async () => {
		const complete = new Promise((resolve) => client.once("Tracing.tracingComplete", resolve));
		await client.send("Tracing.end");
		await complete;
		return events
			.filter(({ name, args }) => name === "EvaluateScript" && args?.data?.url?.includes("/script/"))
			.map(({ dur = 0 }) => dur / 1_000)
			.sort((a, b) => b - a);
	};
}

/** Bytes posted for ten page views made in one task, a view. */
async function measureViews(name: string): Promise<number> {
	const context = await chromium();
	const page = await context.newPage();
	await page.goto(`${url}/page/${encodeURIComponent(name)}`);
	await rest(START_MS);
	posted.length = 0;
	await page.evaluate(`(() => { for (let n = 0; n < 10; n++) ${CONTENDERS[name]?.view || "0"}; })()`);
	await rest(4_000);
	await context.close();
	return posted.reduce((sum, bytes) => sum + bytes, 0) / 10;
}

const rows = [];
for (const name of Object.keys(CONTENDERS)) {
	const bytesAView = await measureViews(name);
	for (const rate of [1, 4]) {
		const loads = [];
		for (let n = 0; n < LOADS; n++) loads.push(await load(name, rate));
		const times = loads.flatMap(({ times }) => times).sort((a, b) => a - b);
		rows.push({
			page: name,
			throttle: `${rate}x`,
			"brotli bytes": brotliCompressSync(CONTENDERS[name]?.script ?? "").length,
			"load + start ms": round(median(loads.map(({ startMs }) => startMs[0] ?? 0))),
			"with its parts ms": round(median(loads.map(({ startMs }) => startMs.reduce((sum, ms) => sum + ms, 0)))),
			"all script ms in 1.5 s": round(median(loads.map(({ scriptMs }) => scriptMs))),
			"longest task ms (0: none over 50)": round(Math.max(...loads.map(({ longestTaskMs }) => longestTaskMs))),
			"track p50 ms": round(times[times.length >> 1] ?? 0),
			"track p95 ms": round(times[Math.floor(times.length * 0.95)] ?? 0),
			"bytes a page view (ten)": bytesAView,
		});
	}
}
console.table(rows);
server.closeAllConnections();
server.close();
