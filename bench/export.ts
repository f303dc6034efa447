/**
 * Speed of exports and analyses on stored data, under the real local collector. `npm run bench:export`
 * fills a fresh one (default 1,000,000 touchpoints; `npm run bench:export 100000` for a quick look), then
 * prints one line a measurement and fails on a missed target.
 */
import { readFileSync } from "node:fs";
import { postBatch } from "../test/support/api.ts";
import { settle, startCollector } from "../test/support/collector.ts";
import { createRandom } from "../test/support/random.ts";

const TOUCHPOINTS = Number(process.argv[2] ?? 1_000_000);
const TOUCHES_EACH = 6;
const VISIT_TOUCHES = 3;
const BATCH_EVENTS = 480;
const NDJSON_ROWS_PER_S_MIN = 100_000;
const ANALYSIS_MS_MAX = 3_000;
const DAY_MS = 24 * 3600_000;

const SOURCES = [
	["google", "cpc"],
	["baidu", "cpc"],
	["wechat", "social"],
	["newsletter", "email"],
	["google", "organic"],
	["partner.example", "referral"],
	["douyin", "video"],
	["", ""],
] as const;

const random = createRandom(5);
const collector = await startCollector({ env: { BACKLOG_EVENTS_MAX: "10000000" } });
let missed = false;

/** Processor time of the server so far, ms: what a machine with other work to do still tells truly. */
function cpuMs(): number {
	const fields = readFileSync(`/proc/${collector.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
	return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Peak resident memory of the server so far, MB. */
function peakMb(): number {
	const kb = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${collector.pid}/status`, "utf8"))?.[1] ?? "0";
	return Math.round(Number(kb) / 1024);
}

function report(name: string, value: string, met: boolean | null): void {
	missed ||= met === false;
	console.log(`${name.padEnd(58)}${value.padStart(24)}${met === null ? "" : met ? "  met" : "  MISSED"}`);
}

/** Two visits a person, days apart, a touch a minute. */
function* people() {
	for (let person = 0; person * TOUCHES_EACH < TOUCHPOINTS; person++) {
		let t = Date.UTC(2026, 0, 1) + Math.floor(random() * 200) * DAY_MS + Math.floor(random() * DAY_MS);
		for (let touch = 0; touch < TOUCHES_EACH; touch++) {
			const isOrder = touch === TOUCHES_EACH - 1 && random() < 0.3;
			const [source, medium] = SOURCES[Math.floor(random() * SOURCES.length)] ?? ["", ""];
			const tags = source === "" ? "" : `?utm_source=${source}&utm_medium=${medium}&utm_campaign=c${touch}`;
			const page = { url: `https://shop.example/p${touch}${tags}`, path: `/p${touch}`, title: `Page ${touch}` };
			yield {
				type: isOrder ? ("track" as const) : ("page" as const),
				messageId: `m-${person}-${touch}`,
				anonymousId: `device-${person}`,
				originalTimestamp: new Date(t).toISOString(),
				...(isOrder
					? { event: "Order Completed", properties: { order_id: `${person}`, total: 10, currency: "CNY" } }
					: {}),
				context: { page, userAgent: "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36" },
			};
			t += touch === VISIT_TOUCHES - 1 ? Math.floor((0.1 + random() * 9) * DAY_MS) : 60_000;
		}
	}
}

async function read(path: string): Promise<{ ms: number; cpu: number; rows: number; bytes: number }> {
	const startMs = performance.now();
	const startCpuMs = cpuMs();
	const response = await fetch(collector.url + path, { headers: { authorization: `Bearer ${collector.keys.read}` } });
	if (response.status !== 200 || response.body === null) throw new Error(`${path}: ${await response.text()}`);
	let [rows, bytes] = [0, 0];
	for await (const chunk of response.body) {
		bytes += chunk.byteLength;
		for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows++;
	}
	return { ms: performance.now() - startMs, cpu: cpuMs() - startCpuMs, rows, bytes };
}

try {
	const startMs = performance.now();
	let batch = [];
	for (const event of people()) {
		batch.push(event);
		if (batch.length < BATCH_EVENTS) continue;
		await postBatch(collector.url, collector.keys.secret, batch);
		batch = [];
	}
	if (batch.length > 0) await postBatch(collector.url, collector.keys.secret, batch);
	await settle(collector.url, collector.keys.read, 1_800_000);
	console.log(`filled in ${Math.round((performance.now() - startMs) / 1000)} s; server peak ${peakMb()} MB\n`);

	for (const table of ["touchpoints", "sessions", "journeys", "events"]) {
		const { ms, cpu, rows, bytes } = await read(`/v1/${table}?bots=1`.replace("events?bots=1", "events"));
		const rate = Math.round((rows / ms) * 1000);
		const met = table === "touchpoints" ? rate >= NDJSON_ROWS_PER_S_MIN : null;
		report(
			`${table} NDJSON: ${rows} rows, ${(bytes / 1e6).toFixed(0)} MB`,
			`${rate} rows/s, ${Math.round((rows / cpu) * 1000)}/CPU-s`,
			met,
		);
	}
	for (const format of ["csv", "parquet"]) {
		const { ms, bytes } = await read(`/v1/touchpoints?format=${format}&bots=1`);
		report(
			`touchpoints ${format}: ${(bytes / 1e6).toFixed(0)} MB`,
			`${Math.round((TOUCHPOINTS / ms) * 1000)} rows/s`,
			null,
		);
	}
	report("server peak after exports", `${peakMb()} MB`, null);
	for (const [path, isPromised] of [
		["attribution?model=all", true],
		["paths", true],
		["transitions", false],
		["combinations", false],
		["heatmap", false],
		["channels", false],
		["cohorts", false],
		["pages", false],
		["crosstab?rows=source&columns=page", false],
	] as const) {
		const { ms, cpu } = await read(`/v1/analyses/${path}${path.includes("?") ? "&" : "?"}bots=1`);
		report(`analysis ${path}`, `${Math.round(ms)} ms, CPU ${cpu} ms`, isPromised ? ms <= ANALYSIS_MS_MAX : null);
	}
	report("server peak after analyses", `${peakMb()} MB`, null);
} finally {
	await collector.stop();
}
process.exitCode = missed ? 1 : 0;
