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

import type { Stop } from "../page/page.ts";
import { isHostOf, isWeb, parseUrl } from "../page/url.ts";
import type { JsonObject, LinkClicked } from "../wire.ts";
import { SCRIPT_EVENTS } from "../wire.ts";
import type { Emit, ObserverPage } from "./observer.ts";

/** Path endings that are files to keep rather than pages to see. */
export const DOWNLOADS =
	"pdf xls xlsx doc docx ppt pptx key pages numbers odt ods odp txt rtf csv epub zip rar 7z gz tar bz2 xz dmg pkg exe msi apk ipa deb rpm iso avi mov mp4 m4v mkv webm wmv mpg mpeg mp3 m4a wav flac ogg mid midi psd ai eps".split(
		" ",
	);

/** Characters of a link's text that are kept. */
const TEXT_CHARS_MAX = 100;
const PRIMARY_BUTTON = 0;
const MIDDLE_BUTTON = 1;
const MARK = "data-strand-event";
const PROPERTY = "data-strand-";

/** Other attributes `data-strand-NAME` of a marked element are properties of its event. */
function readProperties(element: Element): JsonObject {
	const properties: JsonObject = {};
	for (const { name, value } of Array.from(element.attributes)) {
		if (name.startsWith(PROPERTY) && name !== MARK) properties[name.slice(PROPERTY.length)] = value;
	}
	return properties;
}

function classify(url: URL, link: Element, internalHosts: readonly string[]): LinkClicked["kind"] | undefined {
	if (url.protocol === "tel:") return "tel";
	if (url.protocol === "mailto:") return "mailto";
	const extension = (/\.([a-z0-9]+)$/i.exec(url.pathname)?.[1] || "").toLowerCase();
	if (link.hasAttribute("download") || DOWNLOADS.includes(extension)) return "download";
	if (isWeb(url) && !isHostOf(url.hostname, internalHosts)) return "outbound";
	return undefined;
}

export function startLinkClicks(emit: Emit, page: ObserverPage, internalHosts: readonly string[]): Stop {
	function read(event: MouseEvent): void {
		const middle = event.type === "auxclick";
		if (event.button !== (middle ? MIDDLE_BUTTON : PRIMARY_BUTTON)) return;
		for (const node of event.composedPath()) {
			if (!(node instanceof Element)) continue;
			const marked = node.getAttribute(MARK);
			if (marked) {
				emit({ type: "track", event: marked, properties: readProperties(node), kind: "custom" });
				return;
			}
			// Links inside SVG carry their address in another namespace: `getAttribute` reads both kinds alike.
			const href = /^(a|area)$/i.test(node.localName)
				? (node.getAttribute("href") ?? node.getAttribute("xlink:href"))
				: null;
			if (href === null) continue;
			const url = parseUrl(href, document.baseURI);
			const kind = url && classify(url, node, internalHosts);
			if (!kind || node.closest("[data-strand-ignore]")) return;
			const text = (node.textContent || "").trim().replace(/\s+/g, " ").slice(0, TEXT_CHARS_MAX);
			emit({
				type: "track",
				event: kind === "download" ? SCRIPT_EVENTS.fileDownloaded : SCRIPT_EVENTS.linkClicked,
				properties: { url: page.clean(url.href), kind, ...(text && { text }) },
				kind: "click",
			});
			return;
		}
	}
	return page.on(window, "click auxclick", read);
}
