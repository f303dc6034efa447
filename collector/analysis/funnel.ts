/**
 * Funnels: how many journeys reach each stage of a list, and how long they take. One pass a journey, whatever
 * the number of starts it holds.
 */
import type { Interval } from "./bootstrap.ts";
import { wilsonInterval } from "./statistics.ts";

/**
 * - `strict`: stage after stage with no other step between
 * - `ordered`: stage after stage, anything between
 * - `any`: the stages in any order; reached counts how many of them were met
 */
export type FunnelOrder = "strict" | "ordered" | "any";

export interface FunnelOptions {
	/** Labels, one a stage, at least one; a label may come again. */
	stages: readonly string[];
	order: FunnelOrder;
	/** Time from the first stage met to the last, inclusive, ms; null: no limit. */
	windowMs: number | null;
}

/** Plain data; merged by adding. */
export interface Funnel {
	options: FunnelOptions;
	journeys: number;
	/** By stage: journeys that got at least so far. */
	reached: number[];
	/** By stage: sum over those of first stage → this stage, ms, the way that got there first. */
	durationMs: number[];
}

/** @throws RangeError without stages, or with a window below 0 */
export function createFunnel(options: FunnelOptions): Funnel {
	if (options.stages.length === 0) throw new RangeError("a funnel needs at least one stage");
	if (options.windowMs !== null && !(options.windowMs >= 0)) throw new RangeError("windowMs must be at least 0");
	const none = () => new Array<number>(options.stages.length).fill(0);
	return { options, journeys: 0, reached: none(), durationMs: none() };
}

export interface FunnelStep {
	label: string;
	/** Ms since the epoch. */
	t: number;
}

/**
 * Adds one journey to `funnel`, in place.
 *
 * @param steps ascending by `t`
 */
export function addToFunnel(funnel: Funnel, steps: readonly FunnelStep[]): void {
	funnel.journeys++;
	const timesMs =
		funnel.options.order === "any" ? walkAnyOrder(funnel.options, steps) : walkInOrder(funnel.options, steps);
	timesMs.forEach((timeMs, stage) => {
		if (timeMs === null) return;
		funnel.reached[stage] = (funnel.reached[stage] as number) + 1;
		funnel.durationMs[stage] = (funnel.durationMs[stage] as number) + timeMs;
	});
}

/** By stage: the latest start of a walk that stands there; later starts only ever have more time left. */
function walkInOrder({ stages, order, windowMs }: FunnelOptions, steps: readonly FunnelStep[]): (number | null)[] {
	const reachedMs = stages.map((): number | null => null);
	let startOf = stages.map((): number | null => null);
	for (const { label, t } of steps) {
		const before = startOf;
		// Without anything between, a walk that does not go on with this step is over.
		startOf = order === "strict" ? stages.map(() => null) : before.slice();
		stages.forEach((stage, i) => {
			if (stage !== label) return;
			const start = i === 0 ? t : (before[i - 1] as number | null);
			if (start === null || (windowMs !== null && t - start > windowMs)) return;
			startOf[i] = Math.max(start, startOf[i] ?? start);
			reachedMs[i] ??= t - start;
		});
	}
	return reachedMs;
}

/** By number of different stages met inside one window: stages that name one label twice need it twice. */
function walkAnyOrder({ stages, windowMs }: FunnelOptions, steps: readonly FunnelStep[]): (number | null)[] {
	const reachedMs = stages.map((): number | null => null);
	const needed = new Map<string, number>();
	for (const stage of stages) needed.set(stage, (needed.get(stage) ?? 0) + 1);
	const latest = new Map<string, number[]>();
	for (const { label, t } of steps) {
		const need = needed.get(label);
		if (need === undefined) continue;
		latest.set(label, [...(latest.get(label) ?? []), t].slice(-need));
		const times = [...latest.values()].flat().filter((time) => windowMs === null || t - time <= windowMs);
		const got = times.length;
		const start = Math.min(...times);
		for (let i = 0; i < got; i++) reachedMs[i] ??= t - start;
	}
	return reachedMs;
}

/** Folds `from` into `into` and returns it; both have the same options. */
export function mergeFunnels(into: Funnel, from: Funnel): Funnel {
	into.journeys += from.journeys;
	from.reached.forEach((count, i) => {
		into.reached[i] = (into.reached[i] as number) + count;
		into.durationMs[i] = (into.durationMs[i] as number) + (from.durationMs[i] as number);
	});
	return into;
}

export interface FunnelRow {
	/** With order `any` the number of stages met, as text. */
	stage: string;
	journeys: number;
	/** Share of the stage before (of all journeys for the first), in [0, 1]. */
	stepRate: number;
	stepInterval: Interval;
	/** Share of those at the first stage, in [0, 1]. */
	totalRate: number;
	/** Left after the stage before. */
	dropped: number;
	/** Mean time since the first stage, ms; null where nobody came. */
	meanDurationMs: number | null;
}

export function finishFunnel({ options, journeys, reached, durationMs }: Funnel): FunnelRow[] {
	return reached.map((count, i) => {
		const before = i === 0 ? journeys : (reached[i - 1] as number);
		const first = reached[0] as number;
		return {
			stage: options.order === "any" ? String(i + 1) : (options.stages[i] as string),
			journeys: count,
			stepRate: before > 0 ? count / before : 0,
			stepInterval: wilsonInterval(count, before),
			totalRate: first > 0 ? count / first : 0,
			dropped: before - count,
			meanDurationMs: count > 0 ? (durationMs[i] as number) / count : null,
		};
	});
}
