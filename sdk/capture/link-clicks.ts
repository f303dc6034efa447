/**
 * Clicks on links that lead out of the pages we see: other hosts, downloads, telephone, mail, and
 * whatever the page marks with `data-strand-event`.
 *
 * Heard in the capture phase, so that a handler which stops the event hides nothing from us; passively
 * and without ever delaying the navigation: the queue keeps the event, not a timer. A link whose
 * default is prevented counts, since the visitor clicked it. The middle button comes as `auxclick`
 * (https://developer.mozilla.org/en-US/docs/Web/API/Element/auxclick_event). One click makes one event: the
 * nearest marked element or link on the composed path, which also leads out of open shadow roots.
 */

import type { Captured } from "../page/observer.ts";
import { isHostOf, parseUrl } from "../page/url.ts";
import type { JsonObject, LinkClicked } from "../wire.ts";
import { SCRIPT_EVENTS } from "../wire.ts";

/** Path endings that are files to keep rather than pages to see. */
export const DOWNLOADS =
	/\.(pdf|xlsx?|docx?|pptx?|od[stp]|csv|txt|rtf|epub|zip|rar|7z|t?gz|tar|dmg|pkg|exe|msi|apk|ipa|iso|mp[34]|m4[av]|mov|avi|mkv|webm|wmv|mpe?g|wav|flac|og[gv]|eps|psd)$/i;

/** Characters of a link's text that are kept. */
const TEXT_CHARS_MAX = 100;
const PREFIX = "data-strand-";
/** What the attributes `data-strand-NAME` of an element say, by name. */
type Marks = Partial<Record<string, string>>;

function classify(
	{ protocol, pathname, hostname }: URL,
	link: Element,
	ownHosts: readonly string[],
): LinkClicked["kind"] | undefined {
	const [, kind] = /^(tel|mailto):/.exec(protocol) || [];
	if (kind) return kind as LinkClicked["kind"];
	if (link.hasAttribute("download") || DOWNLOADS.test(pathname)) return "download";
	return /^http/.test(protocol) && !isHostOf(hostname, ownHosts) ? "outbound" : undefined;
}

/**
 * @param button   the mouse's; 0 is the main one
 * @param path     what was clicked, innermost first
 * @param clean    scrubs an address
 * @param ownHosts links to these and below them are inside
 * @returns the fact; `undefined` for a click that is none
 */
export function readClick(
	button: number,
	path: readonly EventTarget[],
	clean: (url: string) => string,
	ownHosts: readonly string[],
): Captured | undefined {
	// The right button comes as `auxclick` too, and opens a menu.
	if (button > 1) return undefined;
	for (const node of path as Element[]) {
		// A form may be on the path, whose fields stand in place of its members: `<input name="matches">`.
		const marks = Array.from(node.attributes || [], ({ name, value }) => [name?.split(PREFIX)[1], value]);
		const { event, ...properties } = Object.fromEntries(marks.filter(([name]) => name)) as Marks;
		if (event) return { type: "track", event, properties: properties as JsonObject, kind: "custom" };
		if (!/^(a|area)$/i.test(node.localName)) continue;
		// Links inside SVG may carry their address in another namespace.
		const href = node.getAttribute("href") ?? node.getAttribute("xlink:href");
		if (href === null) continue;
		const url = parseUrl(href, document.baseURI);
		const kind = url && classify(url, node, ownHosts);
		if (!kind || node.closest("[data-strand-ignore]")) return undefined;
		return {
			type: "track",
			event: kind === "download" ? SCRIPT_EVENTS.fileDownloaded : SCRIPT_EVENTS.linkClicked,
			properties: {
				url: clean(url.href),
				kind,
				text: node.textContent?.trim().replace(/\s+/g, " ").slice(0, TEXT_CHARS_MAX) || undefined,
			} satisfies LinkClicked as JsonObject,
			kind: "click",
		};
	}
	return undefined;
}
