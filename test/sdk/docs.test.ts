/** The tables of `docs/script.md` say what the code does. */
import { expect, it } from "vitest";
import scriptDocs from "../../docs/script.md?raw";
import { OPTION_KINDS } from "../../sdk/option-checks.ts";
import optionsSource from "../../sdk/options.ts?raw";
import { SCRIPT_EVENTS } from "../../sdk/wire.ts";

const [, options = "", captured = ""] = scriptDocs.split(/^## .*$/m);
const firstCells = (section: string): string[] =>
	Array.from(section.matchAll(/^\| `([^`]+)` \|/gm), ([, cell]) => cell as string);

it("documents every option and no other", () => {
	expect(firstCells(options)).toEqual(Object.keys(OPTION_KINDS));
});

it("gives the defaults that editors show beside the options", () => {
	const documented = Object.fromEntries(
		Array.from(options.matchAll(/^\| `(\w+)` \| `?(\w+)`? \|/gm), ([, name, value]) => [name, value]),
	);
	const shown = Object.fromEntries(
		Array.from(optionsSource.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+(\w+)\??:/gs), ([, comment = "", name]) => {
			const [, value = "", marked] = /Default `?(\w+)`?|`(\w+)` \(default\)/.exec(comment) ?? [];
			return [name, { true: "on", false: "off" }[value] ?? (value || marked)];
		}).filter(([, value]) => value !== undefined),
	);
	expect(documented).toEqual(shown);
	expect(documented).toMatchObject({ consent: "granted", gpc: "sharing", dnt: "off", forms: "on", vitals: "off" });
});

it("documents every event of the script and no other", () => {
	expect(firstCells(captured).sort()).toEqual(["page", ...Object.values(SCRIPT_EVENTS)].sort());
});
