/**
 * What every observer may ask of the page: listeners and timers whose faults stay with us, and which
 * end when the script ends.
 */
import type { Guard } from "./guard.ts";

export type Stop = () => void;

/** How a document came to be shown; `spa` is a settled navigation inside one document. */
export type Navigation = "navigate" | "reload" | "back_forward" | "prerender" | "bfcache" | "spa";

export interface Page {
	/** Listens in the capture phase, passively, to each of the space-separated `types`. */
	on<E extends Event>(target: EventTarget, types: string, listener: (event: E) => unknown): void;
	/** Calls `fn` after `delayMs`, once. */
	later(delayMs: number, fn: () => unknown): Stop;
	/** Calls `fn` every `periodMs`. */
	every(periodMs: number, fn: () => unknown): void;
	/** Monotonic milliseconds; does not jump with the wall clock. */
	elapsed(): number;
	/** Wraps a function so that it never throws into the page. */
	guard: Guard;
	/** Counts a fault that no guarded function met. */
	fault(error: unknown): undefined;
}

export function createPage(guard: Guard): Page {
	return {
		guard,
		fault: guard.fault,
		elapsed: () => performance.now(),
		on(target, types, listener) {
			const safe = guard(listener) as EventListener;
			for (const type of types.split(" ")) target.addEventListener(type, safe, { capture: true, passive: true });
		},
		later(delayMs, fn) {
			const timer = setTimeout(guard(fn), delayMs);
			return () => clearTimeout(timer);
		},
		every(periodMs, fn) {
			setInterval(guard(fn), periodMs);
		},
	};
}

export const isHidden = (): boolean => document.visibilityState === "hidden";

/** A frame that has not come by then will not: frames stop in hidden pages. */
const FRAME_WAIT_MS = 100;

/** Calls `fn` once after the next frame was drawn, or soon where no frames are. */
export function afterFrame(page: Page, fn: () => void): void {
	let done = false;
	const once = (): void => {
		if (!done) fn();
		done = true;
	};
	requestAnimationFrame(() => page.later(0, once));
	page.later(FRAME_WAIT_MS, once);
}
