/** What the built script weighs and which browsers read it, and what `docs/script.md` says of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type ecmaVersion, parse } from "acorn";
import { expect, it } from "vitest";
import { BUDGETS, measureSizes } from "../../bench/sdk-size.mjs";

it("keeps every file of the script below what it is held to", () => {
	expect(measureSizes().filter(({ verdict }) => verdict !== "ok")).toEqual([]);
});

it("says in the documentation what each file is held to", () => {
	const docs = readFileSync(join(import.meta.dirname, "../../docs/script.md"), "utf8");
	const [, sizes = ""] = docs.split(/^## Sizes$/m);
	const rows = Array.from(sizes.matchAll(/^\| `([^`]+)` \| ([\d,]+) \|/gm), ([, file, bytes]) => [
		file,
		Number(bytes?.replace(",", "")),
	]);
	expect(rows).toEqual(BUDGETS.map(({ file, bytesMax }) => [file, bytesMax]));
});

/** Of what is not ES2020: the stub is for every browser, and web-vitals is as its authors build it. */
const SYNTAX: { readonly [file: string]: 5 | 2022 } = { "strand-stub.js": 5, "strand-vitals.js": 2022 };

it("asks for nothing that keeps pages out of the back/forward cache, and evaluates no text", () => {
	for (const { file } of BUDGETS) {
		const code = readFileSync(join(import.meta.dirname, "../../dist", file), "utf8");
		expect(code, file).not.toMatch(/unload|\beval\(|Function\(|document\.write|innerHTML/);
	}
});

it("is written in a syntax that browsers read from 2020 on, and the stub in one that all read", () => {
	for (const { file } of BUDGETS) {
		const code = readFileSync(join(import.meta.dirname, "../../dist", file), "utf8");
		const read = (ecmaVersion: ecmaVersion): unknown => parse(code, { ecmaVersion, sourceType: "script" });
		const version = SYNTAX[file] ?? 2020;
		expect(() => read(version), file).not.toThrow();
		if (version > 5) expect(() => read(5), file).toThrow(SyntaxError);
	}
});
