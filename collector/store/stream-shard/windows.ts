/** Where a stream's events lie: windows found, opened, extended. Pure; no event is read here. */
import type { Position } from "../../model.ts";
import { type Head, isBefore, VISIT_GAP_MS, WINDOW_EVENTS_MAX, type Window } from "./head.ts";

/** Index of the last window that begins at or before `at`; -1 when none does. */
export function lastWindowAt(windows: readonly Window[], at: Position): number {
	let low = 0;
	let high = windows.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		const window = windows[middle];
		if (window !== undefined && !isBefore(at, window.first)) low = middle + 1;
		else high = middle;
	}
	return low - 1;
}

export function openWindow(head: Head, at: Position, joined: boolean): Window {
	return {
		id: head.nextWindow++,
		first: at,
		last: at,
		count: 0,
		rows: [],
		joined,
		visits: [],
		owners: [],
		plan: 0,
		sent: 0,
		carry: null,
	};
}

/**
 * Finds or opens the window for an event at `at` and stretches it to hold it. A late event that
 * bridges two windows joins them; they stay two rows of storage.
 * @returns the window, whose `count` and `rows` are the caller's to keep, and the window after it
 * where that was joined or parted by the event
 */
export function placeEvent(head: Head, at: Position): { window: Window; next: Window | null } {
	const { windows } = head;
	const index = lastWindowAt(windows, at);
	const before = windows[index];
	const after = windows[index + 1];
	if (before !== undefined && !isBefore(before.last, at)) return { window: before, next: null };

	const nearBefore = before !== undefined && at.t - before.last.t <= VISIT_GAP_MS;
	const nearAfter = after !== undefined && after.first.t - at.t <= VISIT_GAP_MS;
	const isFull = before !== undefined && before.count >= WINDOW_EVENTS_MAX;
	if (nearAfter && (!nearBefore || isFull)) {
		after.first = at;
		after.joined = nearBefore;
		return { window: after, next: null };
	}
	if (nearBefore && before !== undefined && (nearAfter || !isFull)) {
		before.last = at;
		if (!nearAfter || after === undefined) return { window: before, next: null };
		after.joined = true;
		return { window: before, next: after };
	}
	const window = openWindow(head, at, nearBefore);
	windows.splice(index + 1, 0, window);
	return { window, next: null };
}
