/** Where a stream's events lie: windows found, opened, extended, split. Pure; no event is read here. */
import type { Position } from "../../model.ts";
import type { Fact } from "./facts.ts";
import { type Head, isBefore, VISIT_GAP_MS, type Window } from "./head.ts";

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

/** The window within whose bounds `at` lies. */
export function windowAround(windows: readonly Window[], at: Position): Window | undefined {
	const window = windows[lastWindowAt(windows, at)];
	return window === undefined || isBefore(window.last, at) ? undefined : window;
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
 * where that was joined by the event
 */
export function placeEvent(head: Head, at: Position, eventsMax: number): { window: Window; next: Window | null } {
	const { windows } = head;
	const index = lastWindowAt(windows, at);
	const before = windows[index];
	const after = windows[index + 1];
	if (before !== undefined && !isBefore(before.last, at)) return { window: before, next: null };

	const nearBefore = before !== undefined && at.t - before.last.t <= VISIT_GAP_MS;
	const nearAfter = after !== undefined && after.first.t - at.t <= VISIT_GAP_MS;
	const isFull = before !== undefined && before.count >= eventsMax;
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

/**
 * Splits a window that late events have filled to more than twice what a window holds.
 * @param facts all of the window's, ascending
 * @returns the windows in its place, the first being itself, each with its facts; null when it is small enough
 */
export function splitWindow(
	head: Head,
	window: Window,
	facts: readonly Fact[],
	eventsMax: number,
): { window: Window; facts: Fact[] }[] | null {
	if (window.count <= 2 * eventsMax) return null;
	const parts: { window: Window; facts: Fact[] }[] = [];
	for (let from = 0; from < facts.length; from += eventsMax) {
		const own = facts.slice(from, from + eventsMax);
		const first = own[0] as Fact;
		const part = from === 0 ? window : openWindow(head, first.at, true);
		part.first = first.at;
		part.last = (own.at(-1) as Fact).at;
		part.count = own.length;
		part.rows = [...new Set(own.map(({ row }) => row))];
		parts.push({ window: part, facts: own });
	}
	head.windows.splice(head.windows.indexOf(window), 1, ...parts.map((part) => part.window));
	return parts;
}
