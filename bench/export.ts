/**
 * Speed and memory of exports and analyses on stored data, under the real local collector. `npm run bench:export`
 * fills a fresh one (default 1,000,000 touchpoints; `npm run bench:export -- 100000` for a quick look), then
 * prints one line a measurement and fails on a missed target.
 *
 * `--data FOLDER` keeps what was filled for the next run; `--only TEXT` measures what has it in its name.
 *
 * Memory is what the process held at most while it answered, above what it held before: the JS heap, buffers and
 * SQLite's pages of every object that took part, which on Cloudflare are spread over isolates.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openStoredPeople } from "./stored-people.ts";

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: { data: { type: "string" }, only: { type: "string", default: "" } },
});
const TOUCHPOINTS = Number(positionals[0] ?? 1_000_000);
const NDJSON_ROWS_PER_S_MIN = 100_000;
const ANALYSIS_MS_MAX = 3_000;
const REQUEST_MB_MAX = 128;

const EXPORTS = [
	"touchpoints?bots=1",
	"sessions?bots=1",
	"journeys?bots=1",
	"profiles?bots=1",
	"identities?bots=1",
	"events",
	"touchpoints?format=csv&bots=1",
	"touchpoints?format=parquet&bots=1",
	"touchpoints?format=count&bots=1",
];
const PROMISED: ReadonlySet<string> = new Set(["attribution?model=all", "paths"]);
const ANALYSES = [
	"attribution?model=all",
	"attribution?model=markov&order=3",
	"paths",
	"sequences",
	"transitions",
	"combinations",
	"funnel?stages=page_viewed,order_completed",
	"channels",
	"crosstab?rows=source&columns=page",
	"crosstab?rows=type&columns=stage",
	"crosstab?rows=pageTitle&columns=source",
	"heatmap",
	"cohorts",
	"pages",
	"landings",
	"paths?from=2026-07-01&to=2026-08-01",
	"pages?from=2026-07-01&to=2026-08-01",
];

const { collector, readKey } = await openStoredPeople(TOUCHPOINTS, values.data);
let missed = false;

/** Processor time of the server so far, ms: what a machine with other work to do still tells truly. */
function cpuMs(): number {
	const fields = readFileSync(`/proc/${collector.pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
	return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory of the server: now, and at most since {@link forgetPeak}; MB. */
function memory(): { now: number; peak: number } {
	const status = readFileSync(`/proc/${collector.pid}/status`, "utf8");
	const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1024;
	return { now: read("VmRSS"), peak: read("VmHWM") };
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html */
function forgetPeak(): void {
	writeFileSync(`/proc/${collector.pid}/clear_refs`, "5");
}

interface Read {
	ms: number;
	cpu: number;
	rows: number;
	bytes: number;
	/** Held at most, above what was held before; MB. */
	grewMb: number;
}

async function read(path: string): Promise<Read> {
	forgetPeak();
	const before = memory().now;
	const startMs = performance.now();
	const startCpuMs = cpuMs();
	const response = await fetch(collector.url + path, { headers: { authorization: `Bearer ${readKey}` } });
	if (response.status !== 200 || response.body === null) throw new Error(`${path}: ${await response.text()}`);
	let [rows, bytes] = [0, 0];
	for await (const chunk of response.body) {
		bytes += chunk.byteLength;
		for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) rows++;
	}
	const ms = performance.now() - startMs;
	return { ms, cpu: cpuMs() - startCpuMs, rows, bytes, grewMb: memory().peak - before };
}

function report(name: string, told: string[], met: boolean | null): void {
	missed ||= met === false;
	const verdict = met === null ? "" : met ? "  met" : "  MISSED";
	console.log(`${name.padEnd(46)}${told.map((one) => one.padStart(17)).join("")}${verdict}`);
}

const mb = ({ grewMb }: Read) => `+${Math.round(grewMb)} MB`;
const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;

try {
	console.log(`server holds ${Math.round(memory().now)} MB\n`);
	for (const path of EXPORTS.filter((name) => name.includes(values.only))) {
		const found = await read(`/v1/${path}`);
		const lines = path.includes("format=") ? TOUCHPOINTS : found.rows;
		const rate = Math.round((lines / found.ms) * 1000);
		const met = path === "touchpoints?bots=1" ? rate >= NDJSON_ROWS_PER_S_MIN : null;
		const rates = [`${rate} rows/s`, `${Math.round((lines / found.cpu) * 1000)}/CPU-s`];
		report(path, [...rates, `${(found.bytes / 1e6).toFixed(0)} MB out`, mb(found)], met);
	}
	console.log("");
	for (const path of ANALYSES.filter((name) => name.includes(values.only))) {
		const found = await read(`/v1/analyses/${path}${path.includes("?") ? "&" : "?"}bots=1`);
		const met = found.grewMb <= REQUEST_MB_MAX && (!PROMISED.has(path) || found.ms <= ANALYSIS_MS_MAX);
		report(path, [seconds(found.ms), `CPU ${seconds(found.cpu)}`, mb(found)], met);
	}
	console.log(`\nserver holds ${Math.round(memory().now)} MB`);
} finally {
	await collector.stop();
}
process.exitCode = missed ? 1 : 0;
