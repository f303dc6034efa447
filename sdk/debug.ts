/**
 * The overlay behind `?strand_debug`: what was captured, what waits, what was answered and what was
 * dropped, as it happens. A shadow root keeps the page's styles out, and text only ever goes in as
 * text, so that Trusted Types and the page's own markup are safe.
 */

import type { Note } from "./page/notes.ts";
import type { Observer } from "./page/observer.ts";
import type {} from "./script.ts";
import type { WireEvent } from "./wire.ts";

/** Lines kept in the list; older ones scroll away. */
const LINES_MAX = 100;
const BOX =
	"position:fixed;right:8px;bottom:8px;z-index:2147483647;width:360px;max-height:50vh;overflow:auto;padding:8px;border-radius:6px;background:#111;color:#eee;font:12px/1.4 ui-monospace,monospace;white-space:pre-wrap;overflow-wrap:anywhere";

function describe(note: Note): string {
	switch (note.kind) {
		case "queued": {
			const { type, event, name, properties } = JSON.parse(note.json) as WireEvent;
			return `+ ${type} ${event || name || ""} ${JSON.stringify(properties || {})}`;
		}
		case "sent":
			return `→ ${note.count} events`;
		case "setAside":
			return `✗ set aside: ${note.json.slice(0, LINES_MAX)}`;
		default: {
			const refused = (note.rejected || []).map(({ code, message }) => `\n  ✗ ${code}: ${message}`).join("");
			return `← ${note.status || "no answer"}, ${note.accepted || 0} accepted${refused}`;
		}
	}
}

const debug: Observer = (_emit, page) => {
	const host = document.createElement("strand-debug");
	const root = host.attachShadow({ mode: "open" });
	const box = document.createElement("div");
	box.style.cssText = BOX;
	const head = document.createElement("b");
	const list = document.createElement("div");
	box.append(head, list);
	root.append(box);
	document.documentElement.append(host);
	let captured = 0;
	let answered = 0;
	let dropped = 0;
	page.watch((note) => {
		if (note.kind === "queued") captured++;
		if (note.kind === "setAside") dropped++;
		if (note.kind === "answered") {
			answered += note.accepted || 0;
			dropped += note.rejected?.length || 0;
		}
		head.textContent = `strand: ${captured} captured, ${Math.max(0, captured - answered - dropped)} waiting, ${answered} accepted, ${dropped} dropped`;
		const line = document.createElement("div");
		line.textContent = describe(note);
		list.prepend(line);
		while (list.childElementCount > LINES_MAX) list.lastElementChild?.remove();
	});
};

window.strand?.use?.(debug);
