/**
 * Tells the other tabs of the origin who the visitor is now. Only identity, consent and session travel
 * so; a browser without BroadcastChannel has tabs that learn it at their next page.
 */
import type { Page } from "../page/page.ts";
import type { ConsentState, SessionRecord } from "./memory.ts";

export interface VisitorNews {
	anonymousId: string;
	userId: string | undefined;
	session: SessionRecord | undefined;
	/** Only where somebody decided. */
	consent?: ConsentState;
}

/** @returns tells the other tabs; they hear it through `heard` */
export function joinTabs(name: string, heard: (news: VisitorNews) => void, page: Page): (news: VisitorNews) => void {
	let channel: BroadcastChannel | undefined;
	function open(): void {
		if (channel || !window.BroadcastChannel) return;
		channel = new BroadcastChannel(name);
		page.on<MessageEvent<VisitorNews>>(channel, "message", ({ data }) => heard(data));
	}
	open();
	page.on(window, "pageshow", open);
	// An open channel can keep a page out of the back/forward cache: https://web.dev/articles/bfcache#close-open-connections
	page.on(window, "pagehide", () => {
		channel?.close();
		channel = undefined;
	});
	return (news) => channel?.postMessage(news);
}
