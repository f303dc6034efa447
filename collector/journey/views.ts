/**
 * Page views and their totals. The script reports cumulative totals of a view under its `viewId`; the
 * report with the largest `rev` is the truth and the others add nothing, so lost, late and repeated
 * reports cannot corrupt a sum. `evidence` of a view is its own messageId, then that one report's.
 *
 * Also whether a view earns credit: of a session's views only its entries do (the first, and one that a
 * new campaign brought), and none when the session is a bounce.
 */

import { SCRIPT_EVENTS } from "../../sdk/wire.ts";
import type { LoggedEvent, Touchpoint, ViewPart } from "../model.ts";
import { readClamped, readObject, readText } from "./fields.ts";

/** A session with one view that was read for less than this, and nothing else done, is a bounce; ms. GA4's ten seconds. */
export const BOUNCE_ENGAGED_MS = 10_000;
/** Longest time that a report may claim for one view; ms. What is longer is set to it: a session has no more. */
const VIEW_MS_MAX = 24 * 3600_000;

/** A page view in the making, with its place in the pieces. */
export interface View {
	touchpoint: Touchpoint;
	viewId: string | null;
	rev: number;
	entry: boolean;
}

export function isView(touchpoint: Touchpoint): boolean {
	return touchpoint.type === "page_viewed" || touchpoint.type === "screen_viewed";
}

/** @returns `context.strand.viewId`, or null where another script sent the page */
export function readViewId(event: LoggedEvent): string | null {
	const strand = readObject(readObject(event.sent.context)?.strand);
	return readText(strand?.viewId, 256) ?? null;
}

/** @returns the totals of a `Page Engaged` report; null for every other event, and for one without `viewId` */
export function readViewReport(event: LoggedEvent): ViewPart | null {
	if (event.sent.type !== "track" || event.sent.event !== SCRIPT_EVENTS.pageEngaged) return null;
	const properties = readObject(event.sent.properties);
	const viewId = readText(properties?.viewId, 256);
	if (properties === undefined || viewId === undefined) return null;
	return {
		viewId,
		rev: Math.floor(readClamped(properties.rev, 0, Number.MAX_SAFE_INTEGER) ?? 0),
		engagedMs: Math.round(readClamped(properties.engagedMs, 0, VIEW_MS_MAX) ?? 0),
		visibleMs: Math.round(readClamped(properties.visibleMs, 0, VIEW_MS_MAX) ?? 0),
		scrollDepth: readClamped(properties.scrollDepth, 0, 1) ?? 0,
		messageId: event.sent.messageId,
	};
}

/** @returns the report that stands: the larger `rev`, then the larger messageId */
export function laterReport<T extends Pick<ViewPart, "rev" | "messageId">>(a: T, b: T): T {
	if (a.rev !== b.rev) return a.rev > b.rev ? a : b;
	return a.messageId >= b.messageId ? a : b;
}

/** The report that a view already holds, or null. */
export function reportOf({ touchpoint, viewId, rev }: View): ViewPart | null {
	const messageId = touchpoint.evidence[1];
	if (viewId === null || messageId === undefined) return null;
	const { engagedMs = 0, visibleMs = 0, scrollDepth = 0 } = touchpoint;
	return { viewId, rev, engagedMs, visibleMs, scrollDepth, messageId };
}

/** Sets a view's totals to one report's; null takes them away. */
export function setReport(view: View, report: ViewPart | null): void {
	const own = view.touchpoint.evidence[0] ?? "";
	view.rev = report?.rev ?? 0;
	if (report === null) {
		view.touchpoint.evidence = [own];
		delete view.touchpoint.engagedMs;
		delete view.touchpoint.visibleMs;
		delete view.touchpoint.scrollDepth;
		return;
	}
	view.touchpoint.evidence = [own, report.messageId];
	view.touchpoint.engagedMs = report.engagedMs;
	view.touchpoint.visibleMs = report.visibleMs;
	view.touchpoint.scrollDepth = report.scrollDepth;
}

/**
 * Gives each report to the first view of its `viewId`; of several, the one that stands. A second view
 * under the same id (a page event sent twice under two messageIds) keeps none, so no time counts twice.
 *
 * @param views ascending
 * @returns the standing report of each `viewId` that has no view here
 */
export function attachReports(views: readonly View[], reports: Iterable<ViewPart>): Map<string, ViewPart> {
	const standing = new Map<string, ViewPart>();
	const add = (report: ViewPart) => {
		const other = standing.get(report.viewId);
		standing.set(report.viewId, other === undefined ? report : laterReport(other, report));
	};
	for (const report of reports) add(report);
	for (const view of views) {
		const held = reportOf(view);
		if (held !== null) add(held);
	}
	for (const view of views) {
		if (view.viewId === null) continue;
		const report = standing.get(view.viewId) ?? null;
		// A touchpoint may be shared with a cached piece, so it is only written when it changes.
		if (report?.messageId !== view.touchpoint.evidence[1] || report?.rev !== view.rev) setReport(view, report);
		if (report !== null) standing.delete(view.viewId);
	}
	return standing;
}

/** Whether something besides looking was done: then the session is no bounce. */
export function isAct(touchpoint: Touchpoint): boolean {
	return !isView(touchpoint) && touchpoint.effective && touchpoint.direction === "in";
}

/** One session's counts as far as they are known. */
export interface SessionCounts {
	views: number;
	acted: boolean;
	engagedMs: number;
}

export function isBounce({ views, acted, engagedMs }: SessionCounts): boolean {
	return views <= 1 && !acted && engagedMs < BOUNCE_ENGAGED_MS;
}
