/**
 * What every observer may ask of the page: listeners and timers whose faults stay with us, and the
 * moments at which a page comes and goes.
 */
import type { Guard } from "./guard.ts";

export type Stop = () => void;

/** How a document came to be shown; `spa` is a settled navigation inside one document. */
export type Navigation = "navigate" | "reload" | "back_forward" | "prerender" | "bfcache" | "spa";

export interface Page {
	/** Listens in the capture phase, passively. The listener's faults never reach the page. */
	on<E extends Event>(target: EventTarget, types: string, listener: (event: E) => void): Stop;
	/** Calls `fn` after `delayMs`, once. */
	later(delayMs: number, fn: () => void): Stop;
	/** Calls `fn` every `periodMs` until stopped. */
	every(periodMs: number, fn: () => void): Stop;
	/** Calls `fn` after the next frame was drawn, or after 100 ms where no frames are (a hidden page). */
	afterFrame(fn: () => void): void;
	/** Monotonic milliseconds; does not jump with the wall clock. */
	elapsed(): number;
	guard: Guard;
	/** Counts a fault that no guarded function met. */
	fault(error: unknown): undefined;
}

/** A frame that has not come by then will not: frames stop in hidden pages. */
const FRAME_WAIT_MS = 100;

export function createPage(guard: Guard): Page {
	const later: Page["later"] = (delayMs, fn) => {
		const timer = setTimeout(guard(fn), delayMs);
		return () => clearTimeout(timer);
	};
	return {
		guard,
		fault: guard.fault,
		on(target, types, listener) {
			const safe = guard(listener) as EventListener;
			const names = types.split(" ");
			for (const name of names) target.addEventListener(name, safe, { capture: true, passive: true });
			return () => {
				for (const name of names) target.removeEventListener(name, safe, true);
			};
		},
		later,
		every(periodMs, fn) {
			const timer = setInterval(guard(fn), periodMs);
			return () => clearInterval(timer);
		},
		afterFrame(fn) {
			let done = false;
			const once = (): void => {
				if (done) return;
				done = true;
				fn();
			};
			if ("requestAnimationFrame" in window) requestAnimationFrame(() => later(0, once));
			later(FRAME_WAIT_MS, once);
		},
		elapsed: () => performance.now(),
	};
}

export const isHidden = (): boolean => document.visibilityState === "hidden";

/** Gathers several stops into one. */
export const stopAll =
	(stops: readonly Stop[]): Stop =>
	() => {
		for (const stop of stops) stop();
	};
