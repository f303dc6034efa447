/**
 * What one more batch and one profile read cost, in rows and in time: `npm run bench:ingest storage` asks at 10,000 events
 * and at a million, and the rows may not grow.
 */
import type { RunningCollector } from "../test/support/collector.ts";
import { cpuSeconds, createBatch, createSender, expectOk, quantile, readStatus, type Status } from "./ingest-load.ts";

/** Of which the median counts: beside one or the other an alarm went off, or room for more keys was made. */
const TRIES = 7;
/** A search reads the row behind its range, too, which only a small table does not have. */
const ROWS_BEYOND = 3;
/** What is written by the clock (who sends is counted every 5 s) falls on whatever is measured just then. */
const ROWS_BY_CLOCK = 2;
const BATCH_EVENTS = 20;
const TIMED_READS = 300;
const REST_MS = 300;
const REST_MS_MAX = 60_000;

interface Cost {
	rowsRead: number;
	rowsWritten: number;
}

export interface Costs {
	/** By what was done. */
	rows: Map<string, Cost>;
	/** Of profiles spread over all that is stored. */
	readsMs: number[];
}

/** @param devices of stored visits, some */
export async function measureCosts(collector: RunningCollector, devices: readonly string[]): Promise<Costs> {
	const { url, keys } = collector;
	const sender = createSender(collector, 1);
	const send = async (device: string, hasLogin: boolean) =>
		expectOk((await sender.send(createBatch(BATCH_EVENTS, device, hasLogin))).status);
	const read = async (device: string) => {
		const answer = await fetch(`${url}/v1/profiles?anonymousId=${device}`, {
			headers: { authorization: `Bearer ${keys.read}` },
		});
		await answer.text();
		expectOk(answer.status);
	};
	const acts: [string, (device: string) => Promise<void>][] = [
		["a new device's batch", (device) => send(device, false)],
		["another batch of it", (device) => send(device, false)],
		["a batch with its first login", (device) => send(device, true)],
		["a profile read", read],
	];
	const tries = new Map<string, Cost[]>(acts.map(([name]) => [name, []]));
	for (let attempt = 0; attempt < TRIES; attempt++) {
		const device = crypto.randomUUID();
		for (const [name, act] of acts) {
			tries.get(name)?.push(await costOf(collector, () => act(device)));
		}
	}
	sender.close();
	const step = Math.max(1, Math.floor(devices.length / TIMED_READS));
	const readsMs: number[] = [];
	for (let index = 0; index < devices.length; index += step) {
		const began = performance.now();
		await read(devices[index] as string);
		readsMs.push(performance.now() - began);
	}
	const rows = new Map([...tries].map(([name, costs]) => [name, medianOf(costs)]));
	return { rows, readsMs };
}

function medianOf(costs: readonly Cost[]): Cost {
	const of = (field: keyof Cost) =>
		quantile(
			costs.map((cost) => cost[field]),
			0.5,
		);
	return { rowsRead: of("rowsRead"), rowsWritten: of("rowsWritten") };
}

/** Rows over all objects until all is done. */
async function costOf(collector: RunningCollector, act: () => Promise<void>): Promise<Cost> {
	// Looking costs rows itself; until they are the same, it counts what came before.
	let [before, look] = [await statusAtRest(collector), -1];
	for (;;) {
		const next = await statusAtRest(collector);
		const isSteady = next.rowsRead - before.rowsRead === look;
		look = next.rowsRead - before.rowsRead;
		before = next;
		if (isSteady) break;
	}
	await act();
	const after = await statusAtRest(collector);
	// The graph's streams are counted again for the look that follows a change of theirs.
	const recounted = after.identifiedStreams === before.identifiedStreams ? 0 : after.identifiedStreams;
	return {
		rowsRead: after.rowsRead - before.rowsRead - look - recounted,
		rowsWritten: after.rowsWritten - before.rowsWritten,
	};
}

/** Once the process does nothing: to ask for the status until it says so would read rows. */
async function statusAtRest(collector: RunningCollector): Promise<Status> {
	const deadline = performance.now() + REST_MS_MAX;
	for (let cpu = -1; cpu !== cpuSeconds(collector); ) {
		if (performance.now() > deadline) throw new Error(`the collector did not rest within ${REST_MS_MAX} ms`);
		cpu = cpuSeconds(collector);
		await new Promise((resolve) => setTimeout(resolve, REST_MS));
	}
	const status = await readStatus(collector);
	if (status.pending > 0) throw new Error("the collector rests, and is not done");
	return status;
}

export function printCosts({ rows, readsMs }: Costs, events: number): void {
	console.log(`  at ${events} events, rows until all is done:`);
	for (const [name, { rowsRead, rowsWritten }] of rows)
		console.log(
			`    ${name.padEnd(30)}${String(rowsRead).padStart(5)} read ${String(rowsWritten).padStart(5)} written`,
		);
	const [p50, p95] = [0.5, 0.95].map((share) => quantile(readsMs, share).toFixed(1));
	console.log(`    ${readsMs.length} profiles read: p50 ${p50} ms, p95 ${p95} ms`);
}

/** @returns what costs more rows than it did */
export function compareCosts(few: Costs, many: Costs): string[] {
	return [...few.rows].flatMap(([name, { rowsRead, rowsWritten }]) => {
		const after = many.rows.get(name) as Cost;
		return [
			...(after.rowsRead > rowsRead + ROWS_BEYOND ? [`${name} read ${rowsRead} rows, and then ${after.rowsRead}`] : []),
			...(after.rowsWritten > rowsWritten + ROWS_BY_CLOCK
				? [`${name} wrote ${rowsWritten} rows, and then ${after.rowsWritten}`]
				: []),
		];
	});
}
