/**
 * What every observer may ask of the page: listeners and timers whose faults stay with us, and which
 * end when the script ends.
 */
import type { Guard } from "./guard.ts";

/** How a document came to be shown; `spa` is a settled navigation inside one document. */
export type Navigation = "navigate" | "reload" | "back_forward" | "prerender" | "bfcache" | "spa";

/** Listeners and timers whose faults never reach the page, and which end with the script. */
export interface Page {
	/**
	 * Listens in the capture phase, passively, to each of the space-separated `types`: at the window, which every
	 * event of the document passes on its way down, or at another `target`.
	 */
	on<E extends Event>(types: string, listener: (event: E) => unknown, target?: EventTarget): void;
	/** Calls `fn` after `delayMs`, once. */
	later(delayMs: number, fn: () => unknown): void;
	/** Monotonic milliseconds; does not jump with the wall clock. */
	elapsed(): number;
	/** Wraps a function so that it never throws into the page. */
	guard: Guard;
}

export const createPage = (guard: Guard): Page => ({
	guard,
	elapsed: () => performance.now(),
	on(types, listener, target = window) {
		const safe = guard(listener) as EventListener;
		for (const type of types.split(" ")) target.addEventListener(type, safe, { capture: true, passive: true });
	},
	later(delayMs, fn) {
		setTimeout(guard(fn), delayMs);
	},
});

/** Calls `fn` every `periodMs`. Not one of the page's methods, since the first part of the script needs none. */
export function every(page: Page, periodMs: number, fn: () => unknown): void {
	setInterval(page.guard(fn), periodMs);
}

export const isHidden = (): boolean => document.hidden;

/** A frame that has not come by then will not: frames stop in hidden pages. */
const FRAME_WAIT_MS = 100;

/** Calls `fn` after the next frame was drawn, or soon where no frames are; possibly twice. */
export function afterFrame(page: Page, fn: () => void): void {
	requestAnimationFrame(() => page.later(0, fn));
	page.later(FRAME_WAIT_MS, fn);
}
