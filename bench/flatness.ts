/**
 * What one more batch and one profile read cost, in rows and in time: `npm run bench:ingest storage` asks at 10,000 events
 * and at a million, and the rows may not grow.
 */
import { shardIndex } from "../collector/store/sharding.ts";
import type { RunningCollector } from "../test/support/collector.ts";
import { cpuSeconds, createBatch, createSender, expectOk, quantile, readStatus, type Status } from "./ingest-load.ts";

/** Of the collector whose costs are measured. */
export const PROFILE_SHARDS = 4;
/**
 * Of which the least counts: what comes besides falls on one or the other. An alarm goes off, who sends is counted every 5 s, a shard
 * makes room for more keys, and of eight pieces one makes its row too long, which is then two.
 */
const TRIES = 7;
/** A search reads the row behind its range, too, which only a small table does not have. */
const ROWS_BEYOND = 3;
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
	const read = async (device: string): Promise<string> => {
		const answer = await fetch(`${url}/v1/profiles?anonymousId=${device}`, {
			headers: { authorization: `Bearer ${keys.read}` },
		});
		expectOk(answer.status);
		return ((await answer.json()) as { profileId: string }).profileId;
	};
	const shardOf = async (device: string) => shardIndex(await read(device), PROFILE_SHARDS);
	const tries = new Map<string, Cost[]>();
	const measure = async (name: string, act: () => Promise<unknown>): Promise<Cost[]> => {
		const costs = tries.get(name) ?? [];
		tries.set(name, costs);
		costs.push(await costOf(collector, act));
		return costs;
	};
	for (let attempt = 0; attempt < TRIES; ) {
		const device = crypto.randomUUID();
		await measure("a new device's batch", () => send(device, false));
		await measure("another batch of it", () => send(device, false));
		const before = await shardOf(device);
		const logins = await measure("a batch with its first login", () => send(device, true));
		// The visit moves to a person of another shard mostly, and costs a row more there: only such are alike.
		if ((await shardOf(device)) === before) logins.pop();
		else attempt++;
		await measure("a profile read", () => read(device));
	}
	sender.close();
	const step = Math.max(1, Math.floor(devices.length / TIMED_READS));
	const readsMs: number[] = [];
	for (let index = 0; index < devices.length; index += step) {
		const began = performance.now();
		await read(devices[index] as string);
		readsMs.push(performance.now() - began);
	}
	const rows = new Map([...tries].map(([name, costs]) => [name, leastOf(costs)]));
	return { rows, readsMs };
}

function leastOf(costs: readonly Cost[]): Cost {
	const of = (field: keyof Cost) => Math.min(...costs.map((cost) => cost[field]));
	return { rowsRead: of("rowsRead"), rowsWritten: of("rowsWritten") };
}

/** Rows over all objects until all is done. */
async function costOf(collector: RunningCollector, act: () => Promise<unknown>): Promise<Cost> {
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
	for (let cpu = -1; performance.now() < deadline; ) {
		await new Promise((resolve) => setTimeout(resolve, REST_MS));
		const now = cpuSeconds(collector);
		if (now === cpu) {
			const status = await readStatus(collector);
			// On a busy machine a process may have waited so long for its turn; what asking cost falls on this one try.
			if (status.pending === 0) return status;
		}
		cpu = now;
	}
	throw new Error(`the collector did not rest within ${REST_MS_MAX} ms`);
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
			...(after.rowsWritten > rowsWritten ? [`${name} wrote ${rowsWritten} rows, and then ${after.rowsWritten}`] : []),
		];
	});
}
