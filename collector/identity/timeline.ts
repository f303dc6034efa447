/**
 * "Visit, claim" (`identity.md`): one device's events, cut by silence and by `reset`, by nothing else.
 */
import type { Position } from "../model.ts";
import { VISIT_GAP_MS_MAX } from "./limits.ts";
import { comparePositions, lastAtOrBefore } from "./position.ts";
import type { Claim, LightEvent, NodeKey, Segment, Timeline, Visit } from "./types.ts";

export interface TimelineParts {
	key: string;
	/** Empty for a stream without a device. */
	devices: NodeKey[];
	/** Ascending by position; statements and excluded events are left out by the caller. */
	lights: readonly LightEvent[];
	/** Ascending; of any of the devices. */
	resets: readonly Position[];
}

/**
 * Cuts events into visits (a gap over 30 min or a `reset` between them), and each visit into claims.
 * Segments are the stretches between resets, one more than there are resets, also where no event
 * lies in one: so a segment's name, and where an alias falls (rule 12), follow from the resets alone,
 * and a timeline can be put together from visits that were cut at different times.
 */
export function cutTimeline({ key, devices, lights, resets }: TimelineParts): Timeline {
	const segments: Segment[] = [{ opensAt: null }, ...resets.map((opensAt) => ({ opensAt }))];
	const visits: Visit[] = [];
	let segment = 0;
	for (const light of lights) {
		while (segment < resets.length && comparePositions(resets[segment] as Position, light.at) < 0) segment++;
		const visit = visits.at(-1);
		if (visit?.segment === segment && light.at.t - visit.last.t <= VISIT_GAP_MS_MAX) {
			visit.last = light.at;
			addToClaims(visit.claims, light);
		} else {
			const opened: Visit = { first: light.at, last: light.at, segment, claims: [] };
			addToClaims(opened.claims, light);
			visits.push(opened);
		}
	}
	return { key, devices, segments, visits };
}

/** Consecutive events with the same identifiers are one claim; events without any do not interrupt. */
function addToClaims(claims: Claim[], { at, nodes, trust }: LightEvent): void {
	if (nodes.length === 0) return;
	const claim = claims.at(-1);
	if (claim && claim.nodes.length === nodes.length && claim.nodes.every((node, index) => node === nodes[index])) {
		claim.last = at;
		if (trust === "server") claim.serverFirst ??= at;
	} else {
		claims.push({ nodes, first: at, last: at, serverFirst: trust === "server" ? at : null });
	}
}

/** Text that names a claim among all claims: its first position and its nodes, neither of which any order of arrival changes. */
export function claimKey({ first, nodes }: Claim): string {
	// Neither streams nor nodes hold a line break; the messageId, which may, comes last.
	return `${first.t}\n${first.s}\n${nodes.join("\n")}\n\n${first.m}`;
}

const BEFORE_ALL: Position = { t: Number.NEGATIVE_INFINITY, m: "", s: "" };

/** Index of the segment that a position falls into. */
export function segmentAt(segments: readonly Segment[], at: Position): number {
	return lastAtOrBefore(segments, at, (segment) => segment.opensAt ?? BEFORE_ALL);
}
