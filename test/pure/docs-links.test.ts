import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const README_LINES_MAX = 150;

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");
const files = [
	...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
	...readdirSync(join(ROOT, "docs"))
		.filter((name) => name.endsWith(".md"))
		.map((name) => `docs/${name}`),
];
const withoutCode = (text: string) => text.replace(/^```[\s\S]*?^```/gm, "").replace(/`[^`\n]*`/g, "`code`");
const readLinks = (text: string) =>
	[...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? "");
const readBlocks = (text: string) =>
	[...text.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, language, code]) => [language, code]);

/** As GitHub makes them of headings. */
const readAnchors = (text: string) =>
	new Set(
		[...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
			(heading ?? "")
				.toLowerCase()
				.replace(/[^\p{L}\p{N}\- ]/gu, "")
				.replaceAll(" ", "-"),
		),
	);

describe.each(files)("%s", (file) => {
	const links = readLinks(read(file));

	it("links to files and headings that are there", () => {
		const broken = links
			.filter((link) => !/^[a-z]+:/.test(link))
			.filter((link) => {
				const [path = "", anchor] = link.split("#", 2);
				const target = path === "" ? file : relative(ROOT, join(ROOT, dirname(file), path));
				if (!existsSync(join(ROOT, target))) return true;
				return anchor !== undefined && !readAnchors(read(target)).has(anchor);
			});
		expect(broken).toEqual([]);
	});

	it("links to other sites by https alone", () => {
		expect(
			links.filter((link) => /^[a-z]+:/.test(link) && !/^(https:\/\/[a-z0-9.-]+\.[a-z]{2,}|mailto:)/.test(link)),
		).toEqual([]);
	});
});

it("keeps the README short", () => {
	expect(read("README.md").split("\n").length).toBeLessThan(README_LINES_MAX);
});

it("says the same in Chinese: the same chapters, commands and links", () => {
	const [english, chinese] = [read("README.md"), read("README.zh-CN.md")];
	const countHeadings = (text: string) => text.match(/^##? /gm)?.length;
	expect(countHeadings(chinese)).toBe(countHeadings(english));
	expect(readBlocks(chinese).filter(([language]) => language !== "")).toEqual(
		readBlocks(english).filter(([language]) => language !== ""),
	);
	expect(
		readLinks(chinese)
			.filter((link) => !link.startsWith("README"))
			.sort(),
	).toEqual(
		readLinks(english)
			.filter((link) => !link.startsWith("README"))
			.sort(),
	);
});
