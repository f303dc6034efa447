/**
 * A journey as analyses see it: what a person did, in order, under one label each (channel, source,
 * campaign or any other dimension, chosen by the caller), and what came of it. Also the rule for which
 * steps belong to which conversion. Knows nothing of stores, profiles or channel rules.
 */

/** What an account-based funnel marks on the way; only the W-shaped model reads it. */
export type Milestone = "lead" | "opportunity";

export interface Step {
	/** The dimension's value, for example `Paid Search`; blank counts as {@link NO_LABEL}. */
	label: string;
	/** Ms since the epoch. */
	t: number;
	/** Whether it may earn credit (`design.md` §3); the others are left out of paths. */
	effective: boolean;
	milestone?: Milestone;
}

export interface Conversion {
	/** Ms since the epoch. */
	t: number;
	/** Integer minor units of `currency`; 0 where the goal has no value. */
	value: number;
	/** ISO 4217. */
	currency?: string;
}

/** One person. The conversion's own touchpoint is not a step unless the caller puts it there. */
export interface PathJourney {
	/** Ascending by `t`. */
	steps: readonly Step[];
	/** Ascending by `t`. */
	conversions: readonly Conversion[];
}

export interface ScopeOptions {
	/** Steps older than this before the conversion are left out (a step exactly as old is in); null: no limit. Ms. */
	lookBackMs: number | null;
	/**
	 * `since-previous`: a conversion owns the steps after the conversion before it, so that every step
	 * earns once; steps after the last conversion are a path that has not converted.
	 * `look-back`: a conversion owns every step in its window, also those that an earlier one used; only a
	 * journey without any conversion has not converted.
	 */
	scope: "since-previous" | "look-back";
}

/** Steps that lead to one conversion, or to none. */
export interface ScopedPath {
	steps: Step[];
	/** Null: has not converted (a null journey). */
	conversion: Conversion | null;
}

/** Credit of a conversion that no step precedes, so that credits always sum to conversions. */
export const NO_TOUCH = "(no touch)";
/** Label of a step that has none. */
export const NO_LABEL = "(not set)";

/** Label of everything that a table leaves no name of its own. */
export const OTHERS = "(others)";

export const DEFAULT_SCOPE: ScopeOptions = { lookBackMs: null, scope: "since-previous" };

/**
 * Cuts one journey into paths, one per conversion and at most one more for what has not converted.
 * Conversions at the same ms own the same steps. A step at the conversion's own ms belongs to it. A path
 * that has not converted looks back from its last step.
 *
 * @returns in time order; empty for a journey without effective steps and conversions; a conversion without
 * steps has an empty `steps`
 */
export function scopeJourney(journey: PathJourney, options: ScopeOptions = DEFAULT_SCOPE): ScopedPath[] {
	const steps = journey.steps.filter((step) => step.effective);
	const lookBackMs = options.lookBackMs ?? Number.POSITIVE_INFINITY;
	const paths: ScopedPath[] = [];
	let previousT = Number.NEGATIVE_INFINITY;
	let currentT = Number.NEGATIVE_INFINITY;
	for (const conversion of journey.conversions) {
		if (conversion.t > currentT) {
			previousT = currentT;
			currentT = conversion.t;
		}
		const afterT = options.scope === "since-previous" ? previousT : Number.NEGATIVE_INFINITY;
		const fromT = conversion.t - lookBackMs;
		paths.push({
			steps: steps.filter((step) => step.t > afterT && step.t >= fromT && step.t <= conversion.t),
			conversion,
		});
	}
	if (options.scope === "look-back" && journey.conversions.length > 0) return paths;
	const rest = steps.filter((step) => step.t > currentT);
	const last = rest.at(-1);
	if (last) paths.push({ steps: rest.filter((step) => step.t >= last.t - lookBackMs), conversion: null });
	return paths;
}
