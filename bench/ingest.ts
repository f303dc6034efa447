/**
 * What an event costs: `npm run bench:ingest [acknowledge] [end-to-end] [rows] [steady] [storage[:events]] [retention[:events]]` prints, on the real
 * collector, what is named, or all of it:
 *
 * 1. the acknowledge path alone: folding is held back (FOLD_DELAY_MS), so that all CPU until the last answer is its own;
 * 2. end to end: from the first request until `/v1/status` says that nothing is pending;
 * 3. rows that one batch costs when it comes alone, by what it brings;
 * 4. latency at a steady 4,000 events/s: of answers, and from sending a batch until the chain shows it;
 * 5. bytes an event on disk after the objects have slept, for as many events as are asked for (default 1 million), of
 *    visits as the script sends them (visits.ts); and what one more batch and one profile read cost at 10,000 events and then
 *    (flatness.ts): no more rows, or this ends with an error;
 * 6. a sweep of the limit of age, and what it costs those who send meanwhile (retention-sweep.ts).
 *
 * Rows are billed rows: `rowsWritten` of every object, index entries and alarms included. Of times it asserts nothing: the machine decides.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { ensureBuilt } from "../collector/node/prepare.mjs";
import { type RunningCollector, settle, startCollector } from "../test/support/collector.ts";
import { compareCosts, measureCosts, PROFILE_SHARDS, printCosts } from "./flatness.ts";
import { cpuSeconds, createBatch, createSender, expectOk, quantile, readStatus, residentMb } from "./ingest-load.ts";
import { measureRetention } from "./retention-sweep.ts";
import { createVisits, type VisitBatch } from "./visits.ts";

const STORED_EVENTS = 1_000_000;
const SIZES = [1, 5, 20, 100];
const CONNECTIONS = [1, 16, 64];
/** Of each measurement: long enough for 1 % of CPU clock error, short enough to hold all bodies in memory. */
const BURST_EVENTS = 24_000;
const BURST_BATCHES_MAX = 1_200;
const WARM_BATCHES = 200;
const STEADY = { eventsPerSecond: 4_000, size: 20, connections: 32, seconds: 20, probeMs: 200 };
/** Objects are put to sleep 10 s after their last request and then close their write-ahead logs. */
const SLEEP_MS = 40_000;
const COUNTS_WRITTEN_MS = 6_000;
const FLAT_AT_EVENTS = 10_000;
/** Of the batches: whose device's profile is read. */
const DEVICE_EVERY = 7;
const NO_LIMIT = { BACKLOG_EVENTS_MAX: "10000000" };

function print(...cells: (string | number)[]): void {
	console.log(cells.map((cell) => String(cell).padStart(11)).join(""));
}

interface Burst {
	events: number;
	seconds: number;
	cpu: number;
	latenciesMs: number[];
}

/** Sends prepared bodies as fast as they are answered. */
async function burst(collector: RunningCollector, size: number, connections: number): Promise<Burst> {
	const count = Math.min(BURST_BATCHES_MAX, BURST_EVENTS / size);
	const bodies = Array.from({ length: count }, () => createBatch(size));
	const sender = createSender(collector, connections);
	const latenciesMs: number[] = [];
	const [cpu, began] = [cpuSeconds(collector), performance.now()];
	let next = 0;
	await Promise.all(
		Array.from({ length: connections }, async () => {
			while (next < bodies.length) {
				const { status, ms } = await sender.send(bodies[next++] as string);
				expectOk(status);
				latenciesMs.push(ms);
			}
		}),
	);
	const seconds = (performance.now() - began) / 1000;
	sender.close();
	return { events: count * size, seconds, cpu: cpuSeconds(collector) - cpu, latenciesMs };
}

/** Compiled code and open objects: a server is warm for all but its first second. */
async function warm(collector: RunningCollector): Promise<void> {
	const sender = createSender(collector, 16);
	await Promise.all(Array.from({ length: WARM_BATCHES }, () => sender.send(createBatch(20))));
	sender.close();
}

async function measureAcknowledge(): Promise<void> {
	console.log("\nAcknowledge path alone");
	print("batch", "connections", "events/s", "per CPU-s", "p50 ms", "p99 ms", "rows/event");
	for (const size of SIZES) {
		const collector = await startCollector({ env: { ...NO_LIMIT, FOLD_DELAY_MS: "3600000" } });
		await warm(collector);
		for (const connections of CONNECTIONS) {
			const before = await readStatus(collector);
			const { events, seconds, cpu, latenciesMs } = await burst(collector, size, connections);
			const rows = (await readStatus(collector)).rowsWritten - before.rowsWritten;
			const [p50, p99] = [0.5, 0.99].map((share) => quantile(latenciesMs, share).toFixed(1)) as [string, string];
			print(
				size,
				connections,
				Math.round(events / seconds),
				Math.round(events / cpu),
				p50,
				p99,
				(rows / events).toFixed(3),
			);
		}
		await collector.stop();
	}
}

async function measureEndToEnd(): Promise<void> {
	console.log("\nEnd to end, until nothing is pending");
	print("batch", "connections", "events/s", "per CPU-s", "rows/event", "rows/batch");
	for (const size of SIZES) {
		const collector = await startCollector({ env: NO_LIMIT });
		await warm(collector);
		await settle(collector.url, collector.keys.read, 600_000);
		for (const connections of CONNECTIONS) {
			const [before, cpu, began] = [await readStatus(collector), cpuSeconds(collector), performance.now()];
			const { events } = await burst(collector, size, connections);
			await settle(collector.url, collector.keys.read, 600_000);
			const seconds = (performance.now() - began) / 1000;
			const used = cpuSeconds(collector) - cpu;
			const rows = (await readStatus(collector)).rowsWritten - before.rowsWritten;
			print(
				size,
				connections,
				Math.round(events / seconds),
				Math.round(events / used),
				(rows / events).toFixed(3),
				((rows / events) * size).toFixed(2),
			);
		}
		await collector.stop();
	}
}

/** An alarm is set once a minute and object, so some of these have one row less. */
async function measureRows(): Promise<void> {
	console.log("\nRows of one batch alone, until nothing is pending");
	const collector = await startCollector({ env: NO_LIMIT });
	await warm(collector);
	await settle(collector.url, collector.keys.read, 600_000);
	// Who sent is counted and written a while later, for all batches at once.
	await new Promise((resolve) => setTimeout(resolve, COUNTS_WRITTEN_MS));
	const sender = createSender(collector, 1);
	const send = async (what: string, body: string) => {
		const before = await readStatus(collector);
		expectOk((await sender.send(body)).status);
		await settle(collector.url, collector.keys.read, 600_000);
		const rows = (await readStatus(collector)).rowsWritten - before.rowsWritten;
		console.log(`  ${what.padEnd(48)} ${String(rows).padStart(3)}`);
	};
	await send("a new device's visit", createVisit("a", 3));
	await send("a device's visit, nobody known", createVisit("a", 2));
	await send("the same visit going on", createVisit("a", 2, {}, 60));
	await send("a first login in a visit that went on before", createVisit("a", 2, { userId: "ada" }, 120));
	await send("a known person's visit", createVisit("a", 1, { userId: "ada" }));
	await send("the same visit going on", createVisit("a", 1, { userId: "ada" }, 60));
	await send("a second device's visit, nobody known", createVisit("b", 1));
	await send("its login, of somebody known", createVisit("b", 1, { userId: "ada" }, 60));
	sender.close();
	await collector.stop();
}

/** 20 views a second apart, so many days ago and some seconds later. */
function createVisit(device: string, daysAgo: number, more: object = {}, seconds = 0): string {
	const from = Date.now() - daysAgo * 86_400_000 + seconds * 1_000;
	const batch = Array.from({ length: 20 }, (_, index) => ({
		type: "page",
		messageId: crypto.randomUUID(),
		anonymousId: `rows-${device}`,
		originalTimestamp: new Date(from + index * 1_000).toISOString(),
		properties: { url: `https://www.shop.example/${index}`, path: `/${index}` },
		...more,
	}));
	return JSON.stringify({ batch });
}

/** Milliseconds from sending a batch of a new device until its profile shows a touchpoint. */
async function probe(
	{ url, keys }: RunningCollector,
	send: (body: string) => Promise<unknown>,
	name: string,
): Promise<number> {
	const began = performance.now();
	await send(createBatch(STEADY.size, name));
	for (;;) {
		const response = await fetch(`${url}/v1/profiles?anonymousId=${name}`, {
			headers: { authorization: `Bearer ${keys.read}` },
		});
		const body = await response.text();
		if (response.ok && (JSON.parse(body) as { touchpoints: unknown[] }).touchpoints.length > 0)
			return performance.now() - began;
		await new Promise((resolve) => setTimeout(resolve, 10));
	}
}

async function measureSteady(): Promise<void> {
	const { eventsPerSecond, size, connections, seconds, probeMs } = STEADY;
	console.log(
		`\nA steady ${eventsPerSecond} events/s in batches of ${size} over ${connections} connections, for ${seconds} s`,
	);
	const collector = await startCollector({ env: NO_LIMIT });
	await warm(collector);
	const sender = createSender(collector, connections);
	const latenciesMs: number[] = [];
	const probes: Promise<number>[] = [];
	const answers: Promise<void>[] = [];
	const [cpu, began] = [cpuSeconds(collector), performance.now()];
	const elapsedMs = () => performance.now() - began;
	let sent = 0;
	while (elapsedMs() < seconds * 1000) {
		// By the clock and not by the answers, so that a slow answer does not slow the load.
		while (sent < (elapsedMs() / 1000) * (eventsPerSecond / size)) {
			sent++;
			answers.push(
				sender.send(createBatch(size)).then(({ status, ms }) => {
					expectOk(status);
					latenciesMs.push(ms);
				}),
			);
		}
		if (probes.length < elapsedMs() / probeMs) probes.push(probe(collector, sender.send, `probe-${probes.length}`));
		await new Promise((resolve) => setTimeout(resolve, 2));
	}
	await Promise.all(answers);
	const used = cpuSeconds(collector) - cpu;
	const chainsMs = await Promise.all(probes);
	sender.close();
	await settle(collector.url, collector.keys.read, 600_000);
	const show = (values: number[]) =>
		[0.5, 0.95, 0.99].map((share) => `p${share * 100} ${quantile(values, share).toFixed(1)} ms`).join("   ");
	console.log(`  answers            ${show(latenciesMs)}`);
	console.log(`  readable in chain  ${show(chainsMs)}   (${chainsMs.length} probes)`);
	console.log(
		`  CPU used           ${((used / seconds) * 100).toFixed(0)} % of one core; ${Math.round((sent * size) / used)} events per CPU-s`,
	);
	await collector.stop();
}

function folderBytes(path: string): number {
	return readdirSync(path, { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile())
		.reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

async function measureStorage(wanted = STORED_EVENTS): Promise<void> {
	console.log(`\nStorage of ${wanted} events of visits as the script sends them`);
	const collector = await startCollector({ env: { ...NO_LIMIT, PROFILE_SHARD_COUNT: String(PROFILE_SHARDS) } });
	const visits = createVisits(1, Date.now());
	const sender = createSender(collector, 16);
	const devices: string[] = [];
	let [events, batches] = [0, 0];
	const sendUntil = async (goal: number) => {
		await Promise.all(
			Array.from({ length: 16 }, async () => {
				while (events < goal) {
					const visit = visits.next().value as VisitBatch;
					if (batches % DEVICE_EVERY === 0) devices.push(visit.anonymousId);
					events += visit.events;
					batches++;
					expectOk((await sender.send(visit.body)).status);
				}
			}),
		);
		await settle(collector.url, collector.keys.read, 600_000);
	};
	const cpu = cpuSeconds(collector);
	await sendUntil(Math.min(wanted, FLAT_AT_EVENTS));
	const few = await measureCosts(collector, devices);
	printCosts(few, events);
	await sendUntil(wanted);
	const many = await measureCosts(collector, devices);
	printCosts(many, events);
	for (const fault of compareCosts(few, many)) {
		console.error(`  NOT FLAT: ${fault}`);
		process.exitCode = 1;
	}
	sender.close();
	console.log(
		`  ${batches} batches; ${Math.round(events / (cpuSeconds(collector) - cpu))} events per CPU-s; memory ${residentMb(collector).toFixed(0)} MB`,
	);
	const status = await readStatus(collector);
	await new Promise((resolve) => setTimeout(resolve, SLEEP_MS));
	const objects = join(collector.dataDir, "objects");
	console.log(`  after ${SLEEP_MS / 1000} s of sleep:`);
	for (const folder of readdirSync(objects))
		console.log(`  ${folder.padEnd(22)} ${(folderBytes(join(objects, folder)) / events).toFixed(1)} bytes an event`);
	console.log(
		`  ${"all".padEnd(22)} ${(folderBytes(objects) / events).toFixed(1)} bytes an event; ${(status.rowsWritten / events).toFixed(3)} rows an event`,
	);
	await collector.stop();
}

const PHASES: { [name: string]: (count?: number) => Promise<void> } = {
	acknowledge: measureAcknowledge,
	"end-to-end": measureEndToEnd,
	rows: measureRows,
	steady: measureSteady,
	storage: measureStorage,
	retention: measureRetention,
};

ensureBuilt();
const asked = process.argv.slice(2);
for (const phase of asked.length === 0 ? Object.keys(PHASES) : asked) {
	const [name = "", count] = phase.split(":");
	const measure = PHASES[name];
	if (measure === undefined) throw new Error(`there is no "${name}"; there are ${Object.keys(PHASES).join(", ")}`);
	await measure(count === undefined ? undefined : Number(count));
}
