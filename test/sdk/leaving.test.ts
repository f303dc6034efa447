/** What a page still sends in the very task in which it is hidden or goes away. */
import { afterEach, expect, it, vi } from "vitest";
import { createTracker } from "../../sdk/tracker.ts";

afterEach(() => {
	vi.unstubAllGlobals();
	vi.restoreAllMocks();
});

/** Closing pages of Firefox say the first alone in time; Safari before 14.1 only the second: https://bugs.webkit.org/show_bug.cgi?id=116769 */
it.each(["visibilitychange", "pagehide"])("is everything, where the browser tells of its end by %s alone", (type) => {
	const bodies: string[] = [];
	vi.stubGlobal("fetch", (_: string, { body }: RequestInit) => {
		bodies.push(new TextDecoder().decode(body as Uint8Array));
		return new Promise(() => undefined);
	});
	const tracker = createTracker({ writeKey: "wk_a", endpoint: "https://collector.example.com" }, [], false);
	tracker.track("Last");
	document.dispatchEvent(new Event("visibilitychange", { bubbles: true }));
	expect(bodies).toEqual([]);
	if (type === "visibilitychange") vi.spyOn(document, "hidden", "get").mockReturnValue(true);
	document.dispatchEvent(new Event(type, { bubbles: true }));
	expect(bodies.join()).toContain('"event":"Last"');
});
