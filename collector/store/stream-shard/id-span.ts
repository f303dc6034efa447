/**
 * Which messageIds a set of them can hold, told by little: a UUIDv7, as our script makes them, bears
 * the time when it was made. So a fold looks a new id up only among ids of its time, and a stream's age costs nothing.
 */

/** Bounds included, ms since the epoch, of the UUIDv7 among the ids; `from` above `to` where there are none. */
export interface IdSpan {
	from: number;
	to: number;
	/** Some id is no UUIDv7: it may be any. */
	hasOthers: boolean;
}

export const NO_IDS: IdSpan = { from: Number.MAX_SAFE_INTEGER, to: -1, hasOthers: false };

const UUID_V7 = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** Ms since the epoch; null for an id that is no UUIDv7 in lower case. */
function timeOf(messageId: string): number | null {
	const match = UUID_V7.exec(messageId);
	return match === null ? null : Number.parseInt(`${match[1]}${match[2]}`, 16);
}

export function addId(span: IdSpan, messageId: string): IdSpan {
	const time = timeOf(messageId);
	if (time === null) return span.hasOthers ? span : { ...span, hasOthers: true };
	return { ...span, from: Math.min(span.from, time), to: Math.max(span.to, time) };
}

export function joinSpans(a: IdSpan, b: IdSpan): IdSpan {
	return { from: Math.min(a.from, b.from), to: Math.max(a.to, b.to), hasOthers: a.hasOthers || b.hasOthers };
}

export function mayHold(span: IdSpan, messageId: string): boolean {
	const time = timeOf(messageId);
	return time === null ? span.hasOthers : span.from <= time && time <= span.to;
}
