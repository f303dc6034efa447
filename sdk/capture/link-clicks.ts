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

import type { Emit, ObserverPage } from "../page/observer.ts";
import { isHostOf, parseUrl } from "../page/url.ts";
import type { JsonObject, LinkClicked } from "../wire.ts";
import { SCRIPT_EVENTS } from "../wire.ts";

/** Path endings that are files to keep rather than pages to see. */
export const DOWNLOADS =
	/\.(pdf|xlsx?|docx?|pptx?|od[stp]|csv|txt|rtf|epub|zip|rar|7z|t?gz|tar|dmg|pkg|exe|msi|apk|ipa|iso|mp[34]|m4[av]|mov|avi|mkv|webm|wmv|mpe?g|wav|flac|og[gv]|eps|psd)$/i;

/** Characters of a link's text that are kept. */
const TEXT_CHARS_MAX = 100;
const PRIMARY_BUTTON = 0;
const MIDDLE_BUTTON = 1;
const MARK = "data-strand-event";
const PROPERTY = "data-strand-";

function classify(url: URL, link: Element, internalHosts: readonly string[]): LinkClicked["kind"] | undefined {
	const kind = url.protocol.slice(0, -1);
	if (kind === "tel" || kind === "mailto") return kind;
	if (link.hasAttribute("download") || DOWNLOADS.test(url.pathname)) return "download";
	return kind.startsWith("http") && !isHostOf(url.hostname, internalHosts) ? "outbound" : undefined;
}

export function startLinkClicks(emit: Emit, page: ObserverPage, internalHosts: readonly string[]): void {
	page.on<MouseEvent>(window, "click auxclick", (event) => {
		if (event.button !== (event.type === "click" ? PRIMARY_BUTTON : MIDDLE_BUTTON)) return;
		for (const node of event.composedPath()) {
			if (!(node instanceof Element)) continue;
			const marked = node.getAttribute(MARK);
			// Links inside SVG carry their address in another namespace.
			const href = /^(a|area)$/i.test(node.localName) && (node.getAttribute("href") ?? node.getAttribute("xlink:href"));
			if (marked) {
				const properties: JsonObject = {};
				// Other attributes `data-strand-NAME` of a marked element are properties of its event.
				for (const { name, value } of Array.from(node.attributes)) {
					if (name.startsWith(PROPERTY) && name !== MARK) properties[name.slice(PROPERTY.length)] = value;
				}
				return emit({ type: "track", event: marked, properties, kind: "custom" });
			}
			if (typeof href !== "string") continue;
			const url = parseUrl(href, document.baseURI);
			const kind = url && classify(url, node, internalHosts);
			if (!kind || node.closest("[data-strand-ignore]")) return;
			const text = (node.textContent || "").trim().replace(/\s+/g, " ").slice(0, TEXT_CHARS_MAX);
			return emit({
				type: "track",
				event: kind === "download" ? SCRIPT_EVENTS.fileDownloaded : SCRIPT_EVENTS.linkClicked,
				properties: { url: page.clean(url.href), kind, ...(text && { text }) },
				kind: "click",
			});
		}
	});
}
