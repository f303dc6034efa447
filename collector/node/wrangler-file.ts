/** What the local collector shares with the deployed one, read from `wrangler.toml`, where it stands once. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface WranglerFile {
	/** `YYYY-MM-DD` */
	compatibilityDate: string;
	compatibilityFlags: string[];
	streamShards: number;
	profileShards: number;
}

/** @throws Error when the file lacks one of the entries */
export function readWranglerFile(root: string): WranglerFile {
	const text = readFileSync(join(root, "wrangler.toml"), "utf8");
	// A TOML reader would be one more dependency at run time for four lines of our own file.
	const find = (pattern: RegExp) => {
		const value = pattern.exec(text)?.[1];
		if (value === undefined) throw new Error(`wrangler.toml has no line like ${pattern.source}`);
		return value;
	};
	return {
		compatibilityDate: find(/^compatibility_date = "(\d{4}-\d{2}-\d{2})"/m),
		compatibilityFlags: (/^compatibility_flags = \[(.*)\]/m.exec(text)?.[1]?.match(/[a-z0-9_]+/g) ?? []).slice(),
		streamShards: Number(find(/^STREAM_SHARD_COUNT = "(\d+)"/m)),
		profileShards: Number(find(/^PROFILE_SHARD_COUNT = "(\d+)"/m)),
	};
}
