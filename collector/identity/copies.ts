/**
 * Rule 1: of two copies of one event (same stream, same `messageId`) the smaller counts.
 */
import type { LoggedEvent } from "../model.ts";
import { canonicalJson } from "./canonical-json.ts";
import { compareText } from "./node-key.ts";

/**
 * By `timestamp`, then by what was sent (without `sentAt` and `receivedAt`) as canonical JSON.
 * Before both, a copy of server trust comes before a public one: otherwise a stranger who guesses a
 * `messageId` could replace an event of the customer's own server by an earlier one of his making,
 * which `design.md` §4 rules out. Copies that were sent alike are told apart by what we added, so that
 * even then arrival does not decide.
 *
 * @returns below 0 where `a` counts. 0 only for copies that say the same.
 */
export function compareCopies(a: LoggedEvent, b: LoggedEvent): number {
	const byTrust = Number(a.trust === "public") - Number(b.trust === "public");
	return (
		byTrust ||
		a.timestamp - b.timestamp ||
		rankOf(a) - rankOf(b) ||
		compareText(sentJson(a), sentJson(b)) ||
		compareText(canonicalJson(a.added), canonicalJson(b.added))
	);
}

/** Of copies without their content (`retention.ts`) no text tells any more which is the smaller: the one that counted goes on counting. */
function rankOf({ added: { kept } }: LoggedEvent): number {
	return kept === undefined ? 1 : kept.lost === true ? 2 : 0;
}

function sentJson(event: LoggedEvent): string {
	const { sentAt: _sentAt, receivedAt: _receivedAt, ...rest } = event.sent;
	return canonicalJson(rest);
}
