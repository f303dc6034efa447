/**
 * How a form was filled: begun, sent or left, with how often the visitor deleted, paused and wrote a
 * field anew. Typed text is never read, only that something was typed: the values of fields have no
 * place in this file. Password and payment fields, and whatever carries `data-strand-ignore`, are silent.
 *
 * A form is left when the page goes away; looking at another tab is not leaving. `submit` is heard
 * when it is tried, so a form that the page's own check refuses counts as sent.
 */

import type { Emit, Observer } from "../page/observer.ts";
import { SCRIPT_EVENTS } from "../wire.ts";

/** Between two inputs of one form, a longer silence is a pause. */
export const PAUSE_MS = 3_000;
const FIELD = "input,textarea,select,[contenteditable]";
const SILENT = "[type=password],[type=hidden],[autocomplete^=cc-],[data-strand-ignore],[data-strand-ignore] *";

interface Filling {
	startedAt: number;
	lastInputAt: number;
	lastField: Element | undefined;
	/** Fields that were written in, in order of the first time. */
	fields: Set<Element>;
	/** Fields that were left after writing: writing there again is a rewrite. */
	left: Set<Element>;
	deletions: number;
	pauses: number;
	rewrites: number;
}

/**
 * The page's own names for form and field, never their contents. Attributes, since a form's field of that name stands in place of a
 * property (https://html.spec.whatwg.org/multipage/forms.html#dom-form-nameditem): `form.id` may be an element, with what a
 * framework has hung on it.
 */
const nameOf = (element: Element | undefined): string =>
	element?.getAttribute("name") ||
	element?.getAttribute("id") ||
	element?.getAttribute("type") ||
	element?.localName ||
	"";

/** By the prototype's own method, for the same reason. */
const isSilent = (form: Element): boolean => !!Element.prototype.closest.call(form, "[data-strand-ignore]");

/** Watches forms: started, submitted, abandoned, and how hard it was. */
export const forms: Observer = (emit, page) => {
	const running = new Map<Element, Filling>();

	/**
	 * An event out of a shadow root names the host as its target, its path the field
	 * (https://dom.spec.whatwg.org/#retarget).
	 * @returns the field that an event is about, unless it is to be passed over
	 */
	function findField(event: Event): Element | undefined {
		const [target] = event.composedPath();
		return target instanceof Element && target.matches(FIELD) && !target.matches(SILENT) ? target : undefined;
	}

	const formOf = (field: Element): Element | null => (field as HTMLInputElement).form ?? field.closest("form");

	function report(event: string, form: Element, filling: Filling): Parameters<Emit>[0] {
		const { startedAt, lastField, fields, deletions, pauses, rewrites } = filling;
		const action = form.getAttribute("action");
		return {
			type: "track",
			event,
			properties: {
				form: nameOf(form),
				...(action && { action: page.clean(new URL(action, document.baseURI).href) }),
				fields: fields.size,
				lastField: nameOf(lastField),
				deletions,
				pauses,
				rewrites,
				durationMs: Math.round(page.elapsed() - startedAt),
			},
			kind: "custom",
		};
	}

	function start(form: Element): Filling {
		const now = page.elapsed();
		const filling: Filling = {
			startedAt: now,
			lastInputAt: now,
			lastField: undefined,
			fields: new Set(),
			left: new Set(),
			deletions: 0,
			pauses: 0,
			rewrites: 0,
		};
		running.set(form, filling);
		emit({ type: "track", event: SCRIPT_EVENTS.formStarted, properties: { form: nameOf(form) }, kind: "custom" });
		return filling;
	}

	page.on<InputEvent>("input", (event) => {
		const field = findField(event);
		const form = field && formOf(field);
		if (!field || !form) return;
		const filling = running.get(form) || start(form);
		const now = page.elapsed();
		if (now - filling.lastInputAt > PAUSE_MS) filling.pauses++;
		if (event.inputType?.startsWith("delete")) filling.deletions++;
		if (filling.left.delete(field)) filling.rewrites++;
		filling.lastInputAt = now;
		filling.lastField = field;
		filling.fields.add(field);
	});
	page.on("focusout", (event) => {
		const field = findField(event);
		const filling = field && running.get(formOf(field) as Element);
		if (field && filling?.fields.has(field)) filling.left.add(field);
	});
	page.on("submit", ({ target }) => {
		if (!(target instanceof Element) || isSilent(target)) return;
		const filling = running.get(target) || start(target);
		running.delete(target);
		emit(report(SCRIPT_EVENTS.formSubmitted, target, filling));
	});
	page.on("pagehide", () => {
		for (const [form, filling] of running) emit(report(SCRIPT_EVENTS.formAbandoned, form, filling));
		running.clear();
	});
};
