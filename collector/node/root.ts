/** Where the command's own files lie: the project's folder in a clone, the package's where it is installed. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";

/** With `dist/`, `wrangler.toml` and `examples/`. Commands and what they share lie three folders below, built or not. */
export const ROOT = findRoot(import.meta.dirname);

function findRoot(folder: string): string {
	return existsSync(join(folder, "wrangler.toml")) ? folder : findRoot(resolve(folder, ".."));
}

/** Whether this is an installed package, which carries no sources. */
export const isInstalledPackage = !existsSync(join(ROOT, "collector", "index.ts"));

/** The folder of the package that a module in `folder` would import by `name`; `undefined` where it is not installed. */
export function resolvePackage(folder: string, name: string): string | undefined {
	try {
		return dirname(createRequire(join(folder, "package.json")).resolve(`${name}/package.json`));
	} catch {
		return undefined; // Not installed.
	}
}
