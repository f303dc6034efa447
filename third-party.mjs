/** Which packages' code a build carries, and their licences, as those ask to be passed on. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** @typedef {{ name: string; version: string; license: string; text: string }} Notice */

/**
 * @returns {{ plugin: import("rollup").Plugin; text(): string }} a plugin for each build that counts, and what they found together
 */
export function createNotices() {
	/** @type {Map<string, Notice>} */
	const found = new Map();
	return {
		plugin: {
			name: "third-party-notices",
			generateBundle(_options, bundle) {
				for (const chunk of Object.values(bundle)) {
					if (chunk.type !== "chunk") continue;
					for (const [id, { renderedLength }] of Object.entries(chunk.modules)) {
						if (renderedLength === 0) continue;
						const folder = packageFolder(id);
						if (folder !== undefined && !found.has(folder)) found.set(folder, readNotice(folder));
					}
				}
			},
		},
		text() {
			const notices = [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
			const parts = notices.map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}`);
			return `Strand contains code of these packages.\n\n${parts.join(`\n\n${"-".repeat(72)}\n\n`)}\n`;
		},
	};
}

/** The package that a module belongs to: the nearest folder with a named package.json, below the innermost node_modules. @param {string} id */
function packageFolder(id) {
	// Rollup's plugins mark their own variants of a module by a leading NUL and a trailing query.
	const path = id.replace(/^\0/, "").replace(/\?.*$/, "");
	if (!path.includes("node_modules")) return undefined;
	for (let folder = dirname(path); !folder.endsWith("node_modules"); folder = dirname(folder)) {
		const manifest = join(folder, "package.json");
		if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version !== undefined) return folder;
	}
	return undefined;
}

/** @param {string} folder @returns {Notice} */
function readNotice(folder) {
	const { name, version, license, author } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
	const files = readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
	const texts = files.sort().map((file) => readFileSync(join(folder, file), "utf8").trim());
	const owner = typeof author === "string" ? author : author?.name;
	return { name, version, license, text: texts.join("\n\n") || `Copyright ${owner ?? name}` };
}
