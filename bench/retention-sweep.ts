/**
 * What it costs when a limit of age takes old content: `npm run bench:ingest retention[:events]` stores events of the last week
 * (default 100,000), limits content to one day, and goes on sending meanwhile. All objects share one thread, so that the
 * longest answer says how long a step of the sweep holds up the others at most.
 */
import { settle, startCollector } from "../test/support/collector.ts";
import { cpuSeconds, createBatch, createSender, expectOk, quantile, readStatus } from "./ingest-load.ts";
import { createVisits, type VisitBatch } from "./visits.ts";

const EVENTS = 100_000;
const CONNECTIONS = 16;
const BATCH_EVENTS = 20;
/** Between two batches of those who come meanwhile. */
const BEAT_MS = 50;
const QUIET_MS = 10_000;
/** What a step may take of the one thread that all objects share. */
const STEP_MS_MAX = 20;

export async function measureRetention(wanted = EVENTS): Promise<void> {
	console.log(
		`\nA limit of one day over ${wanted} events of the last week, while ${1000 / BEAT_MS} batches a second come in`,
	);
	const collector = await startCollector({ env: { BACKLOG_EVENTS_MAX: "10000000" } });
	const { url, keys } = collector;
	const sender = createSender(collector, CONNECTIONS);
	const visits = createVisits(1, Date.now());
	let events = 0;
	const fill = async () => {
		while (events < wanted) {
			const visit = visits.next().value as VisitBatch;
			events += visit.events;
			expectOk((await sender.send(visit.body)).status);
		}
	};
	await Promise.all(Array.from({ length: CONNECTIONS }, fill));
	await settle(url, keys.read, 600_000);

	const isAging = async () => {
		const answer = await fetch(`${url}/v1/status`, { headers: { authorization: `Bearer ${keys.read}` } });
		return ((await answer.json()) as { aging: number }).aging > 0;
	};
	const sendUntil = async (isDone: () => Promise<boolean>): Promise<number[]> => {
		const latenciesMs: number[] = [];
		while (!(await isDone())) {
			const { status, ms } = await sender.send(createBatch(BATCH_EVENTS));
			expectOk(status);
			latenciesMs.push(ms);
			await new Promise((resolve) => setTimeout(resolve, BEAT_MS));
		}
		return latenciesMs;
	};
	const print = (what: string, values: readonly number[], more: string) => {
		const [p50, p99, most] = [0.5, 0.99, 1].map((share) => quantile(values, share).toFixed(1));
		console.log(
			`  ${what.padEnd(10)}${values.length} batches: p50 ${p50} ms, p99 ${p99} ms, longest ${most} ms, ${values.filter((ms) => ms > STEP_MS_MAX).length} over ${STEP_MS_MAX} ms${more}`,
		);
	};
	const began = performance.now();
	print("before", await sendUntil(async () => performance.now() - began > QUIET_MS), "");

	const [before, cpu, limited] = [await readStatus(collector), cpuSeconds(collector), performance.now()];
	const answer = await fetch(`${url}/v1/settings`, {
		method: "PUT",
		headers: { authorization: `Bearer ${keys.secret}` },
		body: JSON.stringify({ retentionDays: 1 }),
	});
	expectOk(answer.status);
	const latenciesMs = await sendUntil(async () => !(await isAging()));
	const seconds = (performance.now() - limited) / 1000;
	const used = cpuSeconds(collector) - cpu;
	await settle(url, keys.read, 600_000);
	const rows = (await readStatus(collector)).rowsWritten - before.rowsWritten;
	print("meanwhile", latenciesMs, `; ${seconds.toFixed(0)} s, ${used.toFixed(1)} s of CPU, ${rows} rows written`);
	sender.close();
	await collector.stop();
}
