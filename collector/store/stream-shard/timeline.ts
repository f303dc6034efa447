/** A stream's whole timeline, joined from what its windows keep. */
import {
	type Claim,
	cutTimeline,
	type LightEvent,
	type NodeKey,
	type Segment,
	segmentAt,
	type Timeline,
	type Visit,
} from "../../identity/index.ts";
import type { Position } from "../../model.ts";
import { type Head, isBefore, VISIT_GAP_MS } from "./head.ts";

/**
 * Visits of one window's events that count; segments are set by {@link timelineOf}.
 *
 * @param device null for a stream without one
 */
export function visitsOf(
	stream: string,
	device: NodeKey | null,
	lights: LightEvent[],
	resets: readonly Position[],
): Visit[] {
	return cutTimeline({ key: stream, devices: devicesOf(device), lights, resets: [...resets] }).visits;
}

function devicesOf(device: NodeKey | null): NodeKey[] {
	return device === null ? [] : [device];
}

/**
 * Joins the windows' visits into one timeline: a visit that runs over the edge of joined windows
 * becomes one again, and claims of equal identifiers at that edge become one.
 */
export function timelineOf(head: Head, device: NodeKey | null): Timeline {
	const { resets } = head;
	const visits: Visit[] = [];
	let segment = 0;
	const turn = head.archive?.turn ?? null;
	if (turn !== null) visits.push({ ...turn, segment: resets.filter((at) => isBefore(at, turn.first)).length });
	for (const window of head.windows) {
		for (const [index, part] of window.visits.entries()) {
			while (segment < resets.length && isBefore(resets[segment] as Position, part.first)) segment++;
			const previous = visits.at(-1);
			const goesOn =
				index === 0 && window.joined && previous?.segment === segment && part.first.t - previous.last.t <= VISIT_GAP_MS;
			if (goesOn) visits[visits.length - 1] = joinVisits(previous, part, device === null);
			else visits.push({ ...part, segment });
		}
	}
	const segments: Segment[] = [{ opensAt: null }, ...resets.map((opensAt) => ({ opensAt }))];
	return { key: head.stream, devices: devicesOf(device), segments, visits };
}

/** What one claim became two by the edge between the windows is one again, of each trust where `cutTimeline` parts them. */
function joinVisits(a: Visit, b: Visit, isByTrust: boolean): Visit {
	const claims = [...a.claims];
	let rest = b.claims;
	for (const isServers of isByTrust ? [true, false] : [null]) {
		const isOfSide = ({ serverFirst }: Claim) => isServers === null || (serverFirst !== null) === isServers;
		const index = claims.findLastIndex(isOfSide);
		const last = claims[index];
		const next = rest.find(isOfSide);
		if (last === undefined || next === undefined || last.nodes.join() !== next.nodes.join()) continue;
		if (isByTrust && next.first.t - last.last.t > VISIT_GAP_MS) continue;
		claims[index] = { ...last, last: next.last, serverFirst: last.serverFirst ?? next.serverFirst };
		rest = rest.filter((claim) => claim !== next);
	}
	return { first: a.first, last: b.last, segment: a.segment, claims: [...claims, ...rest] };
}

/** Indices of the visits that hold any instant between `first` and `last`; visits ascend. */
export function visitsBetween(timeline: Timeline, first: Position, last: Position): number[] {
	const found: number[] = [];
	let low = 0;
	let high = timeline.visits.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		const visit = timeline.visits[middle];
		if (visit !== undefined && isBefore(visit.last, first)) low = middle + 1;
		else high = middle;
	}
	for (let index = low; index < timeline.visits.length; index++) {
		const visit = timeline.visits[index];
		if (visit === undefined || isBefore(last, visit.first)) break;
		found.push(index);
	}
	return found;
}

/** The resets that cut between `first` and `last`, and the one before them. */
export function cutsBetween({ segments }: Timeline, first: Position, last: Position): Segment[] {
	return segments.slice(segmentAt(segments, first), segmentAt(segments, last) + 1);
}
