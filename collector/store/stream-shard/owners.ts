/** Whose each event of a stream is, by the stream's head. */
import {
	type Consenting,
	type ConsentStatement,
	consentAt,
	createOwnerAt,
	createPlanner,
	type DeviceAnswer,
	isolatedProfile,
	type LightEvent,
	type NodeKey,
	type Timeline,
	type VisitPlan,
} from "../../identity/index.ts";
import type { Fact } from "./facts.ts";
import type { Head } from "./head.ts";
import type { FoldRules } from "./rules.ts";
import { timelineOf, visitsBetween } from "./timeline.ts";

const NO_ANSWER: DeviceAnswer = { owners: {}, shared: false, ignored: [], aliasClaims: [] };

/** The stream's own device; null for a stream of a strong identifier or of nobody. */
export function deviceOf(head: Head): NodeKey | null {
	return head.stream.startsWith("anonymousId=") ? head.stream : null;
}

/** A linked device lives by the timeline of its group, as the graph cut it last. */
export function livedTimeline(head: Head): Timeline {
	const { answer } = head;
	return answer?.linked && answer.timeline !== null ? answer.timeline : timelineOf(head, deviceOf(head));
}

/** By index of a visit: who owns what in it. */
export function planVisits(head: Head, timeline: Timeline, rules: FoldRules): (visit: number) => VisitPlan {
	return createPlanner(timeline, head.answer?.answer ?? NO_ANSWER, rules.hash);
}

export function consentsOf(head: Head): ConsentStatement[] {
	const own = head.statements.filter((statement) => statement.kind === "consent");
	return [...own, ...(head.answer?.consents ?? [])];
}

/** Whether an event counts for visits and claims (rule 6). */
export function isCounting(fact: Fact, consents: readonly ConsentStatement[]): boolean {
	if (!fact.isData) return false;
	const { analytics, stitching } = consentAt(consents, consentingOf(fact));
	return analytics && stitching;
}

function consentingOf({ nodes, at, event }: Fact): Consenting {
	return { nodes, at, trust: event.trust };
}

export function lightOf(fact: Fact): LightEvent {
	return { at: fact.at, nodes: fact.strongNodes, trust: fact.event.trust };
}

export interface Ownership {
	/** Profile id; null for events that belong to nobody. */
	owner: string | null;
	/** Denied by consent: not to be shown, in no chain. */
	isExcluded: boolean;
}

/** @returns a function that names the owner of any data event of the stream */
export function createOwnership(head: Head, timeline: Timeline, rules: FoldRules): (fact: Fact) => Ownership {
	const consents = consentsOf(head);
	const device = deviceOf(head);
	const isolated = device === null ? null : isolatedProfile(device, rules.hash);
	const ownerAt = createOwnerAt(timeline, head.answer?.answer ?? NO_ANSWER, rules.hash);
	return (fact) => {
		const { analytics, stitching } = consentAt(consents, consentingOf(fact));
		if (!analytics) return { owner: null, isExcluded: true };
		if (!stitching) return { owner: isolated, isExcluded: false };
		const isNobodys = device === null && fact.strongNodes.length === 0;
		// The graph cut a group of linked devices before it heard of the event, and will answer again.
		const isUnplaced = visitsBetween(timeline, fact.at, fact.at).length === 0;
		return { owner: isNobodys || isUnplaced ? null : ownerAt(lightOf(fact)), isExcluded: false };
	};
}
