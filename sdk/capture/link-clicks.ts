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

import type { Emit } from "../page/observer.ts";
import type { Page } from "../page/page.ts";
import { isHostOf, parseUrl } from "../page/url.ts";
import type { JsonObject, LinkClicked } from "../wire.ts";
import { SCRIPT_EVENTS } from "../wire.ts";

/** Path endings that are files to keep rather than pages to see. */
export const DOWNLOADS =
	/\.(pdf|xlsx?|docx?|pptx?|od[stp]|csv|txt|rtf|epub|zip|rar|7z|t?gz|tar|dmg|pkg|exe|msi|apk|ipa|iso|mp[34]|m4[av]|mov|avi|mkv|webm|wmv|mpe?g|wav|flac|og[gv]|eps|psd)$/i;

/** Characters of a link's text that are kept. */
const TEXT_CHARS_MAX = 100;
/** `button` of the click that follows a link; by `auxclick` it comes as the middle one. */
const BUTTONS: { readonly [type: string]: number } = { click: 0, auxclick: 1 };
const PREFIX = "data-strand-";

function classify(url: URL, link: Element, ownHosts: readonly string[]): LinkClicked["kind"] | undefined {
	const kind = url.protocol.slice(0, -1);
	if (kind === "tel" || kind === "mailto") return kind;
	if (link.hasAttribute("download") || DOWNLOADS.test(url.pathname)) return "download";
	return /^http/.test(kind) && !isHostOf(url.hostname, ownHosts) ? "outbound" : undefined;
}

/** What the attributes `data-strand-NAME` of an element say, by name. */
const readMarks = (element: Element): Partial<Record<string, string>> =>
	Object.fromEntries(
		Array.from(element.attributes, ({ name, value }) => [name.split(PREFIX)[1], value]).filter(([name]) => name),
	);

/**
 * @param clean    scrubs an address
 * @param ownHosts links to these and below them are inside
 */
export function startLinkClicks(
	emit: Emit,
	clean: (url: string) => string,
	page: Page,
	ownHosts: readonly string[],
): void {
	page.on<MouseEvent>("click auxclick", (click) => {
		if (click.button !== BUTTONS[click.type]) return;
		for (const node of click.composedPath()) {
			if (!(node instanceof Element)) continue;
			const { event, ...marks } = readMarks(node);
			if (event) return emit({ type: "track", event, properties: marks as JsonObject, kind: "custom" });
			// Links inside SVG carry their address in another namespace.
			const href = /^(a|area)$/i.test(node.localName) && (node.getAttribute("href") ?? node.getAttribute("xlink:href"));
			if (typeof href !== "string") continue;
			const url = parseUrl(href, document.baseURI);
			const kind = url && classify(url, node, ownHosts);
			if (!kind || node.closest("[data-strand-ignore]")) return;
			const text = (node.textContent || "").trim().replace(/\s+/g, " ").slice(0, TEXT_CHARS_MAX) || undefined;
			const name = kind === "download" ? SCRIPT_EVENTS.fileDownloaded : SCRIPT_EVENTS.linkClicked;
			const properties: LinkClicked = { url: clean(url.href), kind, text };
			return emit({ type: "track", event: name, properties: properties as JsonObject, kind: "click" });
		}
	});
}
