/** What is remembered of a visitor between pages: when the id cookie is written, and when it is left alone. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createMemory, type Memory } from "../../sdk/visitor/memory.ts";

const written: string[] = [];
let ids = 0;

/** A page's start. */
function remember(isKept = true, cookieDomain?: string): Memory {
	written.length = 0;
	const memory = createMemory(() => `id-${++ids}`, cookieDomain);
	memory.setKept(isKept);
	vi.runAllTimers();
	return memory;
}

beforeEach(() => {
	vi.useFakeTimers();
	let prototype = document;
	while (!Object.hasOwn(prototype, "cookie")) prototype = Object.getPrototypeOf(prototype);
	const { get, set } = Object.getOwnPropertyDescriptor(prototype, "cookie") as Required<PropertyDescriptor>;
	Object.defineProperty(document, "cookie", {
		configurable: true,
		get,
		set(value) {
			written.push(value);
			set.call(document, value);
		},
	});
});
afterEach(() => {
	remember(false);
	localStorage.clear();
	Reflect.deleteProperty(document, "cookie");
	vi.useRealTimers();
});

it("writes the id cookie on a first page, and leaves it alone on the next", () => {
	const { record } = remember();
	expect(written.length).toBe(1);
	expect(document.cookie).toBe(`strand_id=${record.anonymousId}`);
	expect(remember().record).toEqual(record);
	expect(written).toEqual([]);
});

it("writes it where it is missing, where another domain is wanted, and where the record was lost", () => {
	const { record } = remember();
	document.cookie = "strand_id=; max-age=0; path=/";
	expect(remember().record.anonymousId).toBe(record.anonymousId);
	expect(written.length).toBe(1);
	remember(true, "another.test");
	expect(written[0]).toMatch(/domain=another\.test/);
	localStorage.clear();
	expect(remember().record.anonymousId).toBe(record.anonymousId);
	expect(written.length).toBe(1);
});

it("takes the id of a cookie that another host of the domain wrote", () => {
	remember();
	document.cookie = "strand_id=theirs; path=/";
	expect(remember().record.anonymousId).toBe("theirs");
});

it("writes nothing for a visitor of whom nothing is kept, and removes what was", () => {
	remember(false);
	expect(written).toEqual([]);
	remember();
	remember(false);
	// The empty value is all that this browser, which does not let cookies expire, is left with.
	expect([document.cookie, localStorage.length]).toEqual(["strand_id=", 0]);
});
