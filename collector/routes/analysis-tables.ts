/** Every analysis: the parameters that it takes, what the shards count for it, and the table made of that. */
import { finishCohorts, listNewAndReturning } from "../analysis/cohorts.ts";
import { comparePairs, listCombinations } from "../analysis/combinations.ts";
import { type CrossTable, finishCrossTab } from "../analysis/cross-tab.ts";
import { finishEngagedTime } from "../analysis/engaged-time.ts";
import { finishFunnel } from "../analysis/funnel.ts";
import { finishHeatMap } from "../analysis/heat-map.ts";
import { finishLandings } from "../analysis/landings.ts";
import { listTransitions } from "../analysis/markov.ts";
import { type PathTable, sumOf, tabulatePaths } from "../analysis/path-table.ts";
import { listByLength, listConvertingSubsequences, listDropOff, listTopPaths } from "../analysis/sequences.ts";
import type { AnalysisSums, AnalysisTask } from "../store/profile-shard/read-analyses.ts";
import { planAttribution } from "./attribution.ts";
import type { AppContext } from "./http.ts";
import { PATH_NAMES, planPaths, readDimension } from "./path-options.ts";
import { readChoice, readCount, readNumber, readWords, refuse } from "./query.ts";

export interface AnalysisResult {
	rows: readonly object[];
	/** Where a flat table needs other rows. */
	csvRows?: readonly object[];
	/** Stands beside the rows in JSON. */
	extra: { [name: string]: unknown };
}

export interface AnalysisPlan {
	task: AnalysisTask;
	finish(sums: AnalysisSums): AnalysisResult;
}

export interface Analysis {
	/** Beside the common ones. */
	names: readonly string[];
	/** @throws Refusal on a wrong parameter */
	plan(c: AppContext): AnalysisPlan;
}

const LIMIT_USUAL = 100;
const LIMIT_MAX = 10_000;
const DAY_MS = 24 * 3600_000;
const TOUCH_NAMES = ["channel", "effective"];

const readLimit = (c: AppContext) => readCount(c, "limit", LIMIT_MAX) ?? LIMIT_USUAL;

/** Over counted paths. */
function overPaths(
	names: readonly string[],
	finish: (c: AppContext) => (table: PathTable) => AnalysisResult,
): Analysis {
	return {
		names: [...PATH_NAMES, ...names],
		plan(c) {
			const { task, extraOf } = planPaths(c);
			const finishTable = finish(c);
			return {
				task,
				finish(sums) {
					const extra = extraOf(sums);
					const result = finishTable(tabulatePaths(must(sums.paths)));
					return { ...result, extra: { ...extra, ...result.extra } };
				},
			};
		},
	};
}

function must<T>(sums: T | undefined): T {
	if (sums === undefined) throw new Error("the shards counted something else");
	return sums;
}

const crossTabOf = (table: CrossTable): AnalysisResult => ({
	rows: table.rows,
	extra: { columns: table.columns, columnTotals: table.columnTotals, total: table.total },
	csvRows: table.rows.flatMap(({ label, cells }) =>
		cells.map((cell, index) => ({ row: label, column: table.columns[index], ...cell })),
	),
});

export const ANALYSES: { readonly [name: string]: Analysis } = {
	attribution: planAttribution,

	paths: overPaths(["limit", "sort", "view"], (c) => {
		const limit = readLimit(c);
		const sort = readChoice(c, "sort", ["journeys", "conversions", "value"], "journeys");
		const view = readChoice(c, "view", ["top", "lengths", "dropoff"], "top");
		return (table) => {
			const rows =
				view === "top"
					? listTopPaths(table, limit, sort)
					: view === "lengths"
						? listByLength(table)
						: listDropOff(table).slice(0, limit);
			const conversions = sumOf(table.conversions);
			const journeys = conversions + sumOf(table.nulls);
			return { rows, extra: { view, distinctPaths: table.conversions.length, journeys, conversions } };
		};
	}),

	sequences: overPaths(["limit", "kind", "maxLength", "minJourneys"], (c) => {
		const options = {
			kind: readChoice(c, "kind", ["adjacent", "in-order"], "adjacent"),
			lengthMax: readCount(c, "maxLength", 8) ?? 4,
			journeysMin: readCount(c, "minJourneys", 1_000_000) ?? 30,
			limit: readLimit(c),
		};
		return (table) => ({ rows: listConvertingSubsequences(table, options), extra: {} });
	}),

	transitions: overPaths(["stays"], (c) => {
		const stays = readChoice(c, "stays", ["1", "0"], "1") === "1";
		return (table) => ({ rows: listTransitions(table, stays), extra: {} });
	}),

	combinations: overPaths(["view", "maxSize", "minJourneys", "match", "limit"], (c) => {
		const view = readChoice(c, "view", ["pairs", "sets"], "pairs");
		const limit = readLimit(c);
		const options = {
			sizeMax: readCount(c, "maxSize", 10) ?? 3,
			journeysMin: readCount(c, "minJourneys", 1_000_000) ?? 30,
			match: readChoice(c, "match", ["exact", "contains"], "exact"),
		};
		return (table) => {
			const rows = view === "pairs" ? comparePairs(table, options) : listCombinations(table, options);
			return { rows: rows.slice(0, limit), extra: { view } };
		};
	}),

	funnel: {
		names: ["by", "stages", "order", "windowDays"],
		plan(c) {
			const stages = readWords(c, "stages") ?? refuse("stages", "Name at least one stage, with commas between.");
			const by = readDimension(c, "by", "type");
			const order = readChoice(c, "order", ["ordered", "strict", "any"], "ordered");
			const windowDays = readNumber(c, "windowDays", 0, 36_500);
			const options = { stages, order, windowMs: windowDays === undefined ? null : windowDays * DAY_MS };
			return {
				task: { kind: "funnel", by, options },
				finish(sums) {
					const funnel = must(sums.funnel);
					return { rows: finishFunnel(funnel), extra: { by, order, journeys: funnel.journeys } };
				},
			};
		},
	},

	channels: {
		names: [...TOUCH_NAMES, "by", "period"],
		plan(c) {
			const rows = readChoice(c, "period", ["day", "week", "month"], "week");
			const columns = readDimension(c, "by", "trafficOrChannel");
			return {
				task: { kind: "crossTab", rows, columns, measure: "engagedMs" },
				finish(sums) {
					const table = finishCrossTab(must(sums.crossTab), { rowsMax: LIMIT_MAX, sortRows: "name" });
					const result = crossTabOf(table);
					return { ...result, extra: { by: columns, period: rows, measure: "engagedMs", ...result.extra } };
				},
			};
		},
	},

	crosstab: {
		names: [...TOUCH_NAMES, "rows", "columns", "measure", "limit"],
		plan(c) {
			const rows = readDimension(c, "rows", "source");
			const columns = readDimension(c, "columns", "page");
			const measure = readChoice(c, "measure", ["none", "engagedMs", "value"], "none");
			const limit = readLimit(c);
			return {
				task: { kind: "crossTab", rows, columns, measure },
				finish(sums) {
					const table = finishCrossTab(must(sums.crossTab), { rowsMax: limit, columnsMax: limit });
					const result = crossTabOf(table);
					return { ...result, extra: { by: [rows, columns], measure, ...result.extra } };
				},
			};
		},
	},

	heatmap: {
		names: TOUCH_NAMES,
		plan: () => ({
			task: { kind: "heatMap" },
			finish: (sums) => ({ rows: finishHeatMap(must(sums.heatMap)), extra: {} }),
		}),
	},

	cohorts: {
		names: [...TOUCH_NAMES, "period", "view"],
		plan(c) {
			const period = readChoice(c, "period", ["day", "week", "month"], "week");
			const view = readChoice(c, "view", ["retention", "new"], "retention");
			return {
				task: { kind: "cohorts", period },
				finish(sums) {
					const cohorts = must(sums.cohorts);
					const rows = view === "retention" ? finishCohorts(cohorts) : listNewAndReturning(cohorts);
					return { rows, extra: { period, view } };
				},
			};
		},
	},

	pages: {
		names: [...TOUCH_NAMES, "by", "limit"],
		plan(c) {
			const by = readDimension(c, "by", "page");
			const limit = readLimit(c);
			return {
				task: { kind: "pages", by },
				finish: (sums) => ({ rows: finishEngagedTime(must(sums.pages), limit), extra: { by } }),
			};
		},
	},

	landings: {
		names: [...TOUCH_NAMES, "by", "source", "limit"],
		plan(c) {
			const by = readDimension(c, "by", "page");
			const source = readDimension(c, "source", "source");
			const limit = readLimit(c);
			return {
				task: { kind: "landings", by, source },
				finish(sums) {
					const rows = finishLandings(must(sums.landings), limit);
					const csvRows = rows.map(({ sources: _, ...row }) => row);
					return { rows, csvRows, extra: { by, source } };
				},
			};
		},
	},
};
