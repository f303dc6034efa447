/** What the local collector shares with the deployed one, read from `wrangler.toml`, where it stands once. */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { isInstalledPackage, ROOT } from "./root.ts";

/** In the current folder, of whoever deploys an installed package: named so that no other Worker's file is taken for it. */
const OWN_FILE = "strand.wrangler.toml";

/**
 * The file that `wrangler deploy` reads. A clone deploys its sources; an installed package deploys what it carries
 * built, by a file in the current folder that is the user's to change.
 */
export function wranglerFile(): string {
	return isInstalledPackage ? resolve(OWN_FILE) : join(ROOT, "wrangler.toml");
}

/** Makes the file of an installed package, where the user has none yet. */
export function ensureWranglerFile(): string {
	const file = wranglerFile();
	if (existsSync(file)) return file;
	const dist = relative(process.cwd(), join(ROOT, "dist")).split(sep).join("/");
	const text = readFileSync(join(ROOT, "wrangler.toml"), "utf8")
		.replace('"collector/index.ts"', `"${dist}/collector.mjs"`)
		.replace('"dist/public"', `"${dist}/public"`);
	writeFileSync(file, text);
	return file;
}

export interface WranglerFile {
	/** `YYYY-MM-DD` */
	compatibilityDate: string;
	compatibilityFlags: string[];
	streamShards: number;
	profileShards: number;
}

/** @throws Error when the file lacks one of the entries */
export function readWranglerFile(file: string): WranglerFile {
	const text = readFileSync(file, "utf8");
	// A TOML reader would be one more dependency at run time for four lines of our own file.
	const find = (pattern: RegExp) => {
		const value = pattern.exec(text)?.[1];
		if (value === undefined) throw new Error(`${file} has no line like ${pattern.source}`);
		return value;
	};
	return {
		compatibilityDate: find(/^compatibility_date = "(\d{4}-\d{2}-\d{2})"/m),
		compatibilityFlags: (/^compatibility_flags = \[(.*)\]/m.exec(text)?.[1]?.match(/[a-z0-9_]+/g) ?? []).slice(),
		streamShards: Number(find(/^STREAM_SHARD_COUNT = "(\d+)"/m)),
		profileShards: Number(find(/^PROFILE_SHARD_COUNT = "(\d+)"/m)),
	};
}
