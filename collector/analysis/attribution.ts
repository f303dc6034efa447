/**
 * Attribution over counted paths: one table a model, and all models side by side with their spread. The
 * numbers describe how a rule shares out what happened; they do not say what a channel caused.
 */
import { bootstrapIntervals, type Interval } from "./bootstrap.ts";
import { type Credits, creditHeuristic, HEURISTICS, type Heuristic, type HeuristicOptions } from "./heuristics.ts";
import { creditMarkov } from "./markov.ts";
import { type ChainShape, shapeChain } from "./markov-chain.ts";
import { type Outcomes, type PathTable, sumOf } from "./path-table.ts";
import { creditShapley, creditShapleyRates } from "./shapley.ts";

export const MODELS = [...HEURISTICS, "markov", "shapley", "shapley-rates"] as const;
export type Model = Heuristic | "markov" | "shapley" | "shapley-rates";
/** What a comparison shows unless told: credits by rates can be negative, which no spread should mix in. */
export const COMPARED_MODELS: readonly Model[] = MODELS.filter((model) => model !== "shapley-rates");

export interface AttributionOptions extends Partial<HeuristicOptions> {
	/** Order of the Markov chain, 1 to 5. */
	order?: number;
	/** Markov only: see {@link checkMarkovWork}. Absent: no limit. */
	markovWorkMax?: number;
	/** `shapley-rates` only: see `RateOptions`. */
	ordered?: boolean;
	sizeMax?: number;
	/** Absent: no intervals. */
	bootstrap?: { replicates: number; seed: number; confidence: number };
}

export interface AttributionRow {
	channel: string;
	conversions: number;
	/** Minor units of the analysis' currency. */
	value: number;
	/** Share of all conversions, in [0, 1]; 0 where there are none. */
	share: number;
	/** Markov only: in [0, 1]. */
	removalEffect?: number;
	/** With a bootstrap only. */
	conversionsInterval?: Interval;
	valueInterval?: Interval;
}

export interface AttributionTable {
	model: Model;
	/** Markov only. */
	order?: number;
	totals: { paths: number; conversions: number; value: number; nulls: number };
	/** One a label that was met, most conversions first, equal ones by name. */
	rows: AttributionRow[];
}

/** A model as a function of outcomes, with what does not change between resamples worked out once. */
function modelOf(model: Model, table: PathTable, options: AttributionOptions): (outcomes: Outcomes) => Credits {
	switch (model) {
		case "markov": {
			const shape = shapeChain(table, options.order ?? 1);
			checkMarkovWork(table, shape, options);
			return (outcomes) => creditMarkov(table, shape, outcomes);
		}
		case "shapley":
			return (outcomes) => creditShapley(table, outcomes);
		case "shapley-rates":
			return (outcomes) =>
				creditShapleyRates(table, outcomes, { ordered: options.ordered ?? false, sizeMax: options.sizeMax ?? 4 });
		default:
			return (outcomes) => creditHeuristic(model, table, outcomes, options);
	}
}

/**
 * Markov solves the chain once a label and resample: what that costs grows with labels × transitions, about
 * half a microsecond each on a large chain. Hundreds of campaigns at a high order would take minutes.
 *
 * @throws RangeError above `markovWorkMax`
 */
function checkMarkovWork(table: PathTable, shape: ChainShape, options: AttributionOptions): void {
	const labels = table.labels.length;
	const transitions = shape.from.length;
	const work = labels * transitions * (1 + (options.bootstrap?.replicates ?? 0));
	if (work <= (options.markovWorkMax ?? Number.POSITIVE_INFINITY)) return;
	const samples = options.bootstrap === undefined ? "" : ` and ${options.bootstrap.replicates} resamples`;
	throw new RangeError(
		`The Markov chain of order ${options.order ?? 1} over ${labels} labels has ${transitions} transitions${samples}: too much for one answer. Take a lower order, a coarser dimension, fewer labels (labels=20), or models without markov.`,
	);
}

/**
 * Credits of one model by label. Conversions and value of the rows sum to the totals.
 *
 * @throws RangeError on an order, size, share or replicate count outside its bounds
 */
export function attribute(model: Model, table: PathTable, options: AttributionOptions = {}): AttributionTable {
	const credit = modelOf(model, table, options);
	const credits = credit(table);
	const conversions = sumOf(table.conversions);
	const rows = table.labels.map((channel, label): AttributionRow => {
		const credited = credits.conversions[label] as number;
		return {
			channel,
			conversions: credited,
			value: credits.value[label] as number,
			share: conversions > 0 ? credited / conversions : 0,
			...(credits.removalEffects ? { removalEffect: credits.removalEffects[label] as number } : {}),
		};
	});
	if (options.bootstrap) {
		const width = table.labels.length;
		const measure = (outcomes: Outcomes) => {
			const drawn = credit(outcomes);
			const both = new Float64Array(2 * width);
			both.set(drawn.conversions);
			both.set(drawn.value, width);
			return both;
		};
		const intervals = bootstrapIntervals(table, measure, options.bootstrap);
		rows.forEach((row, label) => {
			row.conversionsInterval = intervals[label] as Interval;
			row.valueInterval = intervals[width + label] as Interval;
		});
	}
	rows.sort((a, b) => b.conversions - a.conversions || (a.channel < b.channel ? -1 : 1));
	return {
		model,
		...(model === "markov" ? { order: options.order ?? 1 } : {}),
		totals: {
			paths: table.conversions.length,
			conversions,
			value: sumOf(table.value),
			nulls: sumOf(table.nulls),
		},
		rows,
	};
}

export interface ComparisonRow {
	channel: string;
	/** Conversions by model. */
	conversions: Record<string, number>;
	value: Record<string, number>;
	/** Largest minus smallest of the models' conversions: how much the choice of model decides. */
	spread: number;
	valueSpread: number;
	/** By model; with a bootstrap only. */
	conversionsInterval?: Record<string, Interval>;
	valueInterval?: Record<string, Interval>;
}

export interface ComparisonTable {
	models: Model[];
	/** Models share out what happened; their spread is not a margin of error. */
	note: "descriptive";
	totals: AttributionTable["totals"];
	/** Most conversions on average first. */
	rows: ComparisonRow[];
}

/** Several models side by side; Markov with the one order given. All are given the same resamples. */
export function compareModels(
	table: PathTable,
	models: readonly Model[] = COMPARED_MODELS,
	options: AttributionOptions = {},
): ComparisonTable {
	const tables = models.map((model) => attribute(model, table, options));
	const rows = new Map<string, ComparisonRow>();
	for (const channel of table.labels) {
		const intervals = options.bootstrap === undefined ? {} : { conversionsInterval: {}, valueInterval: {} };
		rows.set(channel, { channel, conversions: {}, value: {}, spread: 0, valueSpread: 0, ...intervals });
	}
	for (const { model, rows: credited } of tables) {
		for (const { channel, conversions, value, conversionsInterval, valueInterval } of credited) {
			const row = rows.get(channel) as ComparisonRow;
			row.conversions[model] = conversions;
			row.value[model] = value;
			if (row.conversionsInterval && conversionsInterval) row.conversionsInterval[model] = conversionsInterval;
			if (row.valueInterval && valueInterval) row.valueInterval[model] = valueInterval;
		}
	}
	for (const row of rows.values()) {
		row.spread = spreadOf(Object.values(row.conversions));
		row.valueSpread = spreadOf(Object.values(row.value));
	}
	const total = (row: ComparisonRow) => sumOf(Object.values(row.conversions));
	const first = tables[0];
	return {
		models: [...models],
		note: "descriptive",
		totals: first ? first.totals : { paths: 0, conversions: 0, value: 0, nulls: 0 },
		rows: [...rows.values()].sort((a, b) => total(b) - total(a) || (a.channel < b.channel ? -1 : 1)),
	};
}

function spreadOf(amounts: readonly number[]): number {
	return amounts.length === 0 ? 0 : Math.max(...amounts) - Math.min(...amounts);
}
