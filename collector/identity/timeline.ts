/**
 * "Visit, claim" (`identity.md`): one device's events, cut by silence and by `reset`, by nothing else.
 */
import type { Position, Trust } from "../model.ts";
import { VISIT_GAP_MS_MAX } from "./limits.ts";
import { comparePositions, lastAtOrBefore } from "./position.ts";
import type { Claim, LightEvent, NodeKey, Segment, Timeline, Visit } from "./types.ts";

/** What goes on from event to event while a timeline is cut: the claim under way. */
type OpenClaims = Partial<Record<Trust, Claim>>;

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
 *
 * Streams without a device are cut alike, so that the graph hears of a burst once. That changes no answer but where an
 * identifier is contested, and there events that carry nothing else are placed one by one (`visit-plan.ts`).
 *
 * Whoever knows a userId, mail or phone can write into its stream where it has no device. There the
 * events of servers make claims of their own, as if no public event stood between them: otherwise
 * a stranger could cut a server's claims or run two of them together (`design.md` §4, Trust).
 */
export function cutTimeline({ key, devices, lights, resets }: TimelineParts): Timeline {
	const segments: Segment[] = [{ opensAt: null }, ...resets.map((opensAt) => ({ opensAt }))];
	const visits: Visit[] = [];
	const isByTrust = devices.length === 0;
	let open: OpenClaims = {};
	let segment = 0;
	for (const light of lights) {
		while (segment < resets.length && comparePositions(resets[segment] as Position, light.at) < 0) segment++;
		const visit = visits.at(-1);
		if (visit?.segment === segment && light.at.t - visit.last.t <= VISIT_GAP_MS_MAX) {
			visit.last = light.at;
			addToClaims(visit.claims, open, light, isByTrust);
		} else {
			const opened: Visit = { first: light.at, last: light.at, segment, claims: [] };
			open = {};
			addToClaims(opened.claims, open, light, isByTrust);
			visits.push(opened);
		}
	}
	return { key, devices, segments, visits };
}

/**
 * Consecutive events with the same identifiers are one claim; events without any do not interrupt.
 *
 * @param open the claim under way: one for all (kept as the server's), or one for each trust
 */
function addToClaims(claims: Claim[], open: OpenClaims, { at, nodes, trust }: LightEvent, isByTrust: boolean): void {
	if (nodes.length === 0) return;
	const side = isByTrust ? trust : "server";
	const claim = open[side];
	// Among all events a visit has no longer gap; among those of one trust alone it may.
	const isNear = claim !== undefined && (!isByTrust || at.t - claim.last.t <= VISIT_GAP_MS_MAX);
	if (claim && isNear && claim.nodes.length === nodes.length && claim.nodes.every((node, i) => node === nodes[i])) {
		claim.last = at;
		if (trust === "server") claim.serverFirst ??= at;
	} else {
		const opened = { nodes, first: at, last: at, serverFirst: trust === "server" ? at : null };
		open[side] = opened;
		claims.push(opened);
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
