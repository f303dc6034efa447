/**
 * Where visits begin and end: entries and exits of each page (or of any label), bounces, conversions in the
 * same visit, and the sources that brought the entries.
 */
import type { Touchpoint } from "../model.ts";
import { OTHERS } from "./path.ts";
import { listLandings } from "./touchpoint-journey.ts";

/** Pairs of page and source in one analysis; beyond it {@link addToLandings} throws. */
export const PAIRS_MAX = 200_000;

interface LandingSums {
	entries: number;
	exits: number;
	bounces: number;
	converted: number;
	/** Source → entries. */
	sources: Map<string, number>;
}

/** Plain data; merged by adding. */
export interface Landings {
	pages: Map<string, LandingSums>;
	pairs: number;
}

export function createLandings(): Landings {
	return { pages: new Map(), pairs: 0 };
}

export interface LandingLabels {
	page(touchpoint: Touchpoint): string;
	source(touchpoint: Touchpoint): string;
}

/**
 * Adds one profile's visits, in place: those whose landing is wanted, each whole. A visit that shows no page counts nowhere.
 *
 * @param touchpoints ascending by `timestamp`, not cut to a period: a visit may run beyond its end
 * @throws RangeError above {@link PAIRS_MAX} pairs
 */
export function addToLandings(
	landings: Landings,
	touchpoints: readonly Touchpoint[],
	labels: LandingLabels,
	isWanted: (landing: Touchpoint) => boolean,
): void {
	const wanted = listLandings(touchpoints).filter(isWanted);
	if (wanted.length === 0) return;
	const exits = new Map<string, Touchpoint>();
	const converted = new Set<string>();
	for (const one of touchpoints) {
		if (one.sessionId === undefined) continue;
		if (one.page !== undefined) exits.set(one.sessionId, one);
		if (one.conversion !== undefined) converted.add(one.sessionId);
	}
	for (const landing of wanted) {
		const { sessionId = "" } = landing;
		const sums = sumsOf(landings, labels.page(landing));
		sums.entries++;
		// The view that a visit begins with earns credit unless the visit is a bounce.
		if (!landing.effective) sums.bounces++;
		if (converted.has(sessionId)) sums.converted++;
		addSource(landings, sums, labels.source(landing), 1);
		sumsOf(landings, labels.page(exits.get(sessionId) ?? landing)).exits++;
	}
}

/** Folds `from` into `into` and returns it. Associative and commutative. */
export function mergeLandings(into: Landings, from: Landings): Landings {
	for (const [page, { entries, exits, bounces, converted, sources }] of from.pages) {
		const sums = sumsOf(into, page);
		sums.entries += entries;
		sums.exits += exits;
		sums.bounces += bounces;
		sums.converted += converted;
		for (const [source, count] of sources) addSource(into, sums, source, count);
	}
	return into;
}

function sumsOf({ pages }: Landings, page: string): LandingSums {
	let sums = pages.get(page);
	if (sums === undefined) {
		sums = { entries: 0, exits: 0, bounces: 0, converted: 0, sources: new Map() };
		pages.set(page, sums);
	}
	return sums;
}

function addSource(landings: Landings, { sources }: LandingSums, source: string, count: number): void {
	const before = sources.get(source);
	if (before === undefined) {
		if (landings.pairs >= PAIRS_MAX) throw new RangeError(`more than ${PAIRS_MAX} pairs: choose coarser labels`);
		landings.pairs++;
	}
	sources.set(source, (before ?? 0) + count);
}

export interface LandingRow {
	page: string;
	/** Visits that began here. */
	entries: number;
	/** Visits that ended here. */
	exits: number;
	/** Visits that began here and were nothing but a short look. */
	bounces: number;
	/** Visits that began here and reached a goal. */
	converted: number;
	/** Sources of the entries, the commonest first; the others together as {@link OTHERS}. */
	sources: { source: string; entries: number }[];
}

/** Sources named for one page. */
const SOURCES_MAX = 20;

/** Most entries first, then exits, then name; at most `limit` rows. */
export function finishLandings({ pages }: Landings, limit = 100): LandingRow[] {
	return [...pages]
		.map(([page, { sources, ...sums }]) => ({ page, ...sums, sources: finishSources(sources) }))
		.sort((a, b) => b.entries - a.entries || b.exits - a.exits || (a.page < b.page ? -1 : 1))
		.slice(0, limit);
}

function finishSources(sources: Map<string, number>): LandingRow["sources"] {
	const all = [...sources]
		.map(([source, entries]) => ({ source, entries }))
		.sort((a, b) => b.entries - a.entries || (a.source < b.source ? -1 : 1));
	const rest = all.slice(SOURCES_MAX).reduce((sum, { entries }) => sum + entries, 0);
	return rest === 0 ? all : [...all.slice(0, SOURCES_MAX), { source: OTHERS, entries: rest }];
}
