/** What the built script weighs, and what `docs/script.md` says of it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { BUDGETS, measureSizes } from "../../bench/sdk-size.mjs";

it("keeps every file of the script below what it is held to", () => {
	expect(measureSizes().filter(({ verdict }) => !verdict.startsWith("ok"))).toEqual([]);
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
