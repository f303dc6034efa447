/**
 * Finds workerd, the runtime of the collector. The package does not depend on it, since most who install
 * it want the browser's or the server's half, and workerd is 150 MB: the first start gets it from npm, in
 * the version and with the checksum that `dist/runtime` names, and keeps it in the user's cache folder.
 */

import { spawnSync } from "node:child_process";
import {
	closeSync,
	cpSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readFileSync,
	readSync,
	renameSync,
	rmSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { ROOT, resolvePackage } from "./root.ts";

/** `process.platform process.arch` → the package with the binary, as in workerd's own install script. */
const PLATFORM_PACKAGES: { readonly [platform: string]: string } = {
	"darwin arm64": "@cloudflare/workerd-darwin-arm64",
	"darwin x64": "@cloudflare/workerd-darwin-64",
	"linux arm64": "@cloudflare/workerd-linux-arm64",
	"linux x64": "@cloudflare/workerd-linux-64",
	"win32 x64": "@cloudflare/workerd-windows-64",
};

/**
 * The binary itself, not its script in `.bin`: a signal must reach workerd, not a wrapper.
 *
 * @param compatibilityDate `YYYY-MM-DD`; an older workerd does not know it
 * @throws Error in one line, with what to do, when there is none and npm cannot get it
 */
export function findWorkerd(compatibilityDate: string): string {
	for (const from of [ROOT, process.cwd()]) {
		const found = lookFrom(from, compatibilityDate);
		if (found !== undefined) return found;
	}
	const version = readPinned();
	const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "strand", `workerd-${version}`);
	return lookFrom(cache, compatibilityDate) ?? fetchWorkerd(cache, version, compatibilityDate);
}

/** The binary that a module in `folder` would find; `undefined` for none, or one that is too old. */
function lookFrom(folder: string, compatibilityDate: string): string | undefined {
	const platform = PLATFORM_PACKAGES[`${process.platform} ${process.arch}`];
	const name = process.platform === "win32" ? "workerd.exe" : "workerd";
	const workerd = resolvePackage(folder, "workerd");
	if (workerd === undefined) return undefined;
	const version = readManifest(workerd)?.version ?? "";
	if ((version.split(".")[1] ?? "") < compatibilityDate.replaceAll("-", "")) return undefined;
	const own = platform === undefined ? undefined : resolvePackage(workerd, platform);
	const candidates = [...(own === undefined ? [] : [join(own, "bin", name)]), join(workerd, "bin", name)];
	// workerd's install script moves the binary over its own wrapper, which is a script of a few kilobytes.
	return candidates.find((path) => existsSync(path) && !isScript(path));
}

function isScript(path: string): boolean {
	const start = Buffer.alloc(2);
	const file = openSync(path, "r");
	readSync(file, start);
	closeSync(file);
	return start.toString() === "#!";
}

function readManifest(folder: string): { version: string } | undefined {
	const file = join(folder, "package.json");
	return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as { version: string }) : undefined;
}

/** The version that was tested with this collector. */
function readPinned(): string {
	const file = join(ROOT, "dist", "runtime", "package.json");
	if (!existsSync(file)) throw new Error("workerd is not installed: run npm install.");
	const { dependencies } = JSON.parse(readFileSync(file, "utf8")) as { dependencies: { workerd: string } };
	return dependencies.workerd;
}

/** Gets workerd by npm into `cache`, which appears there whole or not at all. */
function fetchWorkerd(cache: string, version: string, compatibilityDate: string): string {
	console.error(`Getting workerd ${version}, the runtime of the collector, from npm, once, into ${cache}…`);
	mkdirSync(dirname(cache), { recursive: true });
	const folder = mkdtempSync(`${cache}-`);
	try {
		cpSync(join(ROOT, "dist", "runtime"), folder, { recursive: true });
		const npm = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
			cwd: folder,
			stdio: ["ignore", "ignore", "inherit"],
			shell: process.platform === "win32",
		});
		if (npm.status === 0 && !existsSync(cache)) renameSync(folder, cache);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
	const found = lookFrom(cache, compatibilityDate);
	if (found !== undefined) return found;
	throw new Error(
		`npm could not install workerd ${version}: run npm install workerd@${version} here, and start again. ` +
			`It runs on ${Object.keys(PLATFORM_PACKAGES).join(", ")}.`,
	);
}
