/**
 * Makes a bare clone ready: installs what is missing, builds what is out of date. Runs on any Node
 * from 20 on and before `node_modules` exists, so it imports nothing but Node and has no types to strip.
 */

import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What `dist/` is made from. */
const SOURCES = ["sdk", "collector", "rollup.config.mjs", "third-party.mjs", "package.json"];
/** Written last by the build, so that an interrupted one counts as none. */
const BUILD_STAMP = join("dist", ".built");

/** Installs the locked dependencies when some are missing or of another version. */
export function ensureInstalled() {
	if (isInstalled()) return;
	console.error("Installing dependencies…");
	// `npm ci` would first empty a folder that other processes may be running from.
	const command = existsSync(join(root, "node_modules")) ? "install" : "ci";
	runOrExit("npm", [command, "--loglevel=error"], { shell: process.platform === "win32" });
}

/** npm notes what it installed in a hidden lockfile; ours says what it should have. */
function isInstalled() {
	try {
		const wanted = readPackages("package-lock.json");
		const present = readPackages(join("node_modules", ".package-lock.json"));
		return Object.entries(wanted).every(
			([path, { version, optional }]) => path === "" || optional || present[path]?.version === version,
		);
	} catch {
		return false; // No or an unreadable lockfile in node_modules: nothing was installed to the end.
	}
}

/**
 * @param {string} lockfile
 * @returns {Record<string, { version?: string; optional?: boolean }>}
 */
function readPackages(lockfile) {
	return JSON.parse(readFileSync(join(root, lockfile), "utf8")).packages;
}

/** Builds `dist/` when a source is newer than the last build. */
export function ensureBuilt() {
	const stamp = join(root, BUILD_STAMP);
	if (existsSync(stamp) && SOURCES.every((path) => newestChange(path) <= statSync(stamp).mtimeMs)) return;
	console.error("Building…");
	runOrExit(modernNode(), [join("node_modules", "rollup", "dist", "bin", "rollup"), "-c", "--silent"]);
}

/**
 * The time of the newest change below `path`, in ms since the epoch; folders count too, for deleted files.
 *
 * @param {string} path relative to the root
 * @returns {number}
 */
function newestChange(path) {
	const stats = statSync(join(root, path));
	if (!stats.isDirectory()) return stats.mtimeMs;
	return Math.max(stats.mtimeMs, ...readdirSync(join(root, path)).map((name) => newestChange(join(path, name))));
}

/** A Node that runs TypeScript as it stands: the one installed with the project, or this one if it can. */
export function modernNode() {
	const installed = join(root, "node_modules", "node", "bin", process.platform === "win32" ? "node.exe" : "node");
	if (existsSync(installed)) return installed;
	const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
	if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
	console.error("Strand needs Node 22.18 or newer: npm install brings one, unless install scripts are switched off.");
	return process.exit(1);
}

/**
 * Runs a program to its end in the project's folder; if it fails, so do we.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 */
export function runOrExit(program, args, options) {
	const { status, error } = spawnSync(program, args, { cwd: root, stdio: "inherit", ...options });
	if (error) console.error(`${program}: ${error.message}`);
	if (status !== 0) process.exit(status ?? 1);
}

/**
 * Hands over to a TypeScript program: its output and exit code are ours, and signals reach it.
 *
 * @param {string} entry absolute path
 * @param {string[]} args
 */
export function become(entry, args) {
	const child = spawn(modernNode(), ["--disable-warning=ExperimentalWarning", entry, ...args], { stdio: "inherit" });
	// Ctrl-C in a terminal reaches the child as well, so that it may hear of it twice; a signal sent to
	// this process alone would not reach it at all.
	for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
		process.on(signal, () => child.kill(signal));
	}
	child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
}
