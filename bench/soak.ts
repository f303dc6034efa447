/**
 * Whether memory stays flat: `npm run bench:soak [minutes] [events/s]` (default 10 and 500) sends visits of three batches, each of a
 * new device, reads as a dashboard would, and prints the process's resident memory, CPU and backlog every 15 s.
 *
 * People come and go, so that a batch costs the same at the end as at the beginning: visits that went on for as long as the soak
 * would be folded whole with each batch, and memory grow with them. The store grows, as it does in use: until each object's
 * page cache is full SQLite takes more with it, which is no leak, so the minutes are counted from there. V8 collects its old
 * objects every few minutes only, some 20 MB of them. So the end says `flat` or `grows` by how much the least of the second half
 * is above that of the first: a leak of 100 bytes an event raises it by 3 MB a minute at 500 events/s.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt } from "../collector/node/prepare.mjs";
import { settle, startCollector } from "../test/support/collector.ts";
import { cpuSeconds, createBatch, createSender, expectOk, readStatus, residentMb } from "./ingest-load.ts";

const MINUTES = Number(process.argv[2] ?? 10);
const EVENTS_PER_SECOND = Number(process.argv[3] ?? 500);
const SIZE = 20;
const VISIT_BATCHES = 3;
/** Visits at one time. */
const DEVICES = 100;
const REPORT_MS = 15_000;
/** MB on disk, of nine objects together. A cache holds 2 MB, and some objects fill theirs later than others. */
const FULL_MB = 36;
/** What still counts as flat. */
const MB_PER_MINUTE_MAX = 1;
/** Of what arrives: a machine that falls further behind fills memory with a backlog, which is no leak. */
const BACKLOG_SECONDS_MAX = 10;

interface Sample {
	minute: number;
	mb: number;
}

/** MB a minute by which the least of the second half of the samples is above that of the first. */
function riseOf(samples: readonly Sample[]): number {
	const [first, last] = [samples[0] as Sample, samples.at(-1) as Sample];
	const half = (last.minute - first.minute) / 2;
	const leastOf = (some: readonly Sample[]) => Math.min(...some.map(({ mb }) => mb));
	const isEarly = ({ minute }: Sample) => minute - first.minute < half;
	return (leastOf(samples.filter((one) => !isEarly(one))) - leastOf(samples.filter(isEarly))) / half;
}

/** Batch `number` of the soak: each device sends its three while the others of its time send theirs. */
function deviceOf(number: number): string {
	return `device-${Math.floor(number / (DEVICES * VISIT_BATCHES))}-${number % DEVICES}`;
}

ensureBuilt();
const collector = await startCollector();
const { url, keys } = collector;
const sender = createSender(collector, 16);
const samples: Sample[] = [];
const began = performance.now();
const elapsedMs = () => performance.now() - began;
let [sent, refused, reported, backlog] = [0, 0, 0, 0];
/** When the caches were full, ms. */
let fullAtMs = Number.POSITIVE_INFINITY;
const answers = new Set<Promise<void>>();
console.log("  minute    events   RSS MB   CPU s   backlog   disk MB");
while (elapsedMs() < fullAtMs + MINUTES * 60_000) {
	while (sent * SIZE < (elapsedMs() / 1000) * EVENTS_PER_SECOND) {
		const answer = sender.send(createBatch(SIZE, deviceOf(sent))).then(({ status }) => {
			if (status === 503) refused++;
			else expectOk(status);
		});
		sent++;
		answers.add(answer);
		void answer.finally(() => answers.delete(answer));
	}
	if (elapsedMs() >= reported * REPORT_MS) {
		reported++;
		const reading = await fetch(`${url}/v1/journeys?limit=100`, { headers: { authorization: `Bearer ${keys.read}` } });
		await reading.text();
		const { pending, databaseBytes } = await readStatus(collector);
		backlog = pending + answers.size;
		const sample = { minute: elapsedMs() / 60_000, mb: residentMb(collector) };
		if (databaseBytes >= FULL_MB * 1e6) {
			fullAtMs = Math.min(fullAtMs, elapsedMs());
			samples.push(sample);
		}
		const cells = [
			sample.minute.toFixed(2),
			sent * SIZE,
			sample.mb.toFixed(0),
			cpuSeconds(collector).toFixed(0),
			backlog,
			(databaseBytes / 1e6).toFixed(1),
		];
		console.log(cells.map((cell) => String(cell).padStart(9)).join(""));
	}
	await new Promise((resolve) => setTimeout(resolve, 5));
}
await Promise.all(answers);
sender.close();
await settle(url, keys.read, 600_000);
const rise = riseOf(samples);
const { databaseBytes, rowsWritten } = await readStatus(collector);
const files = readdirSync(join(collector.dataDir, "objects"), { recursive: true, encoding: "utf8" });
const objects = files.filter((name) => name.endsWith(".sqlite") && !name.endsWith("metadata.sqlite"));
console.log(
	`settled; RSS ${residentMb(collector).toFixed(0)} MB; ${objects.length} objects, ${(databaseBytes / 1e6).toFixed(1)} MB and ${rowsWritten} rows written; ${refused} batches refused`,
);
console.log(`least memory rose by ${rise.toFixed(2)} MB a minute since ${FULL_MB} MB on disk: ${verdict()}`);
await collector.stop();

function verdict(): string {
	const behind = (backlog * SIZE) / EVENTS_PER_SECOND;
	if (refused > 0 || behind > BACKLOG_SECONDS_MAX)
		return `not shown, since the machine fell ${behind.toFixed(0)} s behind`;
	if (rise <= MB_PER_MINUTE_MAX) return "flat";
	process.exitCode = 1;
	return "grows";
}
