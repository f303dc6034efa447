/**
 * Cohort retention: people by the period of their first contact, and how many of them came back in each later
 * period. New and returning people by period follow from the same counts.
 */
import { labelPeriod, type Period, periodOf, type Zone } from "./zone.ts";

/** Later periods kept; a return after more is left out of the matrix and of the returning. */
export const PERIODS_MAX = 120;

/** Plain data; merged by adding. */
export interface Cohorts {
	period: Period;
	/** Period of the first contact → people active so many periods later; place 0 is the cohort's size. */
	active: Map<number, number[]>;
}

export function createCohorts(period: Period): Cohorts {
	return { period, active: new Map() };
}

/**
 * Adds one person, in place; nobody may be added twice.
 *
 * @param times of all their contacts, ms since the epoch, any order; none: nothing is added
 */
export function addToCohorts(cohorts: Cohorts, zone: Zone, times: Iterable<number>): void {
	const periods = new Set<number>();
	for (const t of times) periods.add(periodOf(zone, cohorts.period, t));
	if (periods.size === 0) return;
	let first = Number.POSITIVE_INFINITY;
	for (const period of periods) first = Math.min(first, period);
	const counts = cohorts.active.get(first) ?? [];
	cohorts.active.set(first, counts);
	for (const period of periods) {
		if (period - first > PERIODS_MAX) continue;
		while (counts.length <= period - first) counts.push(0);
		counts[period - first] = (counts[period - first] as number) + 1;
	}
}

/** Folds `from` into `into` and returns it; both have the same period. */
export function mergeCohorts(into: Cohorts, from: Cohorts): Cohorts {
	for (const [first, counts] of from.active) {
		const known = into.active.get(first) ?? [];
		into.active.set(first, known);
		counts.forEach((count, i) => {
			known[i] = (known[i] ?? 0) + count;
		});
	}
	return into;
}

export interface CohortRow {
	/** `2026-11-22`, `2026-W47` or `2026-11`. */
	cohort: string;
	people: number;
	/** People active, by periods since: 0 is everybody, the last is the latest in which somebody came back. */
	active: number[];
	/** `active` / `people`, in [0, 1]. */
	retention: number[];
}

/** One row a cohort, oldest first. */
export function finishCohorts({ period, active }: Cohorts): CohortRow[] {
	return [...active]
		.sort(([a], [b]) => a - b)
		.map(([first, counts]) => {
			const people = counts[0] as number;
			return {
				cohort: labelPeriod(period, first),
				people,
				active: counts.slice(),
				retention: counts.map((count) => count / people),
			};
		});
}

export interface NewAndReturningRow {
	period: string;
	/** Had their first contact in the period. */
	new: number;
	/** Had it before. */
	returning: number;
}

/** One row a period from the first to the last that saw anyone, empty ones included. */
export function listNewAndReturning({ period, active }: Cohorts): NewAndReturningRow[] {
	const counts = new Map<number, { new: number; returning: number }>();
	let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
	for (const [cohort, later] of active)
		later.forEach((people, i) => {
			const row = counts.get(cohort + i) ?? { new: 0, returning: 0 };
			counts.set(cohort + i, row);
			row[i === 0 ? "new" : "returning"] += people;
			first = Math.min(first, cohort);
			last = Math.max(last, cohort + i);
		});
	const rows: NewAndReturningRow[] = [];
	for (let number = first; number <= last; number++)
		rows.push({ period: labelPeriod(period, number), ...(counts.get(number) ?? { new: 0, returning: 0 }) });
	return rows;
}
