/**
 * Tells of every change of the address inside one document.
 *
 * The Navigation API sees them all without touching anything. Where it is missing (Firefox before 147,
 * Safari before 26.2) `history-wrap.ts` tells of `pushState` and `replaceState`; until that late part has
 * come, a look every second does.
 */
import { every, type Page } from "./page.ts";

/** Dispatched at the window by a wrapped history. */
export const CHANGED = "strand-history";
const LOOK_MS = 1_000;

/** @param changed called after each change, possibly several times for one navigation, and without any */
export function onAddressChange(page: Page, changed: () => void): void {
	const { navigation } = window as { navigation?: EventTarget };
	page.on(navigation ? "currententrychange" : `popstate ${CHANGED}`, changed, navigation);
	if (!navigation) every(page, LOOK_MS, changed);
}
