/**
 * Speed of the analyses: the public PathData set a hundred times over (1 M path rows, 5.9 M touches) through
 * every model on one core. `npm run bench:analysis` prints one line a measurement and fails on a missed target.
 */
import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import { attribute, COMPARED_MODELS, compareModels } from "../collector/analysis/attribution.ts";
import { addToHeatMap, createHeatMap } from "../collector/analysis/heat-map.ts";
import type { PathJourney } from "../collector/analysis/path.ts";
import { addCountedPath, addJourney, type CountedPath, createPathCounts } from "../collector/analysis/path-counts.ts";
import { tabulatePaths } from "../collector/analysis/path-table.ts";
import { createRandom } from "../collector/analysis/random.ts";
import { listTopPaths } from "../collector/analysis/sequences.ts";
import { createZone } from "../collector/analysis/zone.ts";
import { readPaths } from "../collector/node/path-file.ts";

const REPEATS = 100;
const ALL_MODELS_MS_MAX = 3_000;
const ORDER_3_MS_MAX = 100;
const HOUR_MS = 3_600_000;

const csv = readFileSync(new URL("../test/cases/pathdata.csv", import.meta.url), "utf8");
const [header, ...lines] = csv.trim().split("\n") as [string, ...string[]];
const rows: CountedPath[] = lines.map((line) => {
	const [path, conversions, value, nulls] = line.split(",") as [string, string, string, string];
	return { labels: path.split(" > "), conversions: Number(conversions), value: Number(value), nulls: Number(nulls) };
});
const touches = rows.reduce((sum, { labels }) => sum + labels.length, 0) * REPEATS;
let missed = false;

function measure<T>(name: string, work: () => T, maxMs = Number.POSITIVE_INFINITY): T {
	const startMs = performance.now();
	const result = work();
	report(name, performance.now() - startMs, maxMs);
	return result;
}

function report(name: string, tookMs: number, maxMs = Number.POSITIVE_INFINITY): void {
	const verdict =
		maxMs === Number.POSITIVE_INFINITY
			? ""
			: tookMs <= maxMs
				? `  (target ${maxMs} ms: met)`
				: `  (target ${maxMs} ms: MISSED)`;
	missed ||= tookMs > maxMs;
	console.log(`${name.padEnd(64)}${tookMs.toFixed(0).padStart(7)} ms${verdict}`);
}

console.log(`${rows.length * REPEATS} path rows, ${touches} touches, Node ${process.version}\n`);

const startMs = performance.now();
const counts = measure("count 1 M rows", () => {
	const fresh = createPathCounts();
	for (let repeat = 0; repeat < REPEATS; repeat++) for (const row of rows) addCountedPath(fresh, row);
	return fresh;
});
const table = measure("tabulate", () => tabulatePaths(counts));
measure(`${COMPARED_MODELS.length} models side by side, Markov order 1`, () => compareModels(table));
report("all of the above", performance.now() - startMs, ALL_MODELS_MS_MAX);
console.log("");
for (let order = 1; order <= 5; order++)
	measure(
		`Markov order ${order}`,
		() => attribute("markov", table, { order }),
		order === 3 ? ORDER_3_MS_MAX : undefined,
	);
measure("linear with 200 resamples", () =>
	attribute("linear", table, { bootstrap: { replicates: 200, seed: 1, confidence: 0.95 } }),
);
measure("Markov order 1 with 200 resamples", () =>
	attribute("markov", table, { bootstrap: { replicates: 200, seed: 1, confidence: 0.95 } }),
);
console.log("");

const file = Readable.from([header, "\n", ...Array.from({ length: REPEATS }, () => `${lines.join("\n")}\n`)]);
const readStartMs = performance.now();
await readPaths(file, createPathCounts());
report("read and count the same as CSV (53 MB)", performance.now() - readStartMs);

// As a store has them: journeys with a clock, most paths walked by one person only.
const random = createRandom(1);
const journeys = Array.from({ length: 200_000 }, (): PathJourney => {
	const { labels } = rows[Math.floor(random() * rows.length)] as CountedPath;
	let t = Date.UTC(2026, 0) + Math.floor(random() * 300 * 24) * HOUR_MS;
	const steps = labels.map((name) => {
		t += Math.floor(random() * 72) * HOUR_MS;
		return { label: random() < 0.5 ? name : `${name} ${Math.floor(random() * 10)}`, t, effective: true };
	});
	return { steps, conversions: random() < 0.2 ? [{ t: t + HOUR_MS, value: Math.floor(random() * 10_000) }] : [] };
});
const journeyTouches = journeys.reduce((sum, { steps }) => sum + steps.length, 0);
console.log(`\n${journeys.length} journeys with a clock, ${journeyTouches} touches, 132 channels`);
const timed = measure("count journeys", () => {
	const fresh = createPathCounts();
	for (const journey of journeys) addJourney(fresh, journey);
	return fresh;
});
console.log(`${timed.paths.size} distinct paths`);
const timedTable = measure("tabulate", () => tabulatePaths(timed));
measure(`${COMPARED_MODELS.length} models side by side`, () => compareModels(timedTable));
measure("top paths", () => listTopPaths(timedTable, 50));
measure("heat map", () => {
	const [map, zone] = [createHeatMap(), createZone("America/New_York")];
	for (const { steps } of journeys) for (const { t } of steps) addToHeatMap(map, zone, t);
	return map;
});
process.exitCode = missed ? 1 : 0;
