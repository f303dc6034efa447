/**
 * The one transport that survives a crash of the page's process: Chromium's `fetchLater`
 * (https://developer.mozilla.org/en-US/docs/Web/API/Window/fetchLater). One deferred request holds the
 * reading time so far and what is not answered yet; it is replaced as they change and withdrawn when
 * they were sent. Its repeats carry the same `messageId`s.
 */
import { toRequest } from "./transport.ts";

/** Chromium grants another origin 8 KiB unless the page's policy says more. */
export const DEFERRED_CHARS_MAX = 6 * 1024;

/** @returns replaces the waiting request; an empty body only withdraws it */
export function createDeferred(url: string): (body: string) => void {
	let aborter: AbortController | undefined;
	return (body) => {
		aborter?.abort();
		if (!body) return;
		aborter = new AbortController();
		try {
			(window as { fetchLater?: (url: string, init: RequestInit) => unknown }).fetchLater?.(url, {
				...toRequest(body),
				signal: aborter.signal,
			});
		} catch {
			// Quota used up by others, or forbidden by policy: the disk still has it all.
		}
	};
}
