import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRewardSolver } from "../../collector/analysis/absorption.ts";
import {
	type AttributionOptions,
	attribute,
	COMPARED_MODELS,
	compareModels,
	MODELS,
	type Model,
} from "../../collector/analysis/attribution.ts";
import { listTransitions } from "../../collector/analysis/markov.ts";
import { countFlow, shapeChain } from "../../collector/analysis/markov-chain.ts";
import {
	addCountedPath,
	addJourney,
	type CountedPath,
	createPathCounts,
	mergePathCounts,
	type PathOptions,
} from "../../collector/analysis/path-counts.ts";
import { type PathTable, tabulatePaths } from "../../collector/analysis/path-table.ts";
import { shapleyOfCoalitions, shapleyOfGame } from "../../collector/analysis/shapley.ts";
import { type Transform, transformPath } from "../../collector/analysis/transform.ts";
import { decayWeights, positionWeights, wShapedWeights } from "../../collector/analysis/weights.ts";

type PathRow = [path: string, conversions: number, nulls: number];
type Numbers = Record<string, number>;
interface Case {
	name: string;
	data: { paths?: PathRow[]; v?: Numbers; path?: string; ages_days?: number[]; half_life_days?: number };
	expect: Record<string, unknown>;
}

const DAY_MS = 24 * 3_600_000;
const shared = JSON.parse(readFileSync(new URL("../cases/attribution.json", import.meta.url), "utf8")) as {
	cases: Case[];
};

function caseNamed(name: string): Case {
	const found = shared.cases.find((one) => one.name === name);
	if (!found) throw new Error(`no shared case ${name}`);
	return found;
}

function tableOf(rows: readonly PathRow[], options: Partial<PathOptions> = {}): PathTable {
	const counts = createPathCounts(options);
	for (const [path, conversions, nulls] of rows)
		addCountedPath(counts, { labels: path.split(" > "), conversions, value: 0, nulls });
	return tabulatePaths(counts);
}

function pathData(): CountedPath[] {
	const lines = readFileSync(new URL("../cases/pathdata.csv", import.meta.url), "utf8")
		.trim()
		.split("\n");
	return lines.slice(1).map((line) => {
		const [path, conversions, value, nulls] = line.split(",") as [string, string, string, string];
		return { labels: path.split(" > "), conversions: Number(conversions), value: Number(value), nulls: Number(nulls) };
	});
}

function pathDataTable(): PathTable {
	const counts = createPathCounts();
	for (const path of pathData()) addCountedPath(counts, path);
	return tabulatePaths(counts);
}

function conversionsOf(model: Model, table: PathTable, options: AttributionOptions = {}): Numbers {
	return Object.fromEntries(attribute(model, table, options).rows.map((row) => [row.channel, row.conversions]));
}

function effectsOf(table: PathTable, order = 1): Numbers {
	return Object.fromEntries(
		attribute("markov", table, { order }).rows.map((row) => [row.channel, row.removalEffect ?? -1]),
	);
}

/** Labels that the case leaves out must have earned nothing. */
function expectNumbers(actual: Numbers, wanted: unknown, tolerance: number): void {
	const known = wanted as Numbers;
	for (const label of new Set([...Object.keys(actual), ...Object.keys(known)]))
		expect(Math.abs((actual[label] ?? 0) - (known[label] ?? 0)), label).toBeLessThanOrEqual(tolerance);
}

const MODEL_OF_CASE: Record<string, Model> = {
	first_touch: "first",
	last_touch: "last",
	linear: "linear",
	linear_per_touch: "linear",
	position_40_20_40: "position",
};

describe("known answers", () => {
	it("equals ChannelAttribution's heuristics on PathData, conversions and value", () => {
		const table = pathDataTable();
		const wanted = caseNamed("pathdata-heuristics").expect as Record<string, Numbers>;
		for (const [key, numbers] of Object.entries(wanted)) {
			const model = MODEL_OF_CASE[key.replace("_value", "")] as Model;
			const column = key.endsWith("_value") ? "value" : "conversions";
			const actual = Object.fromEntries(attribute(model, table).rows.map((row) => [row.channel, row[column]]));
			expectNumbers(actual, numbers, 1e-5);
		}
		const { totals } = attribute("first", table);
		expect(totals.conversions).toBe(19785);
		expect(totals.nulls).toBe(68602);
		expect(totals.value).toBeCloseTo(74802.97, 1);
	});

	it("solves the textbook's three paths", () => {
		const { data, expect: wanted } = caseNamed("classic-three-paths");
		const table = tableOf(data.paths as PathRow[]);
		expectNumbers(effectsOf(table), wanted.removal_effect, 1e-12);
		expectNumbers(conversionsOf("markov", table), wanted.conversions, 1e-12);
	});

	it("gives exactly what pychattr's simulation comes near to", () => {
		const { data, expect: wanted } = caseNamed("pychattr-readme");
		const table = tableOf(data.paths as PathRow[]);
		const { exact, published_simulation: published, transitions } = wanted as Record<string, Record<string, Numbers>>;
		expectNumbers(effectsOf(table), exact?.removal_effect, 1e-12);
		expectNumbers(conversionsOf("markov", table), exact?.conversions, 1e-12);
		expectNumbers(conversionsOf("markov", table), published?.conversions, 1e-2);
		const listed = transitionsOf(table, false);
		for (const [key, probability] of Object.entries(transitions as unknown as Numbers))
			expect(listed[key], key).toBeCloseTo(probability, 12);
	});

	it("estimates the transitions of eeghor/mta's test and their removal effects", () => {
		const { data, expect: wanted } = caseNamed("mta-tests-transition-matrix");
		const table = tableOf(data.paths as PathRow[]);
		expectNumbers(transitionsOf(table), wanted.transitions, 1e-12);
		expectNumbers(effectsOf(table), wanted.removal_effect, 1e-12);
	});

	for (const name of ["mta-tests-heuristics", "mta-tests-linear-repeats", "dp6-tests-nine-paths"])
		it(`shares credit by rule as in ${name}`, () => {
			const { data, expect: wanted } = caseNamed(name);
			const table = tableOf(data.paths as PathRow[]);
			const known = Object.entries(wanted).filter(([key]) => key in MODEL_OF_CASE);
			expect(known.length).toBeGreaterThan(0);
			for (const [key, numbers] of known)
				expectNumbers(conversionsOf(MODEL_OF_CASE[key] as Model, table), numbers, 1e-9);
		});

	it("splits two touches by the shares alone", () => {
		const { data, expect: wanted } = caseNamed("mta-tests-position-two-touches");
		const table = tableOf(data.paths as PathRow[]);
		expectNumbers(conversionsOf("position", table), wanted["40_40"], 1e-12);
		expectNumbers(conversionsOf("position", table, { shares: { first: 0.3, last: 0.7 } }), wanted["30_70"], 1e-12);
	});

	it("has the closed form of Shapley as in eeghor/mta", () => {
		const { data, expect: wanted } = caseNamed("mta-tests-shapley");
		expectNumbers(conversionsOf("shapley", tableOf(data.paths as PathRow[])), wanted.shapley, 1e-12);
	});

	it("agrees with DP6 on its nine paths: last touch ignoring a channel, Markov, Shapley by rates", () => {
		const { data, expect: wanted } = caseNamed("dp6-tests-nine-paths");
		const rows = data.paths as PathRow[];
		const table = tableOf(rows);
		const ignoringA = tableOf(rows, { directLabels: ["A"] });
		expectNumbers(conversionsOf("last-non-direct", ignoringA), wanted.last_touch_ignoring_A, 1e-12);
		expectNumbers(effectsOf(table), wanted.markov_removal_effect, 1e-6);
		expectNumbers(conversionsOf("markov", table), wanted.markov_conversions, 1e-6);
		expectNumbers(conversionsOf("shapley-rates", table), wanted.shapley_conversion_rate_dp6, 1e-9);
		expectNumbers(conversionsOf("shapley-rates", table, { ordered: true }), wanted.shapley_ordered_dp6, 1e-9);
	});

	it("solves the published coalition game", () => {
		const { data, expect: wanted } = caseNamed("dp6-readme-shapley-coalitions");
		expectNumbers(shapleyOfCoalitions(data.v as Numbers), wanted.shapley, 1e-12);
	});

	it("halves the weight every half-life", () => {
		const { data, expect: wanted } = caseNamed("time-decay-half-life-7d");
		const weights = decayWeights(
			(data.ages_days as number[]).map((days) => days * DAY_MS),
			7 * DAY_MS,
		);
		(wanted.weights as number[]).forEach((weight, i) => {
			expect(weights[i]).toBeCloseTo(weight, 12);
		});
		const counts = createPathCounts();
		const steps = ["A", "B", "C"].map((label, i) => ({ label, t: i * 7 * DAY_MS, effective: true }));
		addJourney(counts, { steps, conversions: [{ t: 14 * DAY_MS, value: 700 }] });
		const { rows } = attribute("time-decay", tabulatePaths(counts));
		expect(rows.map((row) => row.channel)).toEqual(["C", "B", "A"]);
		expect(rows[0]?.conversions).toBeCloseTo(4 / 7, 12);
		expect(rows[0]?.value).toBeCloseTo(400, 9);
	});

	it("gives the W shape's three parts 30 % each", () => {
		const { expect: wanted } = caseNamed("w-shaped-30-30-30-10");
		const steps = ["T1", "T2", "T3", "T4", "T5"].map((label, i) => ({ label, t: i, effective: true }));
		const marked = steps.map((step) =>
			step.label === "T2"
				? { ...step, milestone: "lead" as const }
				: step.label === "T4"
					? { ...step, milestone: "opportunity" as const }
					: step,
		);
		const counts = createPathCounts({ milestones: true });
		addJourney(counts, { steps: marked, conversions: [{ t: 9, value: 0 }] });
		expectNumbers(conversionsOf("w", tabulatePaths(counts)), wanted, 1e-12);
	});

	it("credits direct only where there is nothing else", () => {
		const { data, expect: wanted } = caseNamed("last-non-direct");
		expectNumbers(conversionsOf("last-non-direct", tableOf(data.paths as PathRow[])), wanted, 0);
	});

	it("transforms paths as Snowplow names it", () => {
		const { data, expect: wanted } = caseNamed("path-transforms");
		const steps = (data.path as string).split(" > ");
		for (const [name, path] of Object.entries(wanted)) {
			const transform = name.replaceAll("_", "-") as Transform;
			expect(transformPath(steps, transform, (label) => label, ["D"]).join(" > "), name).toBe(path);
		}
	});
});

function transitionsOf(table: PathTable, stays = true): Numbers {
	return Object.fromEntries(
		listTransitions(table, stays).map(({ from, to, probability }) => [
			`${from}>${to}`.replace(/[()]/g, ""),
			probability,
		]),
	);
}

/** (I − Q)⁻¹ by Gauss and Jordan, for the shortcut F[0,c] / F[c,c] · b[c] / P only. */
function shortcutEffects(table: PathTable): Numbers {
	const states = ["(start)", ...table.labels];
	const n = states.length;
	const rows: number[][] = states.map((_, i) =>
		Array.from({ length: 2 * n }, (_, j) => (j === i || j === n + i ? 1 : 0)),
	);
	const ends = new Array<number>(n).fill(0);
	for (const { from, to, probability } of listTransitions(table)) {
		const [i, j] = [states.indexOf(from), states.indexOf(to)];
		const row = rows[i] as number[];
		if (j >= 0) row[j] = (row[j] as number) - probability;
		else if (to === "(conversion)") ends[i] = probability;
	}
	rows.forEach((row, i) => {
		const pivot = row[i] as number;
		for (let j = 0; j < 2 * n; j++) row[j] = (row[j] as number) / pivot;
		rows.forEach((other, k) => {
			const factor = other[i] as number;
			if (k !== i) for (let j = 0; j < 2 * n; j++) other[j] = (other[j] as number) - factor * (row[j] as number);
		});
	});
	const visits = rows.map((row) => row.slice(n));
	const converts = visits.map((row) => row.reduce((sum, share, j) => sum + share * (ends[j] as number), 0));
	return Object.fromEntries(
		table.labels.map((label, c) => {
			const met = (visits[0]?.[c + 1] as number) / (visits[c + 1]?.[c + 1] as number);
			return [label, (met * (converts[c + 1] as number)) / (converts[0] as number)];
		}),
	);
}

const label = fc.constantFrom("A", "B", "C", "Direct", "E");
const countedPath = fc.record({
	labels: fc.array(label, { minLength: 1, maxLength: 9 }),
	conversions: fc.nat(5),
	value: fc.nat(1_000),
	nulls: fc.nat(5),
});
const countedPaths = fc
	.array(countedPath, { minLength: 1, maxLength: 25 })
	.map((paths) => paths.map((path) => (path.conversions === 0 ? { ...path, value: 0 } : path)));

function tableOfCounted(paths: readonly CountedPath[]): PathTable {
	const counts = createPathCounts();
	for (const path of paths) addCountedPath(counts, path);
	return tabulatePaths(counts);
}

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
const ALL: [Model, number][] = MODELS.flatMap((model): [Model, number][] =>
	model === "markov" ? [1, 2, 3, 4, 5].map((order): [Model, number] => [model, order]) : [[model, 1]],
);

describe("invariants", () => {
	it("credits sum to conversions and to value, for every model, on every input", () => {
		fc.assert(
			fc.property(countedPaths, (paths) => {
				const table = tableOfCounted(paths);
				for (const [model, order] of ALL) {
					const { rows, totals } = attribute(model, table, { order });
					expect(sum(rows.map((row) => row.conversions)), model).toBeCloseTo(totals.conversions, 8);
					expect(sum(rows.map((row) => row.value)), model).toBeCloseTo(totals.value, 6);
				}
			}),
			{ numRuns: 200 },
		);
	});

	it("credits depend neither on the order of rows nor on splitting them over rows and shards", () => {
		fc.assert(
			fc.property(countedPaths, fc.infiniteStream(fc.nat(2)), (paths, shards) => {
				const whole = tableOfCounted(paths);
				const counts = [createPathCounts(), createPathCounts(), createPathCounts()];
				for (const path of [...paths].reverse())
					for (let part = 0; part < 2; part++)
						addCountedPath(counts[shards.next().value as number] as (typeof counts)[0], {
							labels: path.labels,
							conversions: path.conversions / 2,
							value: path.value / 2,
							nulls: path.nulls / 2,
						});
				const [a, b, c] = counts as [(typeof counts)[0], (typeof counts)[0], (typeof counts)[0]];
				const split = tabulatePaths(mergePathCounts(a, mergePathCounts(b, structuredClone(c))));
				for (const [model, order] of ALL) {
					expectNumbers(conversionsOf(model, split, { order }), conversionsOf(model, whole, { order }), 1e-8);
				}
			}),
			{ numRuns: 100 },
		);
	});

	it("the chain of every order converts as often as the journeys did", () => {
		const converts = (table: PathTable, order: number) => {
			const shape = shapeChain(table, order);
			const { taken, left, converted } = countFlow(shape, table);
			const kept = [...taken.keys()].filter((e) => (taken[e] as number) > 0);
			const pick = (column: Int32Array) => Int32Array.from(kept, (e) => column[e] as number);
			const chain = { from: pick(shape.from), to: pick(shape.to), taken: taken.filter((count) => count > 0), left };
			return createRewardSolver(chain)(converted, 1);
		};
		const table = pathDataTable();
		for (let order = 1; order <= 5; order++)
			expect(Math.abs(converts(table, order) - 19785 / 88387)).toBeLessThan(1e-12);
		fc.assert(
			fc.property(countedPaths, fc.integer({ min: 1, max: 5 }), (paths, order) => {
				const random = tableOfCounted(paths);
				const journeys = sum([...random.conversions, ...random.nulls]);
				fc.pre(journeys > 0);
				expect(converts(random, order)).toBeCloseTo(sum([...random.conversions]) / journeys, 11);
			}),
		);
	});

	it("removal effects equal the shortcut by the fundamental matrix at order 1", () => {
		const table = pathDataTable();
		expectNumbers(effectsOf(table), shortcutEffects(table), 1e-12);
		fc.assert(
			fc.property(countedPaths, (paths) => {
				const random = tableOfCounted(paths);
				if (sum([...random.conversions]) > 0) expectNumbers(effectsOf(random), shortcutEffects(random), 1e-9);
			}),
		);
	});

	it("refuses a chain too large for one answer, and says what to do", () => {
		const table = pathDataTable();
		const { from } = shapeChain(table, 3);
		const work = from.length * table.labels.length;
		expect(() => attribute("markov", table, { order: 3, markovWorkMax: work - 1 })).toThrow(/labels=20/);
		expect(attribute("markov", table, { order: 3, markovWorkMax: work }).rows).toHaveLength(table.labels.length);
		const bootstrap = { replicates: 1, seed: 1, confidence: 0.95 };
		expect(() => attribute("markov", table, { order: 3, markovWorkMax: work, bootstrap })).toThrow(RangeError);
		expect(attribute("linear", table, { order: 3, markovWorkMax: 0 }).rows).toHaveLength(table.labels.length);
	});

	it("repeats in a row change no removal effect at order 1", () => {
		const table = pathDataTable();
		const collapsed = createPathCounts({ transform: "exposure" });
		for (const path of pathData()) addCountedPath(collapsed, path);
		expectNumbers(effectsOf(tabulatePaths(collapsed)), effectsOf(table), 1e-12);
	});

	it("Shapley's closed form equals the game over conversions inside each coalition", () => {
		fc.assert(
			fc.property(countedPaths, (paths) => {
				const table = tableOfCounted(paths);
				const masks = paths.map((path) =>
					path.labels.reduce((bits, one) => bits | (1 << table.labels.indexOf(one)), 0),
				);
				const inside = (coalition: number) =>
					sum(paths.map((path, i) => (((masks[i] as number) | coalition) === coalition ? path.conversions : 0)));
				const game = shapleyOfGame(table.labels.length, inside);
				const wanted = Object.fromEntries(table.labels.map((one, i) => [one, game[i] as number]));
				expectNumbers(conversionsOf("shapley", table), wanted, 1e-9);
				expectNumbers(conversionsOf("linear-unique", table), wanted, 1e-9);
			}),
		);
	});

	it("weights of every position rule are in [0, 1] and sum to 1", () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 60 }),
				fc.nat(59),
				fc.nat(59),
				fc.array(fc.nat(10 ** 12)),
				(n, a, b, ages) => {
					const lead = a < n ? a : -1;
					const opportunity = b < n ? b : -1;
					const all = [
						positionWeights(n),
						wShapedWeights(n, lead, opportunity),
						wShapedWeights(n),
						decayWeights([0, ...ages], 1),
					];
					for (const weights of all) {
						expect(sum([...weights])).toBeCloseTo(1, 12);
						for (const weight of weights) expect(weight >= 0 && weight <= 1 + 1e-12).toBe(true);
					}
				},
			),
		);
	});
});

describe("side by side", () => {
	it("shows each model's own credits and the distance between the extremes", () => {
		const table = tableOf([["A > B", 10, 5]]);
		const comparison = compareModels(table);
		expect(comparison.models).toEqual(COMPARED_MODELS);
		const a = comparison.rows.find((row) => row.channel === "A");
		expect(a?.conversions.first).toBe(10);
		expect(a?.conversions.last).toBe(0);
		expect(a?.spread).toBe(10);
	});
});

describe("bootstrap", () => {
	const options = { replicates: 200, seed: 7, confidence: 0.95 };

	it("is the same for the same seed and another for another", () => {
		const table = pathDataTable();
		const once = attribute("linear", table, { bootstrap: options });
		expect(attribute("linear", table, { bootstrap: options })).toEqual(once);
		expect(attribute("linear", table, { bootstrap: { ...options, seed: 8 } })).not.toEqual(once);
	});

	it("has the width that Poisson counts must have", () => {
		const { rows } = attribute(
			"last",
			tableOf([
				["A", 100, 0],
				["B", 10_000, 0],
				["C", 4, 0],
			]),
			{ bootstrap: { ...options, replicates: 2_000 } },
		);
		for (const { channel, conversions, conversionsInterval } of rows) {
			const width = (conversionsInterval?.high ?? 0) - (conversionsInterval?.low ?? 0);
			const wanted = 2 * 1.96 * Math.sqrt(conversions);
			expect(Math.abs(width - wanted), channel).toBeLessThan(channel === "C" ? 1.5 : 0.1 * wanted);
		}
	});

	it("widens value by the spread of single values", () => {
		const counts = createPathCounts();
		for (let i = 0; i < 100; i++) {
			const steps = [{ label: i % 2 ? "even" : "uneven", t: 0, effective: true }];
			addJourney(counts, { steps, conversions: [{ t: 1, value: i % 2 ? 100 : i % 4 ? 10 : 190 }] });
		}
		const { rows } = attribute("first", tabulatePaths(counts), { bootstrap: { ...options, replicates: 2_000 } });
		const widthOf = (channel: string) => {
			const interval = rows.find((row) => row.channel === channel)?.valueInterval;
			return (interval?.high ?? 0) - (interval?.low ?? 0);
		};
		// Standard deviation: sqrt of the sum of squared values.
		expect(widthOf("even")).toBeGreaterThan(0.9 * 3.92 * Math.sqrt(50 * 100 ** 2));
		expect(widthOf("even")).toBeLessThan(1.1 * 3.92 * Math.sqrt(50 * 100 ** 2));
		expect(widthOf("uneven")).toBeGreaterThan(0.9 * 3.92 * Math.sqrt(25 * (10 ** 2 + 190 ** 2)));
	});
});
