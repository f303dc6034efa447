/** Fills the example pages, which carry a placeholder in their script tag, with a collector's write key. */

import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** As it stands in `data-write-key` of the pages in `examples/`. */
export const WRITE_KEY_PLACEHOLDER = "YOUR_WRITE_KEY";

/** Replaces the folder `target` by a copy of `source` whose pages hold `writeKey`. */
export function publishExamples(source: string, target: string, writeKey: string): void {
	rmSync(target, { recursive: true, force: true });
	cpSync(source, target, { recursive: true });
	for (const name of readdirSync(target)) {
		if (!name.endsWith(".html")) continue;
		const file = join(target, name);
		writeFileSync(file, readFileSync(file, "utf8").replaceAll(WRITE_KEY_PLACEHOLDER, writeKey));
	}
}
