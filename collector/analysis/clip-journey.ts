/** Restricts a journey to what a period's report is about, before it is cut into paths. */
import type { PathJourney, ScopeOptions } from "./path.ts";

/**
 * Conversions from `from` up to, not including, `to` count, with every earlier step that their scope gives
 * them; steps from `to` on have not happened yet. A path that has not converted counts where its last
 * effective step lies in the period.
 *
 * @param from ms since the epoch; -Infinity: from the beginning
 * @param to ms since the epoch; Infinity: to the end
 * @returns the journey to count; null when the period holds none
 */
export function clipJourney(
	journey: PathJourney,
	from: number,
	to: number,
	scope: ScopeOptions["scope"],
): PathJourney | null {
	if (from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY) return journey;
	const happened = journey.conversions.filter(({ t }) => t < to);
	const conversions = happened.filter(({ t }) => t >= from);
	const before = happened.findLast(({ t }) => t < from);
	// What an earlier conversion used up must not earn again for a later one.
	const after = scope === "since-previous" && before !== undefined ? before.t : Number.NEGATIVE_INFINITY;
	const steps = journey.steps.filter(({ t }) => t < to && t > after);
	if (conversions.length > 0) return { steps, conversions };
	if (scope === "look-back" && before !== undefined) return null;
	const last = steps.findLast(({ effective }) => effective);
	return last !== undefined && last.t >= from ? { steps, conversions } : null;
}
