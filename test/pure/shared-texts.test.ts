/** A workbook's shared texts, of which most lie in a file. */
import { existsSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { expect, it } from "vitest";
import { SharedTexts } from "../../collector/node/import/shared-texts.ts";

/** As shared-texts.ts has it. */
const HELD_CHARS_MAX = 4 * 1024 * 1024;

it("gives every shared text by its number, those held and those in the file, in any order, and leaves no file", () => {
	const folders = () => readdirSync(tmpdir()).filter((name) => existsSync(`${tmpdir()}/${name}/texts`));
	const before = folders();
	const texts = new SharedTexts();
	const wanted: string[] = [];
	const part = "春茶 𝄞 ".repeat(2000);
	for (let chars = 0; chars < 2 * HELD_CHARS_MAX; chars += part.length) wanted.push(`${wanted.length} ${part}`);
	wanted.push("", "x".repeat(HELD_CHARS_MAX), "last");
	for (const text of wanted) texts.add(text);
	expect(wanted.findIndex((text, number) => texts.get(number) !== text)).toBe(-1);
	for (let number = wanted.length - 1; number >= 0; number -= 7)
		expect(texts.get(number) === wanted[number]).toBe(true);
	expect(texts.get(wanted.length)).toBeUndefined();
	expect(folders().length).toBe(before.length + 1);
	texts.close();
	expect(folders()).toEqual(before);
});
