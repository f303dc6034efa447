/** What the build shortens is seen by the script's own parts alone. */
import { expect, it } from "vitest";
import apiSource from "../../sdk/api.ts?raw";
import queueSource from "../../sdk/delivery/queue.ts?raw";
import optionsSource from "../../sdk/options.ts?raw";
import notesSource from "../../sdk/page/notes.ts?raw";
import observerSource from "../../sdk/page/observer.ts?raw";
import pageSource from "../../sdk/page/page.ts?raw";
import memorySource from "../../sdk/visitor/memory.ts?raw";
import wireSource from "../../sdk/wire.ts?raw";
import { SHORT_NAMES } from "../../short-names.mjs";

const names = Object.keys(SHORT_NAMES);

/** Members of a file's interfaces, without those of interfaces that only the script sees. */
const membersOf = (source: string, internal: readonly string[] = []): string[] =>
	Array.from(source.matchAll(/^export interface (\w+)[^{]*\{(.*?)^\}/gms), ([, name, body]) =>
		internal.includes(name as string)
			? []
			: Array.from((body as string).matchAll(/^\s+(?:readonly )?(\w+)[?(<:]/gm), ([, member]) => member as string),
	).flat();

it("shortens no name of the public face, of the wire, or of what is stored", () => {
	const outside = new Set([
		...membersOf(apiSource),
		...membersOf(optionsSource),
		...membersOf(wireSource),
		...membersOf(observerSource),
		...membersOf(pageSource),
		...membersOf(notesSource),
		...membersOf(queueSource, ["Queue"]),
		...membersOf(memorySource, ["Memory"]),
	]);
	// The check sees what it is to see.
	for (const name of ["track", "beforeSend", "messageId", "later", "rejected", "json", "touches"]) {
		expect(outside).toContain(name);
	}
	expect(names.filter((name) => outside.has(name))).toEqual([]);
});

it("shortens no name of the browser's", () => {
	const theirs = new Set<string>();
	for (const name of Object.getOwnPropertyNames(window)) {
		const value: unknown = Reflect.get(window, name);
		theirs.add(name);
		const prototype = typeof value === "function" ? value.prototype : undefined;
		for (const member of Object.getOwnPropertyNames(prototype ?? {})) theirs.add(member);
	}
	expect(theirs.has("addEventListener") && theirs.has("getAttribute")).toBe(true);
	expect(names.filter((name) => theirs.has(name))).toEqual([]);
});

it("gives each name one of its own", () => {
	const short = Object.values(SHORT_NAMES);
	expect(new Set(short).size).toBe(short.length);
	expect(short.filter((name) => name.length > 1 || name === "q" || name === "o")).toEqual([]);
});
