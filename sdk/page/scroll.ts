/** How far down the document has been seen. */

export interface ScrollExtent {
	/** Lower edge of the window, CSS pixels from the document's top. */
	seenPx: number;
	/** Height of the document as it is now, CSS pixels. */
	heightPx: number;
}

export function readScroll(): ScrollExtent {
	const root = document.documentElement;
	// In quirks mode the body scrolls: https://drafts.csswg.org/cssom-view/#dom-document-scrollingelement
	const scroller = document.scrollingElement || root;
	const heightPx = Math.max(scroller.scrollHeight, document.body?.scrollHeight || 0);
	return { seenPx: scroller.scrollTop + (window.innerHeight || root.clientHeight), heightPx };
}
