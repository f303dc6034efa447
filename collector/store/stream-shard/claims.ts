/** What a stream tells the graph. */
import type { NodeKey, Statement, Timeline } from "../../identity/index.ts";
import type { StreamClaims } from "../messages.ts";
import { hash53 } from "../sharding.ts";
import type { Head } from "./head.ts";
import { deviceOf } from "./owners.ts";
import { timelineOf } from "./timeline.ts";

export interface ClaimsNews {
	/** Null: forget this stream. */
	claims: StreamClaims | null;
	digest: number;
}

/** What the graph is to know, where it differs from what it acknowledged last; nothing of a device that never carried an identifier. */
export function claimsNews(head: Head): ClaimsNews | null {
	const device = deviceOf(head);
	const isLinked = head.answer?.linked ?? false;
	const statements = toldStatements(head);
	const claims: StreamClaims | null = isTold(head)
		? {
				device,
				nodes: head.nodes,
				statements,
				timeline: isLinked ? null : claimsOnly(timelineOf(head, device)),
				lights: isLinked
					? { events: head.windows.flatMap((window) => window.lights ?? []), resets: head.resets }
					: null,
				...(head.idle !== null && { idle: head.idle }),
			}
		: null;
	const digest = claims === null ? 0 : hash53(JSON.stringify(claims));
	return digest === head.claimed ? null : { claims, digest };
}

/** Whether the graph is to know of the stream. */
export function isTold(head: Head): boolean {
	const { answer, nodes } = head;
	// By an alias that another stream stated it is somebody's: the graph must find it by its names of before.
	const isNamed = answer !== null && (answer.linked || answer.answer.aliasClaims.length > 0);
	return isNamed || toldStatements(head).length > 0 || nodes.some((node) => node !== deviceOf(head));
}

function toldStatements(head: Head): Statement[] {
	return head.statements.filter((statement) => !isOwnConsent(statement, deviceOf(head)));
}

/** A device's consent about itself acts on its own stream alone: the graph need not know. */
function isOwnConsent(statement: Statement, device: NodeKey | null): boolean {
	return statement.kind === "consent" && statement.nodes.every((node) => node === device);
}

/**
 * Visits without claims matter to the stream alone, and so does where a visit or a claim ends: left
 * out, an event that brings no new claim has nothing to tell.
 */
function claimsOnly(timeline: Timeline): Timeline {
	return {
		...timeline,
		visits: timeline.visits
			.filter((visit) => visit.claims.length > 0)
			.map(({ segment, claims: [first, ...rest] }) => {
				const claims = [first, ...rest].flatMap((claim) => (claim ? [{ ...claim, last: claim.first }] : []));
				const at = (first as (typeof claims)[number]).first;
				return { first: at, last: at, segment, claims };
			}),
	};
}
