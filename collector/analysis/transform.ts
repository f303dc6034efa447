/**
 * Path transforms: which steps of a path count. The names and meanings are those of Snowplow's
 * attribution package (its unit tests' semantics, our own code), so that numbers can be compared.
 */

export const TRANSFORMS = [
	"all",
	"unique",
	"exposure",
	"first",
	"remove-direct-if-not-all",
	"remove-direct-if-last-and-not-all",
] as const;

/**
 * - `all`, `unique`: every step (Snowplow calls it unique: each event is one of its own)
 * - `exposure`: the first of each run of equal labels
 * - `first`: the first step of each label
 * - `remove-direct-if-not-all`: no direct steps, unless there are only such
 * - `remove-direct-if-last-and-not-all`: no direct steps at the end, unless there are only such
 */
export type Transform = (typeof TRANSFORMS)[number];

/** Labels read as direct traffic, compared without case and brackets. */
export const DIRECT_LABELS: readonly string[] = ["direct"];

/** Whether `label` is direct traffic: `Direct`, `direct`, `(direct)`, or one that the caller names. */
export function isDirect(label: string, directLabels: readonly string[] = DIRECT_LABELS): boolean {
	const bare = label.replace(/^\((.*)\)$/, "$1").toLowerCase();
	return directLabels.some((direct) => direct === label || direct.toLowerCase() === bare);
}

/**
 * Applies one transform.
 *
 * @param steps anything in path order, at any length
 * @param labelOf gives a step's label
 * @param directLabels what counts as direct; see {@link isDirect}
 * @returns the steps kept, in order; never empty for a path that is not
 */
export function transformPath<T>(
	steps: readonly T[],
	transform: Transform,
	labelOf: (step: T) => string,
	directLabels: readonly string[] = DIRECT_LABELS,
): readonly T[] {
	switch (transform) {
		case "all":
		case "unique":
			return steps;
		case "exposure":
			return steps.filter((step, i) => i === 0 || labelOf(step) !== labelOf(steps[i - 1] as T));
		case "first": {
			const seen = new Set<string>();
			return steps.filter((step) => !seen.has(labelOf(step)) && seen.add(labelOf(step)));
		}
		case "remove-direct-if-not-all": {
			const kept = steps.filter((step) => !isDirect(labelOf(step), directLabels));
			return kept.length > 0 ? kept : steps;
		}
		case "remove-direct-if-last-and-not-all": {
			const last = steps.findLastIndex((step) => !isDirect(labelOf(step), directLabels));
			return last < 0 ? steps : steps.slice(0, last + 1);
		}
	}
}
