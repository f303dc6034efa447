/**
 * The script tag's entry: reads its options from the tag, makes up for calls that were made before it
 * came, and puts the running script at `window.strand`.
 */
import type { AnyEvents } from "./api.ts";
import { checkOptions, readAttributes } from "./options.ts";
import { loadChunk } from "./page/chunk.ts";
import { createTracker, type EarlyCall, type Tracker } from "./tracker.ts";
import { isIgnored } from "./visitor/ignore.ts";

declare global {
	interface Window {
		/** The stub's early calls, then the running script. */
		strand?: Partial<Tracker<AnyEvents>> & { q?: EarlyCall[] };
	}
}

/** Parts beside the script wait until the page is quiet, or so long where nobody can tell. */
const IDLE_MS = 2_000;

/** Browsers older than this code: the page goes on as if there were no script. */
const isCapable = (): boolean =>
	!!(window.Promise && window.URL && window.URLSearchParams && window.TextEncoder && window.Intl) &&
	"composedPath" in Event.prototype;

function start(): void {
	// In a module script there is no current script: then the tag is found by its key.
	const tag = (document.currentScript || document.querySelector("script[data-write-key]")) as HTMLScriptElement | null;
	const stub = window.strand;
	// Loaded twice: the first one runs.
	if (stub?.version || !isCapable()) return;
	const source = tag?.src || location.href;
	const options = checkOptions(readAttributes(tag), new URL(source).origin);
	const ignored = isIgnored();
	window.strand = createTracker<AnyEvents>(options, stub?.q, ignored);
	if (ignored) return;
	const load = (name: string): void => loadChunk(new URL(`strand-${name}.js`, source).href, tag);
	const loadParts = (): void => {
		if (options.forms !== false) load("forms");
		if (options.vitals) load("vitals");
	};
	if (/[?&]strand_debug\b/.test(location.search)) load("debug");
	if ("requestIdleCallback" in window) requestIdleCallback(loadParts, { timeout: IDLE_MS });
	else setTimeout(loadParts, IDLE_MS);
}

try {
	start();
} catch (error) {
	// A wrong option, or a page where even reading a cookie throws: the developer sees it, the visitor does not.
	console.error(error);
}
