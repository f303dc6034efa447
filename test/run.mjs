/**
 * `npm test` in a bare clone: installs what is missing (the browsers included), checks format, lint
 * and types, builds, and runs every test. What follows `--` goes to vitest: `npm test -- --project pure`.
 * Runs on any Node from 20 on, before `node_modules` exists. The count is printed for whoever runs it.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureBuilt, ensureInstalled, modernNode, root, runOrExit } from "../collector/node/prepare.mjs";

/** Debian package → the file that tells that it is there. */
const BROWSERS = {
	chromium: "/usr/bin/chromium",
	"firefox-esr": "/usr/bin/firefox-esr",
	"webkit2gtk-driver": "/usr/bin/WebKitWebDriver",
	xvfb: "/usr/bin/Xvfb",
};
/** Readers of our exports that a test plays with where they are there. */
const READERS = {
	"python3-pandas": "/usr/lib/python3/dist-packages/pandas/__init__.py",
	gnumeric: "/usr/bin/ssconvert",
	unzip: "/usr/bin/unzip",
};
const TYPE_WORLDS = ["tsconfig.sdk.json", "tsconfig.collector.json", "tsconfig.node.json"];

const args = process.argv.slice(2);
const wantsBrowsers = !args.includes("--project") || args.includes("e2e");

ensureInstalled();
if (wantsBrowsers) ensurePrograms();
const node = modernNode();
const resultsPath = join(tmpdir(), `strand-test-results-${process.pid}.json`);

check("format and lint", join("node_modules", "@biomejs", "biome", "bin", "biome"), ["check", "."]);
for (const world of TYPE_WORLDS)
	check(`types of ${world}`, join("node_modules", "typescript", "bin", "tsc"), ["-p", world]);
ensureBuilt();
const { status } = runTool(join("node_modules", "vitest", "vitest.mjs"), [
	"run",
	"--reporter=default",
	"--reporter=./test/support/second-tries.ts",
	"--reporter=json",
	`--outputFile.json=${resultsPath}`,
	...args,
]);
const { passed, failed } = readResults();
console.log(`${passed} passed, ${failed} failed`);
process.exit(status ?? 1);

/** Debian's root installs what is missing; anyone else is told in one line which browsers to install, and goes without the rest. */
function ensurePrograms() {
	const canInstall = existsSync("/usr/bin/apt-get") && process.getuid?.() === 0;
	const missing = Object.entries(canInstall ? { ...BROWSERS, ...READERS } : BROWSERS)
		.filter(([, file]) => !existsSync(file))
		.map(([name]) => name);
	if (missing.length === 0) return;
	if (!canInstall) {
		console.error(
			`Missing for the browser tests: ${missing.join(", ")}. On Debian: sudo apt-get install ${missing.join(" ")}`,
		);
		process.exit(1);
	}
	console.error(`Installing ${missing.join(", ")}…`);
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
	runOrExit("apt-get", ["-qq", "update"], { env });
	// Not to the terminal: apt says much, and its last lines come anyway when it fails.
	runOrExit("apt-get", ["-qq", "install", "--yes", "--no-install-recommends", ...missing], {
		env,
		stdio: ["ignore", "ignore", "inherit"],
	});
}

/**
 * One check that counts as a failed test when it fails.
 *
 * @param {string} name
 * @param {string} tool
 * @param {string[]} toolArgs
 */
function check(name, tool, toolArgs) {
	const { status } = runTool(tool, toolArgs);
	if (status === 0) return;
	console.log(`${name}: failed, so that no test was run.\n0 passed, 1 failed`);
	process.exit(1);
}

/**
 * @param {string} tool its JavaScript file, relative to the root
 * @param {string[]} toolArgs
 */
function runTool(tool, toolArgs) {
	return spawnSync(node, [tool, ...toolArgs], { cwd: root, stdio: "inherit" });
}

/** vitest's counts; a run that broke off before it wrote any counts as one failure. */
function readResults() {
	try {
		const results = JSON.parse(readFileSync(resultsPath, "utf8"));
		rmSync(resultsPath);
		// A file that could not even be loaded holds no failed test, but is one.
		const brokenFiles = results.testResults.filter(
			(/** @type {{ status: string; assertionResults: { status: string }[] }} */ file) =>
				file.status === "failed" && file.assertionResults.every(({ status }) => status !== "failed"),
		).length;
		return { passed: results.numPassedTests, failed: results.numFailedTests + brokenFiles };
	} catch {
		return { passed: 0, failed: 1 };
	}
}
