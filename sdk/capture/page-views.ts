/**
 * When a page view happens:
 *
 * - at load, as soon as the document is really shown: a prerendered one when it is activated
 *   (until then it is hidden: https://wicg.github.io/nav-speculation/prerendering.html#interaction-with-visibility-state), one opened in a
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
 * @param view     called with how the first view came about
 * @param wasShown the document was seen, whatever it is now
 */
export function startPageViews(view: (navigation: Navigation) => void, page: Page, wasShown: boolean): void {
	let isShown = false;
	function show(): void {
		// A prerendered document becomes visible a moment before it is told that it is activated.
		if (isShown || (isHidden() && !wasShown)) return;
		isShown = true;
		const { prerendering } = document as { prerendering?: boolean };
		const [entry] = (performance.getEntriesByType?.("navigation") || []) as (PerformanceNavigationTiming & {
			/** Tells a prerendered document apart also where the type says "navigate". */
			activationStart?: number;
		})[];
		view(prerendering || entry?.activationStart ? "prerender" : entry?.type || "navigate");
	}
	page.on("visibilitychange", show);
	show();
}

/**
 * @param url  address of the running view; empty for none
 * @param read the address now, as `url` gives it
 * @param clickIds what click ids are called
 * @param hash fragments are pages
 */
export function startFurtherViews(
	view: (navigation: Navigation) => void,
	page: Page,
	url: () => string,
	read: () => string,
	clickIds: RegExp,
	hash?: boolean,
): void {
	const keyOf = (url: string): string => viewKey(new URL(url), clickIds, hash);
	function settle(): void {
		if (url() && keyOf(url()) !== keyOf(read())) view("spa");
	}
	onAddressChange(page, () => afterFrame(page, settle));
	afterFrame(page, settle);
}
