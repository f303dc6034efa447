/**
 * Makes `pushState` and `replaceState` heard where there is no Navigation API
 * (https://developer.mozilla.org/en-US/docs/Web/API/Navigation_API#browser_compatibility). They are wrapped once for
 * all copies of this script: vendors that wrap and unwrap each other's wrappers otherwise lose theirs.
 */
import { CHANGED } from "./history.ts";

/** Marks a wrapped history, under one key that all copies of the script know. */
const WRAPPED = Symbol.for("strand.history");

export function wrapHistory(): void {
	const marked = history as History & { [WRAPPED]?: boolean };
	if ("navigation" in window || marked[WRAPPED]) return;
	marked[WRAPPED] = true;
	for (const name of ["pushState", "replaceState"] as const) {
		const original = history[name];
		history[name] = function (this: History, ...args) {
			original.apply(this, args);
			dispatchEvent(new Event(CHANGED));
		};
	}
}
