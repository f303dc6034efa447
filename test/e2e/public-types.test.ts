/** What an editor shows of the packages' public types, as they are built. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

/** Starts of declarations and of their members that no comment stands above. */
function findUndocumented(file: string): string[] {
	const lines = readFileSync(join(import.meta.dirname, "../../dist", file), "utf8").split("\n");
	const names = new Set(
		lines.filter((line) => line.startsWith("export ")).flatMap((line) => line.match(/\w+/g)?.slice(1) ?? []),
	);
	let isPublic = false;
	let isLiteral = false;
	return lines.filter((line, index) => {
		const [, kind, name = ""] = /^(?:export )?(?:declare )?(interface|type|const|function) (\w+)/.exec(line) ?? [];
		if (kind) {
			isPublic = names.has(name);
			isLiteral = kind !== "interface";
		}
		const isMember = /^ {4}(?! )(?:readonly )?[\w[\]: ]+\??[(<:]/.test(line) && !isLiteral;
		// Overloads and unions go on where the line before has not ended.
		return isPublic && (kind || isMember) && !/(\*\/|[,|(])$/.test(lines[index - 1]?.trim() ?? "");
	});
}

it.each(["strand.d.ts", "server.d.ts"])("documents every public member of %s", (file) => {
	expect(findUndocumented(file)).toEqual([]);
});
