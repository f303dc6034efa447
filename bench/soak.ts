/**
 * Whether memory stays flat: `npm run bench:soak [minutes]` (default 10) sends 1,000 events/s from devices that come again and
 * again, reads as a dashboard would, and prints the process's resident memory, CPU and backlog every 15 s. It
 * ends with the slope of the second half, by least squares: a leak of 100 bytes an event shows as 6 MB a minute. The first
 * minutes are no leak: SQLite fills its page caches, and V8 the room that it may (collector/node/workerd-config.ts).
 */
import { ensureBuilt } from "../collector/node/prepare.mjs";
import { settle, startCollector } from "../test/support/collector.ts";
import { cpuSeconds, createBatch, createSender, expectOk, readStatus, residentMb } from "./ingest-load.ts";

const MINUTES = Number(process.argv[2] ?? 10);
const EVENTS_PER_SECOND = 1_000;
const SIZE = 20;
const DEVICES = 20_000;
const REPORT_MS = 15_000;

interface Sample {
	minute: number;
	mb: number;
}

/** MB a minute, by least squares; 0 for fewer than two samples. */
function slopeOf(samples: readonly Sample[]): number {
	const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
	const [minute, mb] = [mean(samples.map((one) => one.minute)), mean(samples.map((one) => one.mb))];
	const spread = samples.reduce((sum, one) => sum + (one.minute - minute) ** 2, 0);
	return spread === 0 ? 0 : samples.reduce((sum, one) => sum + (one.minute - minute) * (one.mb - mb), 0) / spread;
}

ensureBuilt();
const collector = await startCollector();
const { url, keys } = collector;
const sender = createSender(collector, 16);
const samples: Sample[] = [];
const began = performance.now();
const elapsedMs = () => performance.now() - began;
let [sent, refused, reported] = [0, 0, 0];
const answers = new Set<Promise<void>>();
console.log("  minute    events   RSS MB   CPU s   backlog   disk MB");
while (elapsedMs() < MINUTES * 60_000) {
	while (sent * SIZE < (elapsedMs() / 1000) * EVENTS_PER_SECOND) {
		const answer = sender.send(createBatch(SIZE, `device-${(sent * 7919) % DEVICES}`)).then(({ status }) => {
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
		const sample = { minute: elapsedMs() / 60_000, mb: residentMb(collector) };
		samples.push(sample);
		const cells = [
			sample.minute.toFixed(2),
			sent * SIZE,
			sample.mb.toFixed(0),
			cpuSeconds(collector).toFixed(0),
			pending,
			(databaseBytes / 1e6).toFixed(1),
		];
		console.log(cells.map((cell) => String(cell).padStart(9)).join(""));
	}
	await new Promise((resolve) => setTimeout(resolve, 5));
}
await Promise.all(answers);
sender.close();
await settle(url, keys.read, 600_000);
const late = samples.filter(({ minute }) => minute >= MINUTES / 2);
console.log(
	`settled; RSS ${residentMb(collector).toFixed(0)} MB; slope of the second half ${slopeOf(late).toFixed(2)} MB a minute; ${refused} batches refused`,
);
await collector.stop();
