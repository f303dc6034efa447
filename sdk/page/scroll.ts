/**
 * How far down the document has been seen, in CSS pixels from its top, and its height as it is now.
 * In quirks mode the body scrolls: https://drafts.csswg.org/cssom-view/#dom-document-scrollingelement
 */
export function readScroll(): [seenPx: number, heightPx: number] {
	const { body, documentElement, scrollingElement } = document;
	const { scrollTop, scrollHeight } = scrollingElement || documentElement;
	return [scrollTop + innerHeight, Math.max(scrollHeight, body?.scrollHeight || 0)];
}
