/**
 * Tells the other tabs of the origin who the visitor is now. Only identity, consent and session travel
 * so; a browser without BroadcastChannel has tabs that learn it at their next page.
 */
import { type Page, type Stop, stopAll } from "../page/page.ts";
import type { ConsentState, SessionRecord } from "./memory.ts";

export interface VisitorNews {
	anonymousId: string;
	userId: string | undefined;
	session: SessionRecord | undefined;
	/** Only where somebody decided. */
	consent?: ConsentState;
}

export interface Tabs {
	tell(news: VisitorNews): void;
	stop: Stop;
}

export function joinTabs(name: string, heard: (news: VisitorNews) => void, page: Page): Tabs {
	let channel: BroadcastChannel | undefined;
	function open(): void {
		if (channel || !window.BroadcastChannel) return;
		channel = new BroadcastChannel(name);
		channel.onmessage = page.guard((event: MessageEvent<VisitorNews>) => heard(event.data)) as (
			event: MessageEvent,
		) => void;
	}
	/** An open channel can keep a page out of the back/forward cache: https://web.dev/articles/bfcache#close-open-connections */
	function close(): void {
		channel?.close();
		channel = undefined;
	}
	open();
	const stops = [page.on(window, "pagehide", close), page.on(window, "pageshow", open), close];
	return { tell: (news) => channel?.postMessage(news), stop: stopAll(stops) };
}
