/**
 * The one transport that survives a crash of the page's process: Chromium's `fetchLater`
 * (https://developer.mozilla.org/en-US/docs/Web/API/Window/fetchLater). One deferred request holds the
 * reading time so far and what is not answered yet; it is replaced as they change and withdrawn when
 * they were sent. Its repeats carry the same `messageId`s.
 */

interface DeferredInit extends RequestInit {
	activateAfter?: number;
}
type FetchLater = (url: string, init: DeferredInit) => unknown;

/** Chromium grants another origin 8 KiB unless the page's policy says more. */
export const DEFERRED_CHARS_MAX = 6 * 1024;

export interface Deferred {
	/** Replaces the waiting request. */
	arm(body: string): void;
	/** Withdraws it. */
	disarm(): void;
}

export function createDeferred(url: string): Deferred {
	let aborter: AbortController | undefined;
	const disarm = (): void => {
		aborter?.abort();
		aborter = undefined;
	};
	return {
		disarm,
		arm(body) {
			const { fetchLater } = window as { fetchLater?: FetchLater };
			disarm();
			if (!fetchLater) return;
			aborter = new AbortController();
			try {
				const headers = { "content-type": "text/plain" };
				fetchLater(url, { method: "POST", body, headers, signal: aborter.signal });
			} catch {
				// Quota used up by others, or forbidden by policy: the disk still has it all.
			}
		},
	};
}
