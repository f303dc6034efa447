/** Engaged time by page (or by any label): views, total, mean and an estimate of the median. */

/** Pages in one analysis; beyond it {@link addView} throws. */
export const PAGES_MAX = 100_000;
/** Buckets a factor of 2: the median is right within 2^(1/16) − 1, about 4.5 %. */
const BUCKETS_PER_DOUBLING = 8;

interface PageSums {
	views: number;
	/** Views with engaged time above 0. */
	engagedViews: number;
	engagedMs: number;
	scrollDepth: number;
	/** Logarithmic bucket of engaged ms → engaged views. */
	histogram: Map<number, number>;
}

/** Plain data; merged by adding. */
export type EngagedTime = Map<string, PageSums>;

export function createEngagedTime(): EngagedTime {
	return new Map();
}

/**
 * Adds one page view, in place.
 *
 * @param page pathname or any other label
 * @param engagedMs at least 0
 * @param scrollDepth deepest, 0 to 1
 * @throws RangeError above {@link PAGES_MAX} pages
 */
export function addView(pages: EngagedTime, page: string, engagedMs: number, scrollDepth = 0): void {
	const sums = sumsOf(pages, page);
	sums.views++;
	sums.scrollDepth += scrollDepth;
	if (engagedMs <= 0) return;
	sums.engagedViews++;
	sums.engagedMs += engagedMs;
	const bucket = Math.floor(Math.log2(engagedMs) * BUCKETS_PER_DOUBLING);
	sums.histogram.set(bucket, (sums.histogram.get(bucket) ?? 0) + 1);
}

/** Folds `from` into `into` and returns it. */
export function mergeEngagedTime(into: EngagedTime, from: EngagedTime): EngagedTime {
	for (const [page, sums] of from) {
		const known = sumsOf(into, page);
		known.views += sums.views;
		known.engagedViews += sums.engagedViews;
		known.engagedMs += sums.engagedMs;
		known.scrollDepth += sums.scrollDepth;
		for (const [bucket, count] of sums.histogram)
			known.histogram.set(bucket, (known.histogram.get(bucket) ?? 0) + count);
	}
	return into;
}

function sumsOf(pages: EngagedTime, page: string): PageSums {
	let sums = pages.get(page);
	if (!sums) {
		if (pages.size >= PAGES_MAX) throw new RangeError(`more than ${PAGES_MAX} pages: choose a coarser label`);
		sums = { views: 0, engagedViews: 0, engagedMs: 0, scrollDepth: 0, histogram: new Map() };
		pages.set(page, sums);
	}
	return sums;
}

export interface EngagedTimeRow {
	page: string;
	views: number;
	/** Views with any engaged time. */
	engagedViews: number;
	engagedMs: number;
	/** Of all views, ms. */
	meanEngagedMs: number;
	/** Of the engaged views, ms, within 4.5 %; null without any. */
	medianEngagedMs: number | null;
	/** Of all views, 0 to 1. */
	meanScrollDepth: number;
}

/** Most engaged time first, equal ones by name; at most `limit` rows. */
export function finishEngagedTime(pages: EngagedTime, limit = 100): EngagedTimeRow[] {
	return [...pages]
		.map(([page, { views, engagedViews, engagedMs, scrollDepth, histogram }]) => ({
			page,
			views,
			engagedViews,
			engagedMs,
			meanEngagedMs: engagedMs / views,
			medianEngagedMs: medianOf(histogram, engagedViews),
			meanScrollDepth: scrollDepth / views,
		}))
		.sort((a, b) => b.engagedMs - a.engagedMs || (a.page < b.page ? -1 : 1))
		.slice(0, limit);
}

function medianOf(histogram: Map<number, number>, total: number): number | null {
	let seen = 0;
	for (const [bucket, count] of [...histogram].sort(([a], [b]) => a - b)) {
		seen += count;
		if (seen >= total / 2) return 2 ** ((bucket + 0.5) / BUCKETS_PER_DOUBLING);
	}
	return null;
}
