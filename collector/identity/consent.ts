/**
 * Rule 6: what the people behind an event allowed at its time.
 */
import type { Position } from "../model.ts";
import { comparePositions } from "./position.ts";
import type { NodeKey, Statement } from "./types.ts";

export type ConsentStatement = Extract<Statement, { kind: "consent" }>;

export interface Consent {
	analytics: boolean;
	stitching: boolean;
}

/**
 * For each key the latest statement at or before the event's time decides, over all identifiers
 * that the event carries. Same time: the larger `messageId` (then stream), also where it is
 * larger than the event's.
 *
 * @param consents in any order; those about none of the nodes change nothing
 * @param nodes    of the event, device and strong
 * @returns true where nothing was said
 */
export function consentAt(consents: Iterable<ConsentStatement>, nodes: readonly NodeKey[], at: Position): Consent {
	const answer: Consent = { analytics: true, stitching: true };
	const decided: { [key in keyof Consent]?: Position } = {};
	for (const consent of consents) {
		if (consent.at.t > at.t || !consent.nodes.some((node) => nodes.includes(node))) continue;
		for (const key of ["analytics", "stitching"] as const) {
			const said = consent[key];
			const before = decided[key];
			if (said === undefined || (before && comparePositions(consent.at, before) < 0)) continue;
			answer[key] = said;
			decided[key] = consent.at;
		}
	}
	return answer;
}
