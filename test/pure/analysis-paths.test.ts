import { describe, expect, it } from "vitest";
import { attribute } from "../../collector/analysis/attribution.ts";
import { comparePairs, listCombinations } from "../../collector/analysis/combinations.ts";
import {
	addToFunnel,
	createFunnel,
	type FunnelOptions,
	finishFunnel,
	mergeFunnels,
} from "../../collector/analysis/funnel.ts";
import { DEFAULT_SCOPE, type PathJourney, type ScopeOptions, scopeJourney } from "../../collector/analysis/path.ts";
import {
	addCountedPath,
	addJourney,
	createPathCounts,
	foldRareLabels,
	LABELS_MAX,
	mergePathCounts,
	PATH_STEPS_MAX,
} from "../../collector/analysis/path-counts.ts";
import { type PathTable, tabulatePaths } from "../../collector/analysis/path-table.ts";
import {
	listByLength,
	listConvertingSubsequences,
	listDropOff,
	listTopPaths,
} from "../../collector/analysis/sequences.ts";

type PathRow = [path: string, conversions: number, nulls: number];

function tableOf(rows: readonly PathRow[]): PathTable {
	const counts = createPathCounts();
	for (const [path, conversions, nulls] of rows)
		addCountedPath(counts, { labels: path.split(" > "), conversions, value: 0, nulls });
	return tabulatePaths(counts);
}

/** `a@1 b@2 !5` is a touch of a at 1, one of b at 2 and a conversion at 5. */
function journeyOf(text: string): PathJourney {
	const parts = text.split(" ").filter((part) => part !== "");
	const conversions = parts
		.filter((part) => part.startsWith("!"))
		.map((part) => ({ t: Number(part.slice(1)), value: 100 }));
	const steps = parts
		.filter((part) => !part.startsWith("!"))
		.map((part) => {
			const [label, t] = part.split("@") as [string, string];
			return { label: label.replace("-", ""), t: Number(t), effective: !label.startsWith("-") };
		});
	return { steps, conversions };
}

function scoped(text: string, options: Partial<ScopeOptions> = {}): string[] {
	return scopeJourney(journeyOf(text), { ...DEFAULT_SCOPE, ...options }).map(
		({ steps, conversion }) => `${steps.map((step) => step.label).join("")}${conversion ? "!" : ""}`,
	);
}

describe("what belongs to a conversion", () => {
	it("is what came since the conversion before, and the rest has not converted", () => {
		expect(scoped("a@1 b@2 !3 c@4 !5 d@6")).toEqual(["ab!", "c!", "d"]);
	});

	it("is, by look-back, everything in the window, also what served before", () => {
		expect(scoped("a@1 b@2 !3 c@4 !5 d@6", { scope: "look-back" })).toEqual(["ab!", "abc!"]);
		expect(scoped("a@1 b@2", { scope: "look-back" })).toEqual(["ab"]);
	});

	it("holds a step exactly as old as the window and not one a millisecond older", () => {
		expect(scoped("a@1 b@2 !12", { lookBackMs: 10 })).toEqual(["b!"]);
		expect(scoped("a@1 b@2 !11", { lookBackMs: 10 })).toEqual(["ab!"]);
		expect(scoped("a@1 b@12", { lookBackMs: 10 })).toEqual(["b"]);
	});

	it("holds the step at the conversion's own millisecond; two conversions there share their steps", () => {
		expect(scoped("a@1 b@3 !3 !3 c@4")).toEqual(["ab!", "ab!", "c"]);
	});

	it("leaves out what earns no credit", () => {
		expect(scoped("a@1 -b@2 !3")).toEqual(["a!"]);
		expect(scoped("-a@1")).toEqual([]);
	});

	it("keeps a conversion that nothing precedes, so that credits still sum", () => {
		const counts = createPathCounts();
		addJourney(counts, journeyOf("!3"));
		const table = tabulatePaths(counts);
		expect(table.labels).toEqual(["(no touch)"]);
		expect([...table.conversions]).toEqual([1]);
	});
});

describe("counting paths", () => {
	it("merges shards with other labels, clocks and milestones into the same table", () => {
		const texts = ["a@1 b@2 !3 c@4", "b@1 a@5 !6", "a@0 b@9 !10", "c@1", "z@1 a@2 b@3 !4"];
		const whole = createPathCounts({ milestones: true });
		for (const text of texts) addJourney(whole, journeyOf(text));
		const [first, second] = [createPathCounts({ milestones: true }), createPathCounts({ milestones: true })];
		[...texts].reverse().forEach((text, i) => {
			addJourney(i % 2 ? first : second, journeyOf(text));
		});
		expect(tabulatePaths(mergePathCounts(structuredClone(first), second))).toEqual(tabulatePaths(whole));
	});

	it("keeps the latest steps of an overlong path and says so", () => {
		const counts = createPathCounts();
		const labels = Array.from({ length: PATH_STEPS_MAX + 1 }, (_, i) => (i === 0 ? "cut" : "kept"));
		addCountedPath(counts, { labels, conversions: 1, value: 0, nulls: 0 });
		addCountedPath(counts, { labels: labels.slice(1), conversions: 1, value: 0, nulls: 0 });
		expect(counts.truncated).toBe(1);
		expect(counts.paths.size).toBe(1);
	});

	it("refuses more labels than it can number", () => {
		const counts = createPathCounts();
		const row = (i: number) => ({ labels: [`l${i}`], conversions: 1, value: 0, nulls: 0 });
		for (let i = 0; i < LABELS_MAX; i++) addCountedPath(counts, row(i));
		expect(() => addCountedPath(counts, row(LABELS_MAX))).toThrow(RangeError);
	});

	it("folds the rarest labels into one and keeps every journey", () => {
		const counts = createPathCounts();
		for (const text of ["a@1 b@2 !3", "a@1 c@2 !5", "a@1 d@2", "b@1 !2"]) addJourney(counts, journeyOf(text));
		expect(foldRareLabels(counts, 4)).toBe(counts);
		const table = tabulatePaths(foldRareLabels(counts, 2));
		expect(table.labels).toEqual(["(others)", "a", "b"]);
		expect(listTopPaths(table, 9)[0]).toMatchObject({ steps: ["a", "(others)"], journeys: 2, conversions: 1 });
		expect(attribute("time-decay", table).totals).toEqual({ paths: 3, conversions: 3, value: 300, nulls: 1 });
		expect(counts.labels.size).toBe(4);
	});

	it("refuses counts that are none", () => {
		const counts = createPathCounts();
		for (const wrong of [{ conversions: -1 }, { nulls: Number.NaN }, { value: 5, conversions: 0 }, { labels: [] }])
			expect(() => addCountedPath(counts, { labels: ["a"], conversions: 1, value: 0, nulls: 0, ...wrong })).toThrow(
				RangeError,
			);
	});

	it("sums values of the asked currency only and counts the others", () => {
		const counts = createPathCounts({ currency: "CNY" });
		const steps = [{ label: "a", t: 0, effective: true }];
		addJourney(counts, { steps, conversions: [{ t: 1, value: 500, currency: "CNY" }] });
		addJourney(counts, { steps, conversions: [{ t: 1, value: 700, currency: "USD" }] });
		const table = tabulatePaths(counts);
		expect([table.conversions[0], table.value[0], counts.otherCurrency]).toEqual([2, 500, 1]);
	});
});

describe("sequences", () => {
	it("lists the most walked paths with their rate and time", () => {
		const counts = createPathCounts();
		for (const text of ["a@1 b@2 !11", "a@1 b@2 !21", "a@1 b@2", "b@1 !2"]) addJourney(counts, journeyOf(text));
		const [top, next] = listTopPaths(tabulatePaths(counts), 10);
		expect(top).toMatchObject({ steps: ["a", "b"], journeys: 3, conversions: 2, value: 200, meanDurationMs: 15 });
		expect(top?.rate).toBeCloseTo(2 / 3, 12);
		expect(next).toMatchObject({ steps: ["b"], journeys: 1, meanDurationMs: 1 });
	});

	it("tells conversion and time by number of steps", () => {
		const counts = createPathCounts();
		for (const text of ["a@1 !5", "b@1", "a@1 b@2 !11"]) addJourney(counts, journeyOf(text));
		expect(listByLength(tabulatePaths(counts))).toEqual([
			{ length: 1, journeys: 2, conversions: 1, rate: 0.5, meanDurationMs: 4 },
			{ length: 2, journeys: 1, conversions: 1, rate: 1, meanDurationMs: 10 },
		]);
	});

	it("tells where journeys end without converting", () => {
		const rows = listDropOff(
			tableOf([
				["a > b", 1, 2],
				["a", 0, 5],
			]),
		);
		expect(rows[0]).toEqual({ channel: "a", visits: 8, dropped: 5, converted: 0, dropRate: 5 / 8 });
		expect(rows[1]).toEqual({ channel: "b", visits: 3, dropped: 2, converted: 1, dropRate: 2 / 3 });
	});

	it("finds the part that converters walk and does not call chance a finding", () => {
		const table = tableOf([
			["x > a > b", 80, 20],
			["x > c", 20, 180],
			["a > x > d > b", 20, 5],
			["c > x", 15, 100],
		]);
		const adjacent = listConvertingSubsequences(table);
		expect(adjacent[0]?.steps).toEqual(["a", "b"]);
		expect(adjacent[0]?.lift).toBeCloseTo(80 / 135 / (20 / 305), 12);
		expect(adjacent[0]?.q).toBeLessThan(1e-6);
		expect(adjacent.map((row) => row.steps.join(" > "))).not.toContain("x > c");
		const ordered = listConvertingSubsequences(table, { kind: "in-order" });
		expect(ordered[0]).toMatchObject({ steps: ["a", "b"], journeys: 125, conversions: 100 });
	});

	it("gives no lift where nobody fails", () => {
		expect(listConvertingSubsequences(tableOf([["a > b", 100, 0]]))).toEqual([]);
	});
});

describe("channel combinations", () => {
	it("counts journeys by the set of channels they met", () => {
		const rows = listCombinations(
			tableOf([
				["a > b > a", 10, 30],
				["b > a", 10, 0],
				["a", 1, 4],
			]),
		);
		expect(rows[0]).toMatchObject({ channels: ["a", "b"], journeys: 50, conversions: 20, rate: 0.4, enough: true });
		expect(rows[1]).toMatchObject({ channels: ["a"], journeys: 5, enough: false });
	});

	it("is not fooled by longer journeys converting more often", () => {
		// Two touches convert at 10 %, four at 50 %, with or without b; pairs just happen to be longer.
		const table = tableOf([
			["a > a", 90, 810],
			["a > a > a > a", 50, 50],
			["a > b", 10, 90],
			["a > b > a > b", 450, 450],
		]);
		const row = comparePairs(table).find(({ single }) => single === "a");
		expect(row?.pairRate).toBeGreaterThan(0.4);
		expect(row?.singleRate).toBeLessThan(0.2);
		expect(row?.oddsRatio).toBeCloseTo(1, 9);
		expect(row?.verdict).toBe("no difference shown");
	});

	it("calls a pair better that is so at the same length", () => {
		const table = tableOf([
			["a > a", 20, 180],
			["b > b", 90, 110],
			["a > b", 100, 100],
		]);
		const rows = comparePairs(table);
		expect(rows.find(({ single }) => single === "a")?.verdict).toBe("better");
		expect(rows.find(({ single }) => single === "b")?.verdict).toBe("no difference shown");
		const ofA = rows.find(({ single }) => single === "a");
		expect(ofA?.oddsRatio).toBeCloseTo(9, 9);
		expect(ofA?.q).toBeGreaterThanOrEqual(ofA?.p as number);
	});

	it("says that there is not enough data rather than guess", () => {
		const few = comparePairs(
			tableOf([
				["a > a", 0, 29],
				["a > b", 29, 0],
			]),
		)[0];
		expect(few).toMatchObject({ verdict: "not enough data", p: null, q: null, oddsRatio: null });
		// Single touches never compare with pairs.
		const single = comparePairs(
			tableOf([
				["a", 10, 500],
				["a > b", 290, 500],
			]),
		)[0];
		expect(single?.verdict).toBe("not enough data");
	});

	it("compares journeys that contain the pair, when asked", () => {
		const table = tableOf([
			["a > c", 10, 90],
			["a > b > c", 30, 70],
			["a > c > c", 10, 90],
		]);
		const exact = comparePairs(table).find(({ pair, single }) => pair.join("") === "ab" && single === "a");
		expect(exact).toBeUndefined();
		const contains = comparePairs(table, { match: "contains" }).find(
			({ pair, single }) => pair.join("") === "ab" && single === "a",
		);
		expect(contains).toMatchObject({ pairJourneys: 100, singleJourneys: 100, verdict: "better" });
	});
});

function reachedOf(options: FunnelOptions, ...texts: string[]): number[] {
	const funnel = createFunnel(options);
	for (const text of texts) addToFunnel(funnel, journeyOf(text).steps);
	return funnel.reached;
}

describe("funnel", () => {
	const stages = ["a", "b", "c"];

	it("ordered: lets anything come between, but not backwards", () => {
		const options: FunnelOptions = { stages, order: "ordered", windowMs: null };
		expect(reachedOf(options, "a@1 x@2 b@3 x@4 c@5")).toEqual([1, 1, 1]);
		expect(reachedOf(options, "c@1 b@2 a@3")).toEqual([1, 0, 0]);
		expect(reachedOf(options, "b@1 c@2")).toEqual([0, 0, 0]);
	});

	it("strict: lets nothing come between", () => {
		const options: FunnelOptions = { stages, order: "strict", windowMs: null };
		expect(reachedOf(options, "a@1 x@2 b@3 c@4")).toEqual([1, 0, 0]);
		expect(reachedOf(options, "x@0 a@1 a@2 b@3 c@4")).toEqual([1, 1, 1]);
	});

	it("any: counts how many stages were met", () => {
		const options: FunnelOptions = { stages, order: "any", windowMs: null };
		expect(reachedOf(options, "c@1 x@2 a@3")).toEqual([1, 1, 0]);
		expect(reachedOf({ ...options, stages: ["a", "a"] }, "a@1")).toEqual([1, 0]);
		expect(reachedOf({ ...options, windowMs: 5 }, "a@1 b@7 c@12")).toEqual([1, 1, 0]);
	});

	it("takes the start that leaves time enough, to the millisecond", () => {
		const options: FunnelOptions = { stages, order: "ordered", windowMs: 10 };
		expect(reachedOf(options, "a@0 b@5 a@20 b@25 c@30")).toEqual([1, 1, 1]);
		expect(reachedOf(options, "a@0 b@5 c@11")).toEqual([1, 1, 0]);
		expect(reachedOf(options, "a@0 a@1 b@5 c@11")).toEqual([1, 1, 1]);
	});

	it("does not let one step stand for two stages", () => {
		expect(reachedOf({ stages: ["a", "a"], order: "ordered", windowMs: null }, "a@1", "a@1 a@2")).toEqual([2, 1]);
	});

	it("merges to rates, drop-off and mean times", () => {
		const options: FunnelOptions = { stages: ["a", "b"], order: "ordered", windowMs: null };
		const [one, two] = [createFunnel(options), createFunnel(options)];
		addToFunnel(one, journeyOf("a@0 b@10").steps);
		addToFunnel(one, journeyOf("x@0").steps);
		addToFunnel(two, journeyOf("a@0 b@30").steps);
		addToFunnel(two, journeyOf("a@0").steps);
		const rows = finishFunnel(mergeFunnels(one, two));
		expect(rows[0]).toMatchObject({
			stage: "a",
			journeys: 3,
			stepRate: 0.75,
			totalRate: 1,
			dropped: 1,
			meanDurationMs: 0,
		});
		expect(rows[1]).toMatchObject({ stage: "b", journeys: 2, dropped: 1, meanDurationMs: 20 });
		expect(rows[1]?.stepRate).toBeCloseTo(2 / 3, 12);
	});

	it("refuses a funnel without stages", () => {
		expect(() => createFunnel({ stages: [], order: "any", windowMs: null })).toThrow(RangeError);
	});
});
