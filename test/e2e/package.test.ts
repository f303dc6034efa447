/** What `npm publish` would send out: complete, typed for every resolver of ES modules, and free to use. */

import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { beforeAll, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);
const readJson = (file: string) => JSON.parse(readFileSync(join(ROOT, file), "utf8"));

/** Whoever takes the code of these may ship it with his own, notice included. */
const PERMISSIVE = new Set([
	"MIT",
	"ISC",
	"0BSD",
	"BSD-2-Clause",
	"BSD-3-Clause",
	"Apache-2.0",
	"Unlicense",
	"CC0-1.0",
	"BlueOak-1.0.0",
]);
/** Tools that run beside us and whose code reaches no build. */
const TOOLS = new Set(["LGPL-3.0-or-later", "LGPL-3.0-only", "MPL-2.0"]);
/** Packages that say "SEE LICENSE IN LICENSE", and what stands there. */
const READ_BY_HAND: { readonly [name: string]: string } = {
	"@segment/facade": "MIT",
	"@segment/isodate": "MIT",
	"@segment/isodate-traverse": "MIT",
	"new-date": "MIT",
};

interface Locked {
	license?: string;
}
const locked: Record<string, Locked> = readJson("package-lock.json").packages;

describe("the package", () => {
	let files: string[];

	beforeAll(async () => {
		const { stdout } = await run("npm", ["pack", "--dry-run", "--json", "--loglevel=silent"], { cwd: ROOT });
		const answer = JSON.parse(stdout) as
			| { files: { path: string }[] }[]
			| Record<string, { files: { path: string }[] }>;
		files = Object.values(answer)[0]?.files.map(({ path }) => path) ?? [];
	});

	it("holds every file that its exports and its command name", () => {
		const manifest = readJson("package.json");
		const named: string[] = [
			...Object.values(manifest.exports).flatMap((entry) =>
				typeof entry === "string" ? [entry] : Object.values(entry as object),
			),
			...Object.values(manifest.bin as object),
		].map((path: string) => path.replace(/^\.\//, ""));
		expect(named.length).toBeGreaterThan(4);
		expect(named.filter((path) => !files.includes(path))).toEqual([]);
	});

	it("holds neither tests nor anybody's data or keys", () => {
		expect(
			files.filter((path) => !/^(dist|collector\/node)\/|^(README|CHANGELOG|LICENSE|package)\b/.test(path)),
		).toEqual([]);
		expect(files.filter((path) => /\.strand|admin\.json|\.env|sqlite|\.test\./.test(path))).toEqual([]);
	});

	it("brings no other package into a page's build", () => {
		const { dependencies, peerDependencies } = readJson("package.json");
		expect({ dependencies, peerDependencies }).toEqual({});
	});

	it("passes publint", async () => {
		const { messages } = await publint({ pkgDir: ROOT, strict: true });
		const manifest = readJson("package.json");
		expect(messages.map((message) => formatMessage(message, manifest))).toEqual([]);
	});

	it("has right types for every resolver of ES modules", async () => {
		const attw = join(ROOT, "node_modules", "@arethetypeswrong", "cli", "dist", "index.js");
		await run(process.execPath, [attw, "--pack", ROOT, "--profile", "esm-only", "--format", "json"], { cwd: ROOT });
	});
});

describe("licences", () => {
	const read = (path: string, { license }: Locked): string => {
		const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
		if (READ_BY_HAND[name]) return READ_BY_HAND[name];
		const manifest = join(ROOT, path, "package.json");
		return license ?? (existsSync(manifest) ? JSON.parse(readFileSync(manifest, "utf8")).license : undefined) ?? "none";
	};
	/** Of "(A OR B)" one will do, of "A AND B" both must. */
	const isAmong = (licence: string, allowed: ReadonlySet<string>): boolean => {
		const plain = licence.replace(/[()]/g, "");
		if (plain.includes(" OR ")) return plain.split(" OR ").some((one) => isAmong(one, allowed));
		return plain.split(" AND ").every((one) => allowed.has(one));
	};

	it("lets everything that is installed be used for this", () => {
		const allowed = new Set([...PERMISSIVE, ...TOOLS]);
		const installed = Object.entries(locked).filter(([path]) => path !== "" && existsSync(join(ROOT, path)));
		expect(installed.length).toBeGreaterThan(300);
		expect(
			installed
				.map(([path, entry]) => [path, read(path, entry)] as const)
				.filter(([, licence]) => !isAmong(licence, allowed)),
		).toEqual([]);
	});

	it("lets everything that could reach a build be shipped", () => {
		const sources = ["sdk", "collector"].flatMap((folder) =>
			readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
				.filter((name) => /\.tsx?$/.test(name))
				.map((name) => readFileSync(join(ROOT, folder, name), "utf8")),
		);
		const names = sources.flatMap((text) =>
			[...text.matchAll(/(?:from|import\() ?"((?:@[\w.-]+\/)?[a-z][\w.-]*)(?:\/[^"]*)?"/g)].map(
				([, name]) => name ?? "",
			),
		);
		const imported = [...new Set(names)].filter((name) => locked[`node_modules/${name}`] !== undefined);
		expect(imported).toEqual(expect.arrayContaining(["hono", "idb-keyval", "web-vitals", "preact"]));
		const rest = imported.filter(
			(name) => !isAmong(read(`node_modules/${name}`, locked[`node_modules/${name}`] ?? {}), PERMISSIVE),
		);
		expect(rest).toEqual([]);
	});
});
