/**
 * How far down the document has been seen, in CSS pixels from its top, and its height as it is now.
 * In quirks mode the body scrolls: https://drafts.csswg.org/cssom-view/#dom-document-scrollingelement
 */
export function readScroll(): [seenPx: number, heightPx: number] {
	const { scrollTop, scrollHeight } = document.scrollingElement || document.documentElement;
	return [scrollTop + innerHeight, scrollHeight];
}
