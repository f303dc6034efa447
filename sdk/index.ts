/**
 * Strand for bundlers:
 *
 * ```ts
 * import { init, forms } from "strand";
 *
 * const strand = init<{ "Plan Chosen": { plan: string } }>({
 * 	writeKey: "wk_…",
 * 	endpoint: "https://collector.example.com",
 * 	observers: [forms],
 * });
 * strand.track("Plan Chosen", { plan: "pro" });
 * ```
 */
import type { AnyEvents, EventMap, Strand } from "./api.ts";
import type { Late } from "./late-parts.ts";
import { checkOptions } from "./option-checks.ts";
import type { Options } from "./options.ts";
import { createTracker } from "./tracker.ts";
import { hop } from "./visitor/hop.ts";
import { isIgnored } from "./visitor/ignore.ts";

export type { AnyEvents, EventMap, ResetOptions, Strand, TrackArguments, TrackOptions } from "./api.ts";
export { forms } from "./capture/forms.ts";
export { vitals } from "./capture/web-vitals.ts";
export type { Options } from "./options.ts";
export type { Captured, Emit, Observer, ObserverPage } from "./page/observer.ts";
export type { ConsentState, Touch } from "./visitor/memory.ts";
export type { JsonObject, WireEvent } from "./wire.ts";

const LATE_RETRY_MS = 5_000;

/**
 * Starts the script on this page.
 *
 * @typeParam Events names and properties of your events; without it any name and any JSON
 * @throws TypeError on a wrong option
 */
export function init<Events extends EventMap = AnyEvents>(options: Options): Strand<Events> {
	const checked = checkOptions(options);
	const tracker = createTracker<Events>(checked, [], isIgnored());
	for (const observer of [...(checked.observers || []), ...(checked.crossDomains ? [hop] : [])]) tracker.use(observer);
	loadLate(tracker, LATE_RETRY_MS);
	return tracker;
}

/** What is seldom needed, or not at once, is a chunk of its own; one that could not be fetched is asked for again. */
async function loadLate(tracker: { extend(part: Late): void }, retryMs: number): Promise<void> {
	try {
		tracker.extend((await import("./late-parts.ts")).late);
	} catch {
		setTimeout(loadLate, retryMs, tracker, retryMs * 2);
	}
}
