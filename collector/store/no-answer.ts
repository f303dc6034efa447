/** What the graph says of a stream of which it knows nothing. */
import type { DeviceAnswer } from "../identity/index.ts";
import type { StreamAnswer } from "./messages.ts";

export const EMPTY_ANSWER: DeviceAnswer = { owners: {}, shared: false, ignored: [], aliasClaims: [] };

/** Is it what a stream knows that was never told anything? */
export function isNothing(answer: StreamAnswer | undefined): boolean {
	if (answer === undefined) return false;
	const { consents, erasures, linked, answer: owned, forget } = answer;
	const isKnown = consents.length > 0 || erasures.length > 0 || linked || forget !== undefined;
	return !isKnown && JSON.stringify(owned) === JSON.stringify(EMPTY_ANSWER);
}
