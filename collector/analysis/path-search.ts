/** Whether a journey walks a path: the people behind a band of the Sankey diagram, or behind a row of the table of paths. */
import type { Touchpoint } from "../model.ts";
import { clipJourney } from "./clip-journey.ts";
import { NO_TOUCH, scopeJourney } from "./path.ts";
import { readJourney } from "./touchpoint-journey.ts";
import { transformPath } from "./transform.ts";
import type { Zone } from "./zone.ts";

export interface PathSearch {
	/** Labels by `trafficOrChannel`, at least one. */
	steps: readonly string[];
	/** Absent: paths that begin so. `converted`, `open`: paths that are these steps, and reached a goal or did not. */
	end?: "converted" | "open";
}

/**
 * Paths are cut as the analysis `paths` cuts them: credited touches, repeats as one, one path for each conversion
 * and one for what follows the last.
 *
 * @param touchpoints one profile's, ascending by `timestamp`
 * @param from ms since the epoch, may be infinite, as `to`
 */
export function walksPath(
	touchpoints: readonly Touchpoint[],
	{ steps, end }: PathSearch,
	{ from, to, zone }: { from: number; to: number; zone: Zone },
): boolean {
	const whole = readJourney(touchpoints, { dimension: "trafficOrChannel", zone, goals: null, milestones: {} });
	const journey = clipJourney(whole, from, to, "since-previous");
	if (journey === null) return false;
	return scopeJourney(journey).some(({ steps: all, conversion }) => {
		const path = transformPath(all, "exposure", ({ label }) => label).map(({ label }) => label);
		if (path.length === 0) path.push(NO_TOUCH);
		if (end !== undefined && (path.length !== steps.length || (conversion === null) !== (end === "open"))) return false;
		return steps.every((step, index) => path[index] === step);
	});
}
