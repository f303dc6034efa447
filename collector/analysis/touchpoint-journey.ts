/** From a profile's chain to the journey that analyses read. */
import type { Touchpoint } from "../model.ts";
import { type Dimension, labelTouchpoint } from "./dimensions.ts";
import type { Conversion, Milestone, PathJourney, Step } from "./path.ts";
import type { Zone } from "./zone.ts";

export interface JourneyOptions {
	dimension: Dimension;
	zone: Zone;
	/** Goals that count as conversions; null: all. */
	goals: readonly string[] | null;
	/** Touchpoint types that mark a milestone, for example `{ lead_submitted: "lead" }`. */
	milestones: Readonly<Record<string, Milestone>>;
}

/**
 * A touchpoint that meets a counted goal is a conversion and no step; one that meets another goal is a step like
 * any other, so that a lead can earn credit for the order that follows.
 *
 * @param touchpoints one profile's, ascending by `timestamp`
 */
export function readJourney(touchpoints: readonly Touchpoint[], options: JourneyOptions): PathJourney {
	const steps: Step[] = [];
	const conversions: Conversion[] = [];
	for (const touchpoint of touchpoints) {
		const { conversion, value, timestamp, effective, type } = touchpoint;
		if (conversion !== undefined && (options.goals === null || options.goals.includes(conversion))) {
			conversions.push({ t: timestamp, value: value?.amount ?? 0, ...(value ? { currency: value.currency } : {}) });
			continue;
		}
		const label = labelTouchpoint(options.dimension, touchpoint, options.zone);
		const milestone = Object.hasOwn(options.milestones, type) ? options.milestones[type] : undefined;
		steps.push({ label, t: timestamp, effective, ...(milestone ? { milestone } : {}) });
	}
	return { steps, conversions };
}

/**
 * The touchpoints that visits began with, one a session: what `source × landing page` counts.
 *
 * @param touchpoints one profile's, ascending by `timestamp`
 * @returns the first touchpoint with a page of each session, in order; touches without a session never land
 */
export function listLandings(touchpoints: readonly Touchpoint[]): Touchpoint[] {
	const seen = new Set<string>();
	return touchpoints.filter(({ sessionId, page }) => {
		if (sessionId === undefined || page === undefined || seen.has(sessionId)) return false;
		seen.add(sessionId);
		return true;
	});
}
