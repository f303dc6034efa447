/**
 * Rules 11 to 13 and 15 on one device: who owns each event, when the owners of its claims are known.
 */
import type { Position, Trust } from "../model.ts";
import { VISIT_GAP_MS_MAX } from "./limits.ts";
import type { Hash } from "./node-key.ts";
import { comparePositions, lastAtOrBefore, lastWhere } from "./position.ts";
import { anonymousProfile } from "./profile-id.ts";
import { claimKey, segmentAt } from "./timeline.ts";
import type { Claim, DeviceAnswer, LightEvent, Owner, ProfileId, Timeline, Visit } from "./types.ts";

/**
 * Owners of all events of one visit, as plain JSON in one form only: two equal plans of a
 * visit give each of its events the same owner.
 */
export interface VisitPlan {
	/** Owner of anonymous events before the first step; null only for a stream without a device, which has none. */
	base: ProfileId | null;
	/** Ascending: from `at` on, anonymous events are this owner's. */
	steps: { at: Position; owner: ProfileId }[];
	/**
	 * Owner of each claim's events from `at` on, ascending; a claim of a contested identifier alone stands once for each owner.
	 * Null while the answer lacks the claim of a stream without a device.
	 */
	claims: {
		at: Position;
		owner: ProfileId | null;
		/** Of a stream without a device: whose events the claim is of (see `cutTimeline`); null: everybody's. */
		trust: Trust | null;
	}[];
}

/** Someone whose claim counts for anonymous events (rules 12 and 15). */
interface KnownTurn {
	at: Position;
	owner: ProfileId;
	segment: number;
	/** Index of the claim's visit; −1 for an alias, which may lie in a visit, beside it or in none. */
	visit: number;
}

/**
 * @param answer of the graph. A claim that it lacks is placed like an anonymous event, until it is answered.
 * @returns a function from the index of a visit to its plan; making it costs O(n log n), a call O(claims of the visit)
 */
export function createPlanner(timeline: Timeline, answer: DeviceAnswer, hash: Hash): (visitIndex: number) => VisitPlan {
	const { visits, segments, devices } = timeline;
	const turns = devices.length === 0 ? [] : collectKnownTurns(timeline, answer);
	const aliasTurns = turns.filter((turn) => turn.visit === -1);

	/** An alias lies in every visit that it is no more than 30 min away from. */
	const aliasesBeside = (visit: Visit): KnownTurn[] =>
		aliasTurns.slice(
			lastWhere(aliasTurns, (turn) => visit.first.t - turn.at.t > VISIT_GAP_MS_MAX) + 1,
			lastWhere(aliasTurns, (turn) => turn.at.t - visit.last.t <= VISIT_GAP_MS_MAX) + 1,
		);

	const turnsIn = (visit: Visit, index: number): KnownTurn[] => {
		const after = lastAtOrBefore(turns, visit.first, (turn) => turn.at);
		const claimTurns: KnownTurn[] = [];
		for (let next = Math.max(after, 0); next < turns.length; next++) {
			const turn = turns[next] as KnownTurn;
			if (comparePositions(turn.at, visit.last) > 0) break;
			if (turn.visit === index) claimTurns.push(turn);
		}
		const beside = aliasesBeside(visit).filter((turn) => turn.segment === visit.segment);
		return beside.length === 0 ? claimTurns : [...claimTurns, ...beside].sort((x, y) => comparePositions(x.at, y.at));
	};

	/** The turn before the visit in its segment, else the next one (rule 12). */
	const ownerBeside = (visit: Visit): ProfileId | null => {
		const before = lastAtOrBefore(turns, visit.first, (turn) => turn.at);
		for (const turn of [turns[before], turns[before + 1]]) if (turn?.segment === visit.segment) return turn.owner;
		return null;
	};

	return (visitIndex) => {
		const visit = visits[visitIndex];
		if (!visit) throw new RangeError(`no visit ${visitIndex} in a timeline of ${visits.length}`);
		const ownerOf = (claim: Visit["claims"][number]) => answer.owners[claimKey(claim)] ?? null;
		if (devices.length === 0) {
			const claims = visit.claims.flatMap((claim, index) =>
				placeEvents(timeline.key, visit, index, ownerOf(claim), answer),
			);
			return { base: null, steps: [], claims: claims.sort((x, y) => comparePositions(x.at, y.at)) };
		}
		const inside = turnsIn(visit, visitIndex);
		const anonymous = () => anonymousProfile(devices, segments[visit.segment]?.opensAt ?? null, hash);
		const [first] = inside;
		let plan: VisitPlan;
		if (answer.shared) {
			const isOnePerson = first !== undefined && inside.every((turn) => turn.owner === first.owner);
			plan = { base: isOnePerson ? first.owner : anonymous(), steps: [], claims: [] };
		} else if (first === undefined) {
			plan = { base: ownerBeside(visit) ?? anonymous(), steps: [], claims: [] };
		} else {
			const steps = inside.filter((turn, index) => index > 0 && turn.owner !== inside[index - 1]?.owner);
			plan = { base: first.owner, steps: steps.map(({ at, owner }) => ({ at, owner })), claims: [] };
		}
		plan.claims = visit.claims.map((claim) => ({
			at: claim.first,
			owner: ownerOf(claim) ?? anonymousOwnerAt(plan, claim.first),
			trust: null,
		}));
		return plan;
	};
}

/** One visit's plan; for many visits of a timeline make one {@link createPlanner}. */
export function planOf(timeline: Timeline, answer: DeviceAnswer, visitIndex: number, hash: Hash): VisitPlan {
	return createPlanner(timeline, answer, hash)(visitIndex);
}

/** @returns owner of an event of the plan's visit. */
export function ownerByPlan(plan: VisitPlan, light: LightEvent): ProfileId | null {
	if (light.nodes.length === 0) return anonymousOwnerAt(plan, light.at);
	const isBeyond = (index: number) => (plan.claims[index]?.trust ?? light.trust) !== light.trust;
	let index = lastAtOrBefore(plan.claims, light.at, (claim) => claim.at);
	while (index >= 0 && isBeyond(index)) index--;
	return plan.claims[index]?.owner ?? null;
}

/**
 * @returns a function that names the owner of any event of the timeline
 * @throws RangeError (the function) on an event that lies in no visit of the timeline
 */
export function createOwnerAt(
	timeline: Timeline,
	answer: DeviceAnswer,
	hash: Hash,
): (light: LightEvent) => ProfileId | null {
	const planner = createPlanner(timeline, answer, hash);
	const plans = new Map<number, VisitPlan>();
	return (light) => {
		const index = lastAtOrBefore(timeline.visits, light.at, (visit) => visit.first);
		let plan = plans.get(index);
		if (!plan) {
			plan = planner(index);
			plans.set(index, plan);
		}
		return ownerByPlan(plan, light);
	};
}

function anonymousOwnerAt(plan: VisitPlan, at: Position): ProfileId | null {
	return plan.steps[lastAtOrBefore(plan.steps, at, (step) => step.at)]?.owner ?? plan.base;
}

/**
 * One claim of a stream without a device. An event that carries nothing but a contested identifier goes to whom that
 * belongs to at the event itself: no device makes one visit of such events (rule 10; "Visit, claim").
 */
function placeEvents(
	key: string,
	{ claims, last }: Visit,
	index: number,
	owner: Owner,
	{ handovers = [] }: DeviceAnswer,
): VisitPlan["claims"] {
	const claim = claims[index] as Claim;
	const isServers = claim.serverFirst !== null;
	const trust = isServers ? "server" : "public";
	const placed: VisitPlan["claims"] = [{ at: claim.first, owner, trust }];
	if (claim.nodes.length > 1 || claim.nodes[0] !== key) return placed;
	const next = claims.slice(index + 1).find(({ serverFirst }) => (serverFirst !== null) === isServers);
	for (const { at, owner: heir } of handovers) {
		const isInside = comparePositions(claim.first, at) < 0 && comparePositions(at, last) <= 0;
		if (isInside && (!next || comparePositions(at, next.first) < 0)) placed.push({ at, owner: heir, trust });
	}
	return placed;
}

/** Rule 15: whether this owner's claim of that key, or an alias, counts for anonymous events. */
export function createCounts(answer: DeviceAnswer): (owner: ProfileId, key?: string) => boolean {
	const ignored = new Set(answer.ignored);
	const heard = new Set(answer.heard);
	return (owner, key) => !ignored.has(owner) || (key !== undefined && heard.has(key));
}

/** Claims with an owner and aliases of the device, without those that an unlink takes out (rule 15); ascending. */
function collectKnownTurns(timeline: Timeline, answer: DeviceAnswer): KnownTurn[] {
	const turns: KnownTurn[] = [];
	const counts = createCounts(answer);
	for (const [index, visit] of timeline.visits.entries()) {
		for (const claim of visit.claims) {
			const key = claimKey(claim);
			const owner = answer.owners[key];
			if (!owner || !counts(owner, key)) continue;
			turns.push({ at: claim.first, owner, segment: visit.segment, visit: index });
		}
	}
	for (const { at, owner } of answer.aliasClaims) {
		if (counts(owner)) turns.push({ at, owner, segment: segmentAt(timeline.segments, at), visit: -1 });
	}
	return turns.sort((x, y) => comparePositions(x.at, y.at));
}
