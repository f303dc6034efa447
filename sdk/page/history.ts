/**
 * Tells of every change of the address inside one document.
 *
 * The Navigation API sees them all without touching anything. Where it is missing (Firefox before 147,
 * Safari before 26.2) `pushState` and `replaceState` are wrapped, once for all copies of this script:
 * vendors that wrap and unwrap each other's wrappers otherwise lose theirs.
 */
import type { Page } from "./page.ts";

type Listener = () => void;
/** Listeners of every copy of the script on the page, under one key that all copies know. */
const LISTENERS = Symbol.for("strand.history");

interface MarkedHistory extends History {
	[LISTENERS]?: Listener[];
}

/** @param changed called after each change, possibly several times for one navigation */
export function onAddressChange(page: Page, changed: () => void): void {
	const { navigation } = window as { navigation?: EventTarget };
	if (navigation) {
		page.on(navigation, "currententrychange", changed);
		return;
	}
	const marked = history as MarkedHistory;
	let listeners = marked[LISTENERS];
	if (!listeners) {
		listeners = marked[LISTENERS] = [];
		for (const name of ["pushState", "replaceState"] as const) {
			const original = history[name];
			history[name] = function (this: History, ...args) {
				original.apply(this, args);
				for (const listener of marked[LISTENERS] as Listener[]) listener();
			};
		}
	}
	listeners.push(page.guard(changed));
	page.on(window, "popstate hashchange", changed);
}
