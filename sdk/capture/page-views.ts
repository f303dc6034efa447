/**
 * When a page view happens:
 *
 * - at load, as soon as the document is really shown: a prerendered one when it is activated
 *   (https://developer.mozilla.org/en-US/docs/Web/API/Document/prerenderingchange_event), one opened in a
 *   background tab when the visitor first looks at it, and never if he does not;
 * - at each *settled* address inside the document: routers call `replaceState` and `pushState` in one
 *   navigation, so the address is read after the next frame, when the title is right too;
 * - at each return from the back/forward cache (https://web.dev/articles/bfcache).
 *
 * The same address again is no view: path and query without tracking parameters, fragment by option.
 */
import { onAddressChange } from "../page/history.ts";
import { afterFrame, isHidden, type Navigation, type Page } from "../page/page.ts";
import { viewKey } from "../page/url.ts";

/**
 * @param view called once for each view, with how it came about
 * @param hash fragments are pages
 */
export function startPageViews(view: (navigation: Navigation) => void, page: Page, hash?: boolean): void {
	let lastKey: string | undefined;
	const readKey = (): string => viewKey(location, hash);

	function show(navigation: Navigation): void {
		lastKey = readKey();
		view(navigation);
	}

	function showFirst(): void {
		if (lastKey || isHidden() || (document as { prerendering?: boolean }).prerendering) return;
		const [entry] = (performance.getEntriesByType?.("navigation") || []) as (PerformanceNavigationTiming & {
			/** Tells a prerendered document apart also where the type says "navigate". */
			activationStart?: number;
		})[];
		show(entry?.activationStart ? "prerender" : entry?.type || "navigate");
	}

	function settle(): void {
		if (lastKey && readKey() !== lastKey) show("spa");
	}

	page.on("visibilitychange prerenderingchange", showFirst);
	page.on<PageTransitionEvent>("pageshow", ({ persisted }) => persisted && show("bfcache"));
	onAddressChange(page, () => afterFrame(page, settle));
	showFirst();
}
