/**
 * Tells of every change of the address inside one document.
 *
 * The Navigation API sees them all without touching anything. Where it is missing (Firefox before 147,
 * Safari before 26.2) `pushState` and `replaceState` are wrapped, once for all copies of this script:
 * vendors that wrap and unwrap each other's wrappers otherwise lose theirs.
 */
import type { Page, Stop } from "./page.ts";

type Listener = () => void;
/** Listeners of every copy of the script on the page, under one key that all copies know. */
const LISTENERS = Symbol.for("strand.history");

interface MarkedHistory extends History {
	[LISTENERS]?: Set<Listener>;
}

/** @returns the set that every navigation through `history` calls */
function wrapHistory(): Set<Listener> {
	const marked = history as MarkedHistory;
	const known = marked[LISTENERS];
	if (known) return known;
	const listeners = new Set<Listener>();
	marked[LISTENERS] = listeners;
	for (const name of ["pushState", "replaceState"] as const) {
		const original = history[name];
		history[name] = function (this: History, ...args) {
			original.apply(this, args);
			for (const listener of listeners) listener();
		};
	}
	return listeners;
}

/** @param changed called after each change, possibly several times for one navigation */
export function onAddressChange(page: Page, changed: () => void): Stop {
	const { navigation } = window as { navigation?: EventTarget };
	if (navigation) return page.on(navigation, "currententrychange", changed);
	const safe = page.guard(changed);
	const listeners = wrapHistory();
	listeners.add(safe);
	const stop = page.on(window, "popstate hashchange", changed);
	return () => {
		stop();
		listeners.delete(safe);
	};
}
