/**
 * What a workspace's limit of age leaves of an event: its place, its identifiers as keyed hashes, and what it states.
 * All that it said goes. Who is who is decided by what stays alone, so that no profile changes when content goes: the rules
 * (`resolve.ts`) say the same of a log whether its old events are whole or kept so.
 */
import type { Kept, LoggedEvent } from "../model.ts";
import { readIdentifiers } from "./identifiers.ts";
import type { Hash } from "./node-key.ts";
import { carriedNodes, readStatement } from "./statements.ts";
import type { IdentitySettings } from "./types.ts";

const DAY_MS = 24 * 3600_000;

/**
 * Content of events before this goes. It moves once a day, at midnight UTC, so that content stays for `retentionDays` at least and
 * a day longer at most.
 *
 * @param nowMs         ms since the epoch
 * @param retentionDays whole days; null: content stays for ever
 * @returns ms since the epoch; 0 where nothing goes
 */
export function cutAt(nowMs: number, retentionDays: number | null): number {
	return retentionDays === null ? 0 : (Math.floor(nowMs / DAY_MS) - retentionDays) * DAY_MS;
}

/** When the cut moves next after `nowMs`; ms. */
export function nextCutAt(nowMs: number): number {
	return (Math.floor(nowMs / DAY_MS) + 1) * DAY_MS;
}

/** Whether the event's content is gone. */
export function isKept({ added }: Pick<LoggedEvent, "added">): boolean {
	return added.kept !== undefined;
}

/**
 * @param isLost an unlike copy of the event counts, which only the content tells
 * @returns the event without its content where it lies before `cut` (ms); else, and where that is gone already, the event itself
 */
export function withoutOldContent(
	event: LoggedEvent,
	cut: number,
	settings: IdentitySettings,
	hash: Hash,
	isLost = false,
): LoggedEvent {
	if (event.timestamp >= cut || isKept(event)) return event;
	const ids = readIdentifiers(event, settings, hash);
	const own = [...(ids.device === null ? [] : [ids.device.node]), ...ids.strong.map(({ node }) => node)];
	const carried = carriedNodes(event, ids, settings, hash);
	const statement = readStatement(event, ids, settings, hash);
	const kept: Kept = {
		...(ids.device !== null && { device: ids.device.node }),
		...(ids.strong.length > 0 && { strong: ids.strong.map(({ node }) => node) }),
		...(carried.length !== own.length && { carried }),
		...(statement !== null && { statement }),
		...(isLost && { lost: true }),
	};
	const { type, messageId } = event.sent;
	return { ...event, sent: { type, messageId }, added: { kept } };
}
