/** The tables of `docs/script.md` say what the code does. */
import { expect, it } from "vitest";
import scriptDocs from "../../docs/script.md?raw";
import { OPTION_KINDS } from "../../sdk/option-checks.ts";
import { SCRIPT_EVENTS } from "../../sdk/wire.ts";

const [, options = "", captured = ""] = scriptDocs.split(/^## .*$/m);
const firstCells = (section: string): string[] =>
	Array.from(section.matchAll(/^\| `([^`]+)` \|/gm), ([, cell]) => cell as string);

it("documents every option and no other", () => {
	expect(firstCells(options)).toEqual(Object.keys(OPTION_KINDS));
});

it("documents every event of the script and no other", () => {
	expect(firstCells(captured).sort()).toEqual(["page", ...Object.values(SCRIPT_EVENTS)].sort());
});
