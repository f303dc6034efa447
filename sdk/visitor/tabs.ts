/**
 * Tells the other tabs of the origin who the visitor is now, and hears it from them. Only identity,
 * consent and session travel so; a browser without BroadcastChannel has tabs that learn it at their next
 * page.
 */
import type { Page } from "../page/page.ts";
import type { ConsentState, Memory, VisitorRecord } from "./memory.ts";

interface VisitorNews extends Pick<VisitorRecord, "anonymousId" | "userId" | "session"> {
	/** Only where somebody decided. */
	consent: ConsentState | undefined;
}

export interface TabsParts {
	/** Of the channel. */
	name: string;
	page: Page;
	memory: Memory;
	/** Another visitor is at hand than before. */
	turn(): void;
	/** Somebody decided in another tab. */
	applyConsent(consent: ConsentState): unknown;
}

/** @returns tells the other tabs, with the consent where somebody has just decided */
export function joinTabs({ name, page, memory, turn, applyConsent }: TabsParts): (consent?: ConsentState) => void {
	let channel: BroadcastChannel | undefined;
	function hear({ consent, ...news }: VisitorNews): unknown {
		if (news.anonymousId !== memory.record.anonymousId) turn();
		memory.write(news);
		memory.mend();
		return consent && applyConsent(consent);
	}
	function open(): void {
		if (channel || !window.BroadcastChannel) return;
		channel = new BroadcastChannel(name);
		page.on<MessageEvent<VisitorNews>>("message", ({ data }) => hear(data), channel);
	}
	open();
	page.on("pageshow", open);
	// An open channel can keep a page out of the back/forward cache: https://web.dev/articles/bfcache#close-open-connections
	page.on("pagehide", () => {
		channel?.close();
		channel = undefined;
	});
	return (consent) => {
		const { anonymousId, userId, session } = memory.record;
		channel?.postMessage({ anonymousId, userId, session, consent } satisfies VisitorNews);
	};
}
