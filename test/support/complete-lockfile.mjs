/**
 * `npm run lock`: brings package-lock.json in line with package.json, for every platform. A registry
 * mirror may carry only some platforms' builds of a package; npm then leaves the others out of the
 * lockfile without a word, and `npm ci` fails everywhere. Their versions are known (the parent pins
 * them) and their names tell the platform; the hash is left to the machine that installs them.
 */

import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

/**
 * @typedef {{ version?: string, dev?: boolean, optional?: boolean, os?: string[], cpu?: string[], libc?: string[],
 *   optionalDependencies?: Record<string, string> }} Locked
 */

const FILE = "package-lock.json";
const EXACT = /^\d+\.\d+\.\d+(-\S+)?$/;
const SYSTEMS = /(?<=[/-])(aix|android|darwin|freebsd|linux|netbsd|openbsd|openharmony|sunos|win32|windows)-(\w+)/;

/**
 * What a platform package's name says, for example `@rollup/rollup-linux-arm64-musl`.
 *
 * @param {string} name
 * @returns {Locked | undefined}
 */
function readPlatform(name) {
	const [, system, word = ""] = SYSTEMS.exec(name) ?? [];
	if (system === undefined) return undefined;
	// workerd says 64 where others say x64.
	const cpu = word === "64" ? "x64" : word;
	const libc = name.endsWith("musl") ? "musl" : /linux.*gnu/.test(name) ? "glibc" : undefined;
	return { os: [system === "windows" ? "win32" : system], cpu: [cpu], ...(libc && { libc: [libc] }) };
}

const { status } = spawnSync("npm", ["install", "--package-lock-only", "--loglevel=error"], { stdio: "inherit" });
if (status !== 0) process.exit(status ?? 1);

const lock = JSON.parse(readFileSync(FILE, "utf8"));
/** @type {Record<string, Locked>} */
const packages = lock.packages;
for (const { dev, optionalDependencies = {} } of Object.values(packages)) {
	for (const [name, version] of Object.entries(optionalDependencies)) {
		const platform = readPlatform(name);
		if (platform === undefined || !EXACT.test(version) || packages[`node_modules/${name}`] !== undefined) continue;
		packages[`node_modules/${name}`] = { version, ...(dev && { dev }), optional: true, ...platform };
	}
}
lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(FILE, `${JSON.stringify(lock, null, "\t")}\n`);
