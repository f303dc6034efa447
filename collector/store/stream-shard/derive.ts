/**
 * Derives again what news touched: visits, who owns what, and the pieces of windows.
 */
import type { Timeline, Visit } from "../../identity/index.ts";
import type { Piece } from "../../model.ts";
import { hash53 } from "../sharding.ts";
import { hasContent } from "./aging.ts";
import { byPosition, type Fact } from "./facts.ts";
import { type Carry, type Head, isBefore, type Window } from "./head.ts";
import { consentsOf, createOwnership, deviceOf, isCounting, lightOf, livedTimeline, planVisits } from "./owners.ts";
import type { FoldRules, OwnedFact } from "./rules.ts";
import type { StreamLog } from "./stream-log.ts";
import { cutsBetween, visitsBetween, visitsOf } from "./timeline.ts";

export interface Derived {
	window: Window;
	pieces: Piece[];
	/** Owners that held pieces of the window before. */
	owners: string[];
}

/**
 * @param touched   windows that news fell into
 * @param isAllOpen who owns what may have changed anywhere
 * @param open      brings the archived windows back into the head
 * @returns windows whose pieces differ from what was sent last; the head is told what they hold now
 */
export function derive(
	head: Head,
	log: StreamLog,
	rules: FoldRules,
	touched: ReadonlySet<Window>,
	isAllOpen: boolean,
	open: () => void,
): Derived[] {
	const claimsChanged = recut(head, log, touched);
	if (claimsChanged) open();
	const timeline = livedTimeline(head);
	const stale = new Set([...touched, ...findChangedPlans(head, timeline, rules, touched, isAllOpen || claimsChanged)]);
	addCarriers(head, stale);
	const derived = foldWindows(head, log, rules, timeline, stale);
	dropCarries(head);
	return derived;
}

/** A carry is kept only where a joined window goes on with it: most of a head would be carries. */
function dropCarries({ windows }: Head): void {
	for (const [index, window] of windows.entries()) if (windows[index + 1]?.joined !== true) window.carry = null;
}

/** A window that goes on with one whose carry was dropped needs that one derived again. */
function addCarriers({ windows }: Head, stale: Set<Window>): void {
	for (let index = windows.length - 1; index > 0; index--) {
		const window = windows[index] as Window;
		const before = windows[index - 1] as Window;
		if (stale.has(window) && window.joined && before.carry === null) stale.add(before);
	}
}

/**
 * Cuts the visits of every touched window anew from the events that count.
 * @returns whether any claim changed
 */
function recut(head: Head, log: StreamLog, touched: ReadonlySet<Window>): boolean {
	let changed = false;
	const consents = consentsOf(head);
	const isLinked = head.answer?.linked ?? false;
	for (const window of touched) {
		const facts = log.factsOf(window).sort(byPosition);
		const lights = facts.filter((fact) => isCounting(fact, consents)).map(lightOf);
		const before = claimsOf(window);
		window.visits = visitsOf(head.stream, deviceOf(head), lights, head.resets);
		changed ||= before !== claimsOf(window);
		if (isLinked) window.lights = lights;
		else delete window.lights;
	}
	return changed;
}

function claimsOf({ visits }: Window): string {
	const claiming = visits.filter(({ claims }) => claims.length > 0);
	return JSON.stringify(claiming.map(({ claims }) => claims.map(({ nodes, first }) => ({ nodes, first }))));
}

/**
 * Who owns what may change far from where the news fell: a login claims its whole segment. Where no
 * claim changed, it changes only in the visits that the news fell into, so in the run of joined windows.
 */
function findChangedPlans(
	head: Head,
	timeline: Timeline,
	rules: FoldRules,
	touched: ReadonlySet<Window>,
	isAllOpen: boolean,
): Window[] {
	const planner = planVisits(head, timeline, rules);
	const plans = new Map<number, string>();
	const planOf = (visit: number): string => {
		const plan = plans.get(visit) ?? JSON.stringify(planner(visit));
		plans.set(visit, plan);
		return plan;
	};
	const changed: Window[] = [];
	for (const window of isAllOpen ? head.windows : runsOf(head, touched)) {
		const { first, last } = window;
		const visits = visitsBetween(timeline, first, last).map((index) => {
			// A group's timeline may lack events that the graph has not heard of: where its visits begin and end is part of the plan, down to the stream.
			const visit = timeline.visits[index] as Visit;
			const from = isBefore(visit.first, first) ? first : visit.first;
			const to = isBefore(last, visit.last) ? last : visit.last;
			return [planOf(index), from, to];
		});
		const plan = hash53(JSON.stringify([visits, cutsBetween(timeline, first, last)]));
		if (plan !== window.plan) changed.push(window);
		window.plan = plan;
	}
	return changed;
}

/** Windows of every joined run that holds a touched one. */
function runsOf(head: Head, touched: ReadonlySet<Window>): Window[] {
	const runs: Window[][] = [];
	for (const window of head.windows) {
		if (window.joined && runs.length > 0) runs.at(-1)?.push(window);
		else runs.push([window]);
	}
	return runs.filter((run) => run.some((window) => touched.has(window))).flat();
}

/** Derives the pieces of stale windows, and of joined ones after them whose session changed. */
function foldWindows(
	head: Head,
	log: StreamLog,
	rules: FoldRules,
	timeline: Timeline,
	stale: ReadonlySet<Window>,
): Derived[] {
	const ownershipOf = createOwnership(head, timeline, rules);
	const changed: Derived[] = [];
	let carry: Carry | null = null;
	let carryChanged = false;
	for (const window of head.windows) {
		if (!window.joined) carry = null;
		if (!stale.has(window) && !(window.joined && carryChanged)) {
			carryChanged = false;
			carry = window.carry;
			continue;
		}
		const events = ownedFacts(log.factsOf(window), head.cut, timeline, ownershipOf, carry);
		const folded = rules.foldWindow(head.stream, events, carry?.session ?? null);
		const at = events.at(-1)?.fact.at ?? carry?.at;
		carry = folded.carry === null || at === undefined ? null : { session: folded.carry, at };
		carryChanged = JSON.stringify(carry) !== JSON.stringify(window.carry);
		window.carry = carry;
		const sent = hash53(JSON.stringify(folded.pieces));
		if (sent === window.sent) continue;
		changed.push({ window, pieces: folded.pieces, owners: window.owners });
		window.sent = sent;
		window.owners = folded.pieces.map(({ profileId }) => profileId);
	}
	return changed;
}

/** A window's data events that have content, with their owners, and where a reset cuts between them. */
function ownedFacts(
	facts: Fact[],
	cut: number,
	timeline: Timeline,
	ownershipOf: ReturnType<typeof createOwnership>,
	carry: Carry | null,
): OwnedFact[] {
	const events: OwnedFact[] = [];
	let before = carry?.at;
	for (const fact of facts.sort(byPosition)) {
		if (!fact.isData || !hasContent(fact.event, cut)) continue;
		const { owner, isExcluded } = ownershipOf(fact);
		if (isExcluded) continue;
		const isCut = before !== undefined && cutsBetween(timeline, before, fact.at).length > 1;
		events.push({ fact, owner, isCut });
		before = fact.at;
	}
	return events;
}
