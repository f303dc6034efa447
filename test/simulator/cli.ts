/**
 * `npm run sim -- [--histories N] [--seed S] [--jobs J]`: plays random histories; prints the seed of the
 * first that the store gets wrong, and the smallest history that shows it. Its words on the console are its result.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { playOf, run, shrink } from "./run.ts";

interface Share {
	first: number;
	histories: number;
	stride: number;
}

async function playShare({ first, histories, stride }: Share): Promise<{ failed: number | null; events: number }> {
	let events = 0;
	for (let index = 0; index < histories; index++) {
		const seed = first + index * stride;
		const outcome = await run(playOf(seed));
		events += outcome.events;
		if (outcome.faults.length > 0) return { failed: seed, events };
	}
	return { failed: null, events };
}

async function explain(seed: number): Promise<void> {
	console.log(`seed ${seed} fails; replay: npm run sim -- --histories 1 --seed ${seed}`);
	const smallest = await shrink(playOf(seed));
	const { steps, settings } = smallest;
	console.log(JSON.stringify(settings));
	for (const step of steps) console.log(JSON.stringify(step));
	for (const fault of (await run(smallest)).faults.slice(0, 6)) console.log(fault.slice(0, 3000));
}

async function main(): Promise<void> {
	const { values } = parseArgs({
		options: { histories: { type: "string" }, seed: { type: "string" }, jobs: { type: "string" } },
	});
	const histories = Number(values.histories ?? 10_000);
	const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
	const jobs = Math.min(histories, Number(values.jobs ?? availableParallelism()));
	console.log(`${histories} histories from seed ${seed}`);
	const begun = performance.now();
	const shares = Array.from({ length: jobs }, (_, job) => ({
		first: seed + job,
		histories: Math.floor((histories - job + jobs - 1) / jobs),
		stride: jobs,
	}));
	const results = await Promise.all(
		shares.map(
			(share) =>
				new Promise<{ failed: number | null; events: number }>((resolve, reject) => {
					const worker = new Worker(new URL(import.meta.url), { workerData: share });
					worker.once("message", resolve);
					worker.once("error", reject);
				}),
		),
	);
	const seconds = ((performance.now() - begun) / 1000).toFixed(1);
	const events = results.reduce((sum, result) => sum + result.events, 0);
	const failed = results.map((result) => result.failed).filter((one) => one !== null);
	if (failed.length === 0) {
		console.log(`all right: ${histories} histories, ${events} logged copies, ${seconds} s`);
		return;
	}
	process.exitCode = 1;
	await explain(Math.min(...failed));
}

if (isMainThread) await main();
else parentPort?.postMessage(await playShare(workerData as Share));
