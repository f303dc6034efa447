/**
 * Tells of every change of the address inside one document.
 *
 * The Navigation API sees them all without touching anything. Where it is missing (Firefox before 147,
 * Safari before 26.2) `pushState` and `replaceState` are wrapped, once for all copies of this script:
 * vendors that wrap and unwrap each other's wrappers otherwise lose theirs.
 */
import type { Page } from "./page.ts";

/** Marks a wrapped history, under one key that all copies of the script know. */
const WRAPPED = Symbol.for("strand.history");
/** Dispatched at the window by a wrapped history. */
const CHANGED = "strand-history";

/** @param changed called after each change, possibly several times for one navigation */
export function onAddressChange(page: Page, changed: () => void): void {
	const { navigation } = window as { navigation?: EventTarget };
	if (navigation) {
		page.on("currententrychange", changed, navigation);
		return;
	}
	const marked = history as History & { [WRAPPED]?: boolean };
	if (!marked[WRAPPED]) {
		marked[WRAPPED] = true;
		for (const name of ["pushState", "replaceState"] as const) {
			const original = history[name];
			history[name] = function (this: History, ...args) {
				original.apply(this, args);
				dispatchEvent(new Event(CHANGED));
			};
		}
	}
	page.on(`popstate hashchange ${CHANGED}`, changed);
}
