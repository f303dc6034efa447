/**
 * Sessions: one stream's events with no gap over 30 min (event time), at most 24 h, ended by a change
 * of owner or a reset; no split at midnight. A session can run on over several windows, so all that the
 * next window must know of it is a small record.
 */
import type { TrafficFacts } from "./traffic.ts";

/** A gap of exactly this is inside the session; ms. */
export const SESSION_GAP_MS_MAX = 30 * 60_000;
/** From a session's first event to its last; an event exactly this much later is inside; ms. */
export const SESSION_LENGTH_MS_MAX = 24 * 3600_000;

/** What a running session hands to the next window; JSON-able, under 2 kB unless campaign texts are long. */
export interface SessionCarry {
	sessionId: string;
	owner: string | null;
	/** Ms since the epoch. */
	startedAt: number;
	lastAt: number;
	/** Facts that the session came with; null until its first touchpoint on the web or in an app. */
	traffic: TrafficFacts | null;
	/** Key of the campaign that it came with; empty where none did. */
	entryKey: string;
	/** Key of the latest campaign seen, so that a reload of a campaign page is no second touch. */
	campaignKey: string;
	/** Page and screen views so far. */
	views: number;
	/** Something besides views was done that earns credit. */
	acted: boolean;
	/** Engaged time that this session's views are known to have so far; ms. */
	engagedMs: number;
}

/** @returns whether an event at `t` (ms) of `owner` goes on with `session` */
export function continuesSession(session: SessionCarry, t: number, owner: string | null): boolean {
	return (
		owner === session.owner &&
		t - session.lastAt <= SESSION_GAP_MS_MAX &&
		t - session.startedAt <= SESSION_LENGTH_MS_MAX
	);
}

export function openSession(sessionId: string, t: number, owner: string | null): SessionCarry {
	return {
		sessionId,
		owner,
		startedAt: t,
		lastAt: t,
		traffic: null,
		entryKey: "",
		campaignKey: "",
		views: 0,
		acted: false,
		engagedMs: 0,
	};
}
