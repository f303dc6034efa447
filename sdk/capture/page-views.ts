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
export function startPageViews(view: (navigation: Navigation) => void, page: Page, hash: boolean): void {
	let lastKey: string | undefined;
	const readKey = (): string => viewKey(new URL(location.href), hash);

	function show(navigation: Navigation): void {
		lastKey = readKey();
		view(navigation);
	}

	function readNavigation(): Navigation {
		const [entry] = (performance.getEntriesByType?.("navigation") || []) as PerformanceNavigationTiming[];
		// `activationStart` tells a prerendered document apart also where the type says "navigate".
		if ((entry as { activationStart?: number } | undefined)?.activationStart) return "prerender";
		return (entry?.type || "navigate") as Navigation;
	}

	function showFirst(): void {
		if (lastKey !== undefined || isHidden() || (document as { prerendering?: boolean }).prerendering) return;
		show(readNavigation());
	}

	let settling = false;
	function settle(): void {
		settling = false;
		if (lastKey !== undefined && readKey() !== lastKey) show("spa");
	}

	page.on(document, "visibilitychange prerenderingchange", showFirst);
	page.on<PageTransitionEvent>(window, "pageshow", ({ persisted }) => persisted && show("bfcache"));
	onAddressChange(page, () => {
		if (settling || readKey() === lastKey) return;
		settling = true;
		afterFrame(page, settle);
	});
	showFirst();
}
