/**
 * How often each distinct path was walked and what came of it: the one accumulator behind attribution,
 * top paths, transitions and channel combinations. Shards count their own journeys and the counts are
 * merged in any order: plain data, safe for structured clone.
 */
import {
	type Conversion,
	DEFAULT_SCOPE,
	NO_LABEL,
	NO_TOUCH,
	OTHERS,
	type PathJourney,
	type ScopeOptions,
	type Step,
	scopeJourney,
} from "./path.ts";
import { DIRECT_LABELS, type Transform, transformPath } from "./transform.ts";
import { decayWeights, wShapedWeights } from "./weights.ts";

/** Distinct labels in one analysis. Beyond it {@link addJourney} throws: choose a coarser dimension. */
export const LABELS_MAX = 50_000;
/** Steps kept of one path, the latest; what was cut is counted in `truncated`. */
export const PATH_STEPS_MAX = 1_000;

export interface PathOptions extends ScopeOptions {
	transform: Transform;
	directLabels: readonly string[];
	/** Age at which a step weighs half, ms, above 0. */
	halfLifeMs: number;
	/** Only values in this currency are summed; null: all conversions are in one currency. ISO 4217. */
	currency: string | null;
	/** Whether steps carry milestones for the W-shaped model; costs memory. */
	milestones: boolean;
}

export const DEFAULT_PATH_OPTIONS: PathOptions = {
	...DEFAULT_SCOPE,
	transform: "all",
	directLabels: DIRECT_LABELS,
	halfLifeMs: 7 * 24 * 3_600_000,
	currency: null,
	milestones: false,
};

/** What came of one distinct path. */
export interface PathRecord {
	conversions: number;
	/** Sum of the conversions' values, minor units. */
	value: number;
	/** Sum of the squared values: what a bootstrap needs of their spread. */
	valueSquares: number;
	nulls: number;
	/** Sum over conversions of first step → conversion, ms. */
	durationMs: number;
	/**
	 * Credit by position where clock or milestones decide it, else null (one step, or no clock):
	 * n sums of time decay, n of decay × value, then, with milestones, the same two for the W shape.
	 */
	positions: number[] | null;
}

export interface PathCounts {
	options: PathOptions;
	/** Label → its number in path keys. */
	labels: Map<string, number>;
	/** Key: one UTF-16 unit a step, the label's number. */
	paths: Map<string, PathRecord>;
	/** Paths cut to {@link PATH_STEPS_MAX}. */
	truncated: number;
	/** Conversions whose value is in another currency than asked for: counted, value left out. */
	otherCurrency: number;
}

export function createPathCounts(options: Partial<PathOptions> = {}): PathCounts {
	const all = { ...DEFAULT_PATH_OPTIONS, ...options };
	if (!(all.halfLifeMs > 0)) throw new RangeError("halfLifeMs must be above 0");
	return { options: all, labels: new Map(), paths: new Map(), truncated: 0, otherCurrency: 0 };
}

/**
 * Adds one person's journey to `counts`, in place.
 *
 * @throws RangeError above {@link LABELS_MAX} distinct labels
 */
export function addJourney(counts: PathCounts, journey: PathJourney): void {
	for (const path of scopeJourney(journey, counts.options)) addScopedPath(counts, path.steps, path.conversion);
}

function addScopedPath(counts: PathCounts, all: readonly Step[], conversion: Conversion | null): void {
	const { options } = counts;
	let steps = transformPath(all, options.transform, (step) => step.label, options.directLabels);
	if (steps.length > PATH_STEPS_MAX) {
		steps = steps.slice(-PATH_STEPS_MAX);
		counts.truncated++;
	}
	const n = steps.length;
	let key = "";
	for (const step of steps) key += String.fromCharCode(numberOf(counts, step.label || NO_LABEL));
	const record = recordOf(counts, key || String.fromCharCode(numberOf(counts, NO_TOUCH)));
	if (!conversion) {
		record.nulls++;
		return;
	}
	const counted = options.currency === null || conversion.currency === options.currency;
	if (!counted && conversion.value !== 0) counts.otherCurrency++;
	const value = counted ? conversion.value : 0;
	record.conversions++;
	record.value += value;
	record.valueSquares += value * value;
	record.durationMs += n > 0 ? conversion.t - (steps[0] as Step).t : 0;
	if (n < 2) return;
	record.positions ??= new Array<number>(n * (options.milestones ? 4 : 2)).fill(0);
	const agesMs = steps.map((step) => conversion.t - step.t);
	addPositions(record.positions, 0, decayWeights(agesMs, options.halfLifeMs), value);
	if (!options.milestones) return;
	const lead = steps.findIndex((step) => step.milestone === "lead");
	const opportunity = steps.findLastIndex((step) => step.milestone === "opportunity");
	addPositions(record.positions, 2 * n, wShapedWeights(n, lead, opportunity), value);
}

function addPositions(sums: number[], from: number, weights: Float64Array, value: number): void {
	const n = weights.length;
	for (let i = 0; i < n; i++) {
		sums[from + i] = (sums[from + i] as number) + (weights[i] as number);
		sums[from + n + i] = (sums[from + n + i] as number) + (weights[i] as number) * value;
	}
}

/** A path whose outcomes were counted elsewhere; it has no clock. */
export interface CountedPath {
	labels: readonly string[];
	/** At least 0; need not be whole. */
	conversions: number;
	/** Sum over the conversions, minor units or any one unit; 0 where `conversions` is 0. */
	value: number;
	nulls: number;
}

/**
 * Adds one row of counted paths, transform included; look-back does not apply.
 *
 * @throws RangeError on a path without steps, a count below 0 or not finite, value without conversions
 */
export function addCountedPath(counts: PathCounts, path: CountedPath): void {
	const { conversions, value, nulls } = path;
	if (path.labels.length === 0) throw new RangeError("a path needs at least one step");
	if (!(conversions >= 0 && nulls >= 0 && Number.isFinite(conversions + nulls + value)))
		throw new RangeError("counts must be finite and at least 0");
	if (conversions === 0 && value !== 0) throw new RangeError("value without conversions");
	let labels = transformPath(path.labels, counts.options.transform, (label) => label, counts.options.directLabels);
	if (labels.length > PATH_STEPS_MAX) {
		labels = labels.slice(-PATH_STEPS_MAX);
		counts.truncated += conversions + nulls;
	}
	let key = "";
	for (const label of labels) key += String.fromCharCode(numberOf(counts, label || NO_LABEL));
	const record = recordOf(counts, key);
	record.conversions += conversions;
	record.value += value;
	record.valueSquares += conversions > 0 ? (value * value) / conversions : 0;
	record.nulls += nulls;
}

/**
 * Folds `from` into `into` and returns it. Associative, and commutative up to the order of labels and the
 * rounding of sums, neither of which shows in tables. Both must have been created with the same options.
 */
export function mergePathCounts(into: PathCounts, from: PathCounts): PathCounts {
	addRenamed(into, from, (label) => label);
	into.truncated += from.truncated;
	into.otherCurrency += from.otherCurrency;
	return into;
}

/**
 * Keeps the names of the labels that most journeys' steps carry and calls the rest {@link OTHERS}: Markov
 * solves one chain a label, so hundreds of campaigns would cost seconds and thousands minutes.
 *
 * @param labelsMax names kept, at least 1; equally frequent ones by name
 * @returns `counts` itself where nothing has to be folded
 */
export function foldRareLabels(counts: PathCounts, labelsMax: number): PathCounts {
	if (counts.labels.size <= labelsMax) return counts;
	const names = [...counts.labels.keys()];
	const steps = new Float64Array(names.length);
	for (const [key, { conversions, nulls }] of counts.paths)
		for (let i = 0; i < key.length; i++) {
			const label = key.charCodeAt(i);
			steps[label] = (steps[label] as number) + conversions + nulls;
		}
	const ranked = names.map((name, label) => ({ name, steps: steps[label] as number }));
	ranked.sort((a, b) => b.steps - a.steps || (a.name < b.name ? -1 : 1));
	const kept = new Set(ranked.slice(0, labelsMax).map(({ name }) => name));
	const folded = createPathCounts(counts.options);
	addRenamed(folded, counts, (label) => (kept.has(label) ? label : OTHERS));
	folded.truncated = counts.truncated;
	folded.otherCurrency = counts.otherCurrency;
	return folded;
}

function addRenamed(into: PathCounts, from: PathCounts, nameOf: (label: string) => string): void {
	const numbers = [...from.labels.keys()].map((label) => numberOf(into, nameOf(label)));
	for (const [key, record] of from.paths) {
		let renamed = "";
		for (let i = 0; i < key.length; i++) renamed += String.fromCharCode(numbers[key.charCodeAt(i)] as number);
		const known = recordOf(into, renamed);
		known.conversions += record.conversions;
		known.value += record.value;
		known.valueSquares += record.valueSquares;
		known.nulls += record.nulls;
		known.durationMs += record.durationMs;
		if (!record.positions) continue;
		const sums = known.positions;
		known.positions = sums ? sums.map((sum, i) => sum + (record.positions?.[i] ?? 0)) : record.positions.slice();
	}
}

function numberOf(counts: PathCounts, label: string): number {
	const known = counts.labels.get(label);
	if (known !== undefined) return known;
	const next = counts.labels.size;
	if (next >= LABELS_MAX) throw new RangeError(`more than ${LABELS_MAX} distinct labels: choose a coarser dimension`);
	counts.labels.set(label, next);
	return next;
}

function recordOf(counts: PathCounts, key: string): PathRecord {
	let record = counts.paths.get(key);
	if (!record) {
		record = { conversions: 0, value: 0, valueSquares: 0, nulls: 0, durationMs: 0, positions: null };
		counts.paths.set(key, record);
	}
	return record;
}
