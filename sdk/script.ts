/**
 * The script tag's entry: reads its options from the tag, makes up for calls that were made before it
 * came, and puts the running script at `window.strand`.
 */
import type { AnyEvents } from "./api.ts";
import { type Options, readAttributes } from "./options.ts";
import { loadChunk } from "./page/chunk.ts";
import { createTracker, type EarlyCall, type Tracker } from "./tracker.ts";
import { isIgnored } from "./visitor/ignore.ts";

declare global {
	interface Window {
		/** The stub's early calls (`q`) and options that a tag cannot carry (`o`), then the running script. */
		strand?: Partial<Tracker<AnyEvents>> & { q?: EarlyCall[]; o?: Partial<Options> };
	}
}

try {
	// In a module script there is no current script: then the tag is found by its key.
	const tag = (document.currentScript || document.querySelector("script[data-write-key]")) as HTMLScriptElement;
	const { q, o } = window.strand || { q: [] };
	// Loaded twice: the first one runs, and has no queue. And a browser older than this code goes on without it.
	if (q && "composedPath" in Event.prototype) {
		const source = tag.src || location.href;
		const options = { endpoint: new URL(source).origin, ...readAttributes(tag), ...o };
		const load = (name: string): void => loadChunk(new URL(`strand-${name}.js`, source).href, tag);
		window.strand = createTracker<AnyEvents>(options, q.splice(0), isIgnored(), load);
	}
} catch (error) {
	// A page where even reading the address throws: the developer sees it, the visitor does not.
	console.error(error);
}
