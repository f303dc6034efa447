/**
 * The visit as the browser sees it, for `strand.sessionId`; the collector derives its own from the log.
 */
import type { SessionRecord } from "./memory.ts";

/** A longer gap ends a session. */
export const SESSION_GAP_MS = 30 * 60_000;
export const SESSION_MS_MAX = 24 * 3_600_000;
/** Writing at every event would be a storage write each: so much of the last activity may be forgotten. */
const SESSION_WRITE_MS = 60_000;

/**
 * @param before   the session so far, if there was one
 * @param now      device time, ms since the epoch
 * @param createId called for a new session only
 * @returns the session that an event at `now` belongs to: `before` itself where nothing need be written
 */
export function continueSession(before: SessionRecord | undefined, now: number, createId: () => string): SessionRecord {
	if (!before || now - before.lastAt > SESSION_GAP_MS || now - before.startedAt > SESSION_MS_MAX) {
		return { id: createId(), startedAt: now, lastAt: now };
	}
	return now - before.lastAt < SESSION_WRITE_MS ? before : { ...before, lastAt: now };
}
