/** Clicks on links, in documents that are hard on scripts. */
import { afterEach, expect, it } from "vitest";
import { readClick } from "../../sdk/capture/link-clicks.ts";
import type { Captured } from "../../sdk/page/observer.ts";

const clicked: Captured[] = [];
const hear = (click: MouseEvent): void => {
	const fact = readClick(click.button, click.composedPath(), (url: string) => url, [location.hostname]);
	if (fact) clicked.push(fact);
};
addEventListener("click", hear, true);
addEventListener("auxclick", hear, true);

afterEach(() => {
	clicked.length = 0;
});

function click(html: string, type = "click", button = 0): void {
	document.body.innerHTML = html;
	document
		.querySelector("#here")
		?.dispatchEvent(new MouseEvent(type, { button, bubbles: true, composed: true, cancelable: true }));
}

it("are read inside a form whose fields stand in place of its members", () => {
	const inputs = ["matches", "localName", "closest", "getAttribute"].map((name) => `<input name="${name}">`);
	const fields = [...inputs, '<select name="attributes"><option>1</option></select>'];
	click(`<form>${fields.join("")}<a href="https://other.example/" ><b id="here">out</b></a></form>`);
	click(`<form>${fields.join("")}<b id="here">no link</b></form>`);
	expect(clicked.map(({ properties }) => properties)).toEqual([
		{ url: "https://other.example/", kind: "outbound", text: "out" },
	]);
});

it("are one event each, of the nearest mark or link, with the mark's own properties", () => {
	click('<a href="https://other.example/" data-strand-event="Chosen" data-strand-plan="pro"><b id="here">x</b></a>');
	click('<svg><a xlink:href="mailto:a@b.cn"><text id="here">mail</text></a></svg>');
	click('<a name="anchor"><b id="here">x</b></a>');
	expect(clicked.map(({ event, properties }) => [event, properties?.kind ?? properties])).toEqual([
		["Chosen", { plan: "pro" }],
		["Link Clicked", "mailto"],
	]);
});

it("are those of the main and the middle button: the right one opens a menu", () => {
	for (const button of [1, 2]) click('<a id="here" href="mailto:a@b.cn">mail</a>', "auxclick", button);
	expect(clicked.length).toBe(1);
});
