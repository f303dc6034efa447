/** A browser bundle of an npm package, as a customer's own build would make it. */
import { buildSync } from "esbuild";

/**
 * @param entry module text; imports are resolved from the project's root
 * @returns one classic script
 */
export function bundleForBrowser(entry: string): string {
	const { outputFiles } = buildSync({
		stdin: { contents: entry, resolveDir: process.cwd() },
		bundle: true,
		format: "iife",
		platform: "browser",
		write: false,
		define: { "process.env.NODE_ENV": '"production"' },
	});
	return outputFiles[0]?.text ?? "";
}
