/**
 * Channel combinations: how often journeys through a set of channels convert, and whether a pair really does
 * better than one of its channels alone. Longer journeys convert more often and hold more channels, so pairs are
 * compared with singles of the same number of touches only (Mantel and Haenszel), and the many comparisons are
 * judged together (Benjamini and Hochberg).
 */
import type { Interval } from "./bootstrap.ts";
import type { PathTable } from "./path-table.ts";
import { adjustByBenjaminiHochberg, mantelHaenszel, type TwoByTwo, wilsonInterval } from "./statistics.ts";

/** First number of touches of each stratum: 1, 2, 3, 4, 5–6, 7–10, 11 and more. */
export const STRATA_FROM_TOUCHES: readonly number[] = [1, 2, 3, 4, 5, 7, 11];
/** Fewer journeys than this on either side of a comparison, or in a set, are "not enough data". */
export const JOURNEYS_MIN = 30;
/** Channels compared in pairs, those on most journeys; others stay in the sets' table only. */
export const PAIRED_CHANNELS_MAX = 40;
/** False discoveries expected among the pairs called better or worse. */
export const FALSE_DISCOVERY_RATE = 0.05;

export interface CombinationOptions {
	/** Largest set shown. */
	sizeMax: number;
	journeysMin: number;
	/**
	 * `exact`: journeys through a and b and nothing else, against journeys through a alone.
	 * `contains`: journeys with a and b, against those with a and without b, whatever else they met.
	 */
	match: "exact" | "contains";
}

export const DEFAULT_COMBINATION_OPTIONS: CombinationOptions = {
	sizeMax: 3,
	journeysMin: JOURNEYS_MIN,
	match: "exact",
};

export interface CombinationRow {
	/** Ascending by name. */
	channels: string[];
	journeys: number;
	conversions: number;
	/** Conversions / journeys, in [0, 1]. */
	rate: number;
	/** Wilson, 95 %. */
	interval: Interval;
	enough: boolean;
}

export type Verdict = "better" | "worse" | "no difference shown" | "not enough data";

export interface PairRow {
	pair: [string, string];
	/** The pair's channel that it is compared with. */
	single: string;
	pairJourneys: number;
	pairRate: number;
	singleJourneys: number;
	singleRate: number;
	/** Common odds ratio over strata of touches, pair against single; null where no stratum tells anything. */
	oddsRatio: number | null;
	interval: Interval | null;
	/** Null where there is not enough data. */
	p: number | null;
	/** `p` adjusted for the number of comparisons made. */
	q: number | null;
	verdict: Verdict;
}

/** Journeys through exactly one set of channels, by stratum. */
interface LabelSet {
	labels: number[];
	hits: Float64Array;
	misses: Float64Array;
}

/** Every set of channels seen, up to `sizeMax`, most journeys first. */
export function listCombinations(table: PathTable, options: Partial<CombinationOptions> = {}): CombinationRow[] {
	const { sizeMax, journeysMin } = { ...DEFAULT_COMBINATION_OPTIONS, ...options };
	return collectSets(table)
		.filter((set) => set.labels.length <= sizeMax)
		.map((set): CombinationRow => {
			const conversions = sum(set.hits);
			const journeys = conversions + sum(set.misses);
			return {
				channels: set.labels.map((label) => table.labels[label] as string),
				journeys,
				conversions,
				rate: journeys > 0 ? conversions / journeys : 0,
				interval: wilsonInterval(conversions, journeys),
				enough: journeys >= journeysMin,
			};
		})
		.filter((row) => row.journeys > 0)
		.sort((a, b) => b.journeys - a.journeys || (a.channels.join("\n") < b.channels.join("\n") ? -1 : 1));
}

/**
 * Every pair that was seen against each of its channels. Only strata that hold both sides are counted: single
 * touches never are, since no pair has one touch.
 *
 * @returns findings first, by q; then by pair
 */
export function comparePairs(table: PathTable, options: Partial<CombinationOptions> = {}): PairRow[] {
	const all = { ...DEFAULT_COMBINATION_OPTIONS, ...options };
	const sets = collectSets(table);
	const rows: PairRow[] = [];
	for (const [a, b] of orderedPairs(table, sets)) {
		const strata = stratify(sets, a, b, all.match);
		const shared = strata.filter(([[h1, m1], [h2, m2]]) => h1 + m1 > 0 && h2 + m2 > 0);
		const column = (group: 0 | 1, outcome: 0 | 1) =>
			shared.reduce((total, table2) => total + table2[group][outcome], 0);
		const [pairHits, singleHits] = [column(0, 0), column(1, 0)];
		const [pairJourneys, singleJourneys] = [pairHits + column(0, 1), singleHits + column(1, 1)];
		if (strata.every(([[hits, misses]]) => hits + misses === 0)) continue;
		const test = mantelHaenszel(shared);
		const enough = Math.min(pairJourneys, singleJourneys) >= all.journeysMin && test.informative > 0;
		const known = enough && Number.isFinite(test.oddsRatio);
		rows.push({
			pair: [a, b].sort((x, y) => x - y).map((label) => table.labels[label] as string) as [string, string],
			single: table.labels[a] as string,
			pairJourneys,
			pairRate: pairJourneys > 0 ? pairHits / pairJourneys : 0,
			singleJourneys,
			singleRate: singleJourneys > 0 ? singleHits / singleJourneys : 0,
			oddsRatio: known ? test.oddsRatio : null,
			interval: known && Number.isFinite(test.interval.high) ? test.interval : null,
			p: enough ? test.p : null,
			q: null,
			verdict: "not enough data",
		});
	}
	const tested = rows.filter((row) => row.p !== null);
	adjustByBenjaminiHochberg(tested.map((row) => row.p as number)).forEach((q, i) => {
		const row = tested[i] as PairRow;
		row.q = q;
		// An odds ratio that is not finite has all conversions on one side: the pair's.
		const better = row.oddsRatio === null || row.oddsRatio > 1;
		row.verdict = q > FALSE_DISCOVERY_RATE ? "no difference shown" : better ? "better" : "worse";
	});
	const nameOf = (row: PairRow) => `${row.pair.join("\n")}\n${row.single}`;
	return rows.sort((x, y) => (x.q ?? 2) - (y.q ?? 2) || (nameOf(x) < nameOf(y) ? -1 : 1));
}

function collectSets(table: PathTable): LabelSet[] {
	const sets = new Map<string, LabelSet>();
	for (let p = 0; p < table.conversions.length; p++) {
		const steps = table.steps.subarray(table.offsets[p], table.offsets[p + 1]);
		const labels = [...new Set(steps)].sort((a, b) => a - b);
		const key = String.fromCharCode(...labels);
		const strata = STRATA_FROM_TOUCHES.length;
		const set = sets.get(key) ?? { labels, hits: new Float64Array(strata), misses: new Float64Array(strata) };
		sets.set(key, set);
		const stratum = STRATA_FROM_TOUCHES.findLastIndex((touches) => steps.length >= touches);
		set.hits[stratum] = (set.hits[stratum] as number) + (table.conversions[p] as number);
		set.misses[stratum] = (set.misses[stratum] as number) + (table.nulls[p] as number);
	}
	return [...sets.values()];
}

/** Both orders of each pair of the channels that most journeys met. */
function orderedPairs(table: PathTable, sets: readonly LabelSet[]): [number, number][] {
	const journeys = new Float64Array(table.labels.length);
	for (const set of sets)
		for (const label of set.labels) journeys[label] = (journeys[label] as number) + sum(set.hits) + sum(set.misses);
	const common = table.labels
		.map((_, label) => label)
		.sort((a, b) => (journeys[b] as number) - (journeys[a] as number) || a - b)
		.slice(0, PAIRED_CHANNELS_MAX);
	return common.flatMap((a) => common.filter((b) => b !== a).map((b): [number, number] => [a, b]));
}

/** One table a stratum: the pair's outcomes over those of `a` without `b`. */
function stratify(sets: readonly LabelSet[], a: number, b: number, match: CombinationOptions["match"]): TwoByTwo[] {
	const strata = STRATA_FROM_TOUCHES.map((): [[number, number], [number, number]] => [
		[0, 0],
		[0, 0],
	]);
	for (const { labels, hits, misses } of sets) {
		if (!labels.includes(a)) continue;
		const group = labels.includes(b) ? 0 : 1;
		if (match === "exact" && labels.length !== 2 - group) continue;
		strata.forEach((stratum, i) => {
			stratum[group][0] += hits[i] as number;
			stratum[group][1] += misses[i] as number;
		});
	}
	return strata;
}

function sum(numbers: Float64Array): number {
	return numbers.reduce((total, number) => total + number, 0);
}
