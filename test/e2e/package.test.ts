/** What `npm publish` would send out: complete, typed for every resolver of ES modules, and free to use. */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { build } from "esbuild";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import writeXlsx from "write-excel-file/node";
import { settle } from "../support/collector.ts";

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
	version?: string;
}
const locked: Record<string, Locked> = readJson("package-lock.json").packages;

/** What a stream says up to the first match; the stream goes on. @throws Error with what it said when it ends before */
async function readUntil(stream: Readable, pattern: RegExp): Promise<string> {
	let text = "";
	for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
		text += chunk;
		if (pattern.test(text)) return text;
	}
	throw new Error(`ended without ${pattern}:\n${text}`);
}

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
		const known =
			/^(dist|examples\/shop)\/|^collector\/node\/(strand|prepare)\.mjs$|^(README|CHANGELOG|LICENSE|package|wrangler)\b/;
		expect(files.filter((path) => !known.test(path))).toEqual([]);
		// Sources are of no use to who installs it: what runs is built.
		expect(files.filter((path) => /(?<!\.d)\.tsx?$/.test(path))).toEqual([]);
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

describe("the package, installed into an empty folder", () => {
	let folder: string;
	/** As the user has it: his own Node and npm, and nothing of this project's. */
	const env = (): NodeJS.ProcessEnv => ({
		...process.env,
		PATH: String(process.env.PATH)
			.split(delimiter)
			.filter((path) => !path.includes("node_modules"))
			.join(delimiter),
		XDG_CACHE_HOME: join(folder, "cache"),
		npm_config_cache: join(folder, "npm-cache"),
	});
	const strand = async (args: string[], more: NodeJS.ProcessEnv = {}) => {
		const options = { cwd: folder, env: { ...env(), ...more } };
		return run(join(folder, "node_modules", ".bin", "strand"), args, options).then(
			({ stdout, stderr }) => ({ out: stdout, error: stderr, code: 0 }),
			({ stdout, stderr, code }: { stdout: string; stderr: string; code: number }) => ({
				out: stdout,
				error: stderr,
				code,
			}),
		);
	};

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), "strand-package-"));
		await run("npm", ["pack", "--loglevel=silent", "--pack-destination", folder], { cwd: ROOT });
		await writeFile(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
		const { version } = readJson("package.json");
		const install = ["install", "--omit=dev", "--no-audit", "--loglevel=error", `./strand-${version}.tgz`];
		await run("npm", install, { cwd: folder, env: env() });
	});
	afterAll(() => rm(folder, { recursive: true, force: true }));

	it("brings no second package, and weighs little", async () => {
		const brought = (await readdir(join(folder, "node_modules"))).filter((name) => !name.startsWith("."));
		expect(brought).toEqual(["strand"]);
		const files = await readdir(join(folder, "node_modules", "strand"), { recursive: true });
		const sizes = files.map((file) => statSync(join(folder, "node_modules", "strand", file)));
		const bytes = sizes.reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
		expect(bytes).toBeLessThan(3_750_000);
	});

	it("lists the commands, each with its own help", async () => {
		const { out, code } = await strand(["--help"]);
		expect(code).toBe(0);
		const names = [...out.matchAll(/^ {2}strand ([a-z]+)/gm)].map(([, name]) => String(name));
		const sources = readdirSync(join(ROOT, "collector/node/commands")).map((name) => name.replace(".ts", ""));
		expect(names).toEqual(sources.sort());
	});

	it("attributes a file's paths without any collector", async () => {
		await writeFile(join(folder, "paths.csv"), "path,total_conversions\na > b,3\nb,1\n");
		const { out } = await strand(["attribute", "paths.csv", "--model", "last", "--format", "json"]);
		expect(JSON.parse(out).rows).toContainEqual(expect.objectContaining({ channel: "b", conversions: 4 }));
	});

	it("says what to do where npm cannot get the runtime", async () => {
		const { error, code } = await strand(["start", "--port", "0"], {
			npm_config_registry: "http://127.0.0.1:1",
			npm_config_fetch_retries: "0",
		});
		expect(code).toBe(1);
		expect(error).toContain(`run npm install workerd@${locked["node_modules/workerd"]?.version} here, and start again`);
	});

	it("gets the runtime from npm at its first start", async () => {
		const collector = spawn(join(folder, "node_modules", ".bin", "strand"), ["start", "--port", "0"], {
			cwd: folder,
			// The user's own npm cache: what it holds need not come over the network again.
			env: { ...env(), npm_config_cache: undefined, npm_config_prefer_offline: "true" },
			stdio: ["ignore", "pipe", "pipe"],
		});
		const exited = once(collector, "exit");
		let said = "";
		collector.stderr.on("data", (text) => {
			said += text;
		});
		const printed = await readUntil(collector.stdout, /^script tag .*$/m).catch((error: Error) => {
			throw new Error(`${error.message}\n${said}`);
		});
		const url = /^collector +(\S+)/m.exec(printed)?.[1];
		expect(await (await fetch(`${url}/healthz`)).text()).toBe("ok");
		collector.kill("SIGTERM");
		expect(await exited).toEqual([0, null]);
		const { version } = locked["node_modules/workerd"] ?? {};
		expect(said).toContain(`Getting workerd ${version}`);
		expect(await readdir(join(folder, "cache", "strand"))).toEqual([`workerd-${version}`]);
		await rm(join(folder, ".strand"), { recursive: true });
	});

	it("asks for wrangler where it is to deploy, and writes nothing yet", async () => {
		const { error, code } = await strand(["deploy"]);
		expect([code, error]).toEqual([1, "strand deploy: deploying needs wrangler: run npm install wrangler here\n"]);
		expect(existsSync(join(folder, "strand.wrangler.toml"))).toBe(false);
	});

	it("runs the collector, imports, exports, backs up, verifies and stops", async () => {
		// With the runtime that the first start left in the cache, since this npm can reach nothing.
		const more = { npm_config_registry: "http://127.0.0.1:1", npm_config_fetch_retries: "0" };
		const collector = spawn(join(folder, "node_modules", ".bin", "strand"), ["start", "--port", "0"], {
			cwd: folder,
			env: { ...env(), ...more },
			stdio: ["ignore", "pipe", "inherit"],
		});
		const exited = once(collector, "exit");
		try {
			const printed = await readUntil(collector.stdout, /^script tag .*$/m);
			const printedAs = (label: string) => new RegExp(`^${label} +(\\S+)`, "m").exec(printed)?.[1] ?? "";
			const url = printedAs("collector");
			const keys = { STRAND_URL: url, STRAND_KEY: printedAs("secret key") };
			for (const path of ["/", "/strand.js", "/examples/shop/", "/openapi.json"])
				expect((await fetch(url + path)).status, path).toBe(200);

			const table = "客户电话,通话时间,通话时长,坐席\n13812345678,2026-11-01 10:00:00,60,Li\n";
			await writeFile(join(folder, "calls.csv"), table);
			const imported = await strand(["import", "calls.csv", "--template", "calls", "--tz", "Asia/Shanghai"], keys);
			expect(imported).toMatchObject({ code: 0, error: expect.stringContaining("1 rows are in.") });
			const cells = table
				.trim()
				.split("\n")
				.map((line) => line.split(",").map((value) => ({ value, type: String })));
			await writeXlsx(cells).toFile(join(folder, "calls.xlsx"));
			const book = ["import", "calls.xlsx", "--template", "calls", "--tz", "Asia/Shanghai"];
			expect(await strand(book, keys)).toMatchObject({ code: 0, error: expect.stringContaining("1 rows are in.") });
			await settle(url, keys.STRAND_KEY);
			const exported = await strand(["export", "touchpoints", "--out", "touches.ndjson"], keys);
			expect(exported).toMatchObject({ code: 0 });
			expect(await readFile(join(folder, "touches.ndjson"), "utf8")).toContain('"channel":"phone"');
			expect(await strand(["export", "--out", "journeys.parquet"], keys)).toMatchObject({ code: 0 });
			expect((await strand(["keys"], keys)).out).toContain(printedAs("write key"));
			expect((await strand(["backup", "copy"])).out).toContain("the collector stood still for");
			expect(await strand(["restore", "copy", "--data", "again"])).toMatchObject({ code: 0 });
			expect(await strand(["verify", "--data", "again"])).toMatchObject({ code: 0 });
		} finally {
			collector.kill("SIGTERM");
		}
		expect(await exited).toEqual([0, null]);
	});

	it("is imported by a page's bundle, by a server and by the compiler", async () => {
		const source = `import { init } from "strand";
import { init as initServer } from "strand/server";
const strand = init<{ "Order Completed": { value: number } }>({ endpoint: "https://t.example.com", writeKey: "wk_x" });
strand.track("Order Completed", { value: 1 });
// @ts-expect-error: not among the events
strand.track("Order Complete", { value: 1 });
initServer({ endpoint: "https://t.example.com", key: "wk_x" }).track;
`;
		await writeFile(join(folder, "page.ts"), source);
		const tsc = join(ROOT, "node_modules", "typescript", "bin", "tsc");
		const strict = ["--strict", "--noEmit", "--target", "es2022", "--types", "", "--lib", "es2022,dom"];
		for (const module of [["esnext", "bundler"] as const, ["nodenext", "nodenext"] as const]) {
			const resolution = ["--module", module[0], "--moduleResolution", module[1]];
			const { stdout } = await run(process.execPath, [tsc, "page.ts", ...strict, ...resolution], { cwd: folder }).catch(
				(error) => error,
			);
			expect(stdout, module[1]).toBe("");
		}
		await writeFile(join(folder, "server.mjs"), 'import { init } from "strand/server"; console.log(typeof init);');
		expect((await run("node", ["server.mjs"], { cwd: folder, env: env() })).stdout).toBe("function\n");
		const page = { contents: 'import { init } from "strand"; init({});', resolveDir: folder };
		const { metafile } = await build({ stdin: page, bundle: true, format: "esm", write: false, metafile: true });
		const inputs = Object.keys(metafile.inputs).filter((path) => path.includes("node_modules"));
		expect(inputs.filter((path) => !path.includes("node_modules/strand/dist/strand"))).toEqual([]);
		expect(inputs).toContainEqual(expect.stringContaining("node_modules/strand/dist/strand.mjs"));
	});
});

describe("a page's bundle", () => {
	const bundle = async (part: string) => {
		const given = part === "" ? "init({})" : `init({ observers: [${part}] })`;
		const contents = `import { init${part && `, ${part}`} } from "strand"; globalThis.strand = ${given};`;
		const options = { bundle: true, minify: true, format: "esm", write: false } as const;
		const { outputFiles } = await build({ stdin: { contents, resolveDir: ROOT }, ...options });
		return outputFiles[0]?.text ?? "";
	};

	it("leaves out forms and web vitals where they are not used", async () => {
		const [plain, forms, vitals] = await Promise.all(["", "forms", "vitals"].map(bundle));
		const found = (pattern: RegExp) => [plain, forms, vitals].map((text) => pattern.test(text ?? ""));
		// What only web vitals look for, and what only forms do.
		expect(found(/largest-contentful-paint/)).toEqual([false, false, true]);
		expect(found(/deletions/)).toEqual([false, true, false]);
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

	it("passes on the notices of every package whose code is shipped", () => {
		const text = readFileSync(join(ROOT, "dist", "THIRD-PARTY-NOTICES.txt"), "utf8");
		const parts = text.split(`\n\n${"-".repeat(72)}\n\n`);
		const shipped = parts.map(
			(part) => /^(?:Strand contains.*\n\n)?(\S+) [\d.]+\S* \((.+)\)\n\n([\s\S]+)/.exec(part) ?? [],
		);
		const names = shipped.map(([, name]) => name);
		// Of the Worker, the page's script, the dashboard and the command.
		expect(names).toEqual(expect.arrayContaining(["hono", "idb-keyval", "web-vitals", "preact", "yauzl", "sax"]));
		for (const [, name, licence, notice] of shipped) {
			expect(isAmong(String(licence), PERMISSIVE), name).toBe(true);
			expect(notice, name).toMatch(/copyright|unlicense/i);
		}
		// And of nothing else: a package that only helps to build is no part of it.
		expect(names.filter((name) => /rollup|esbuild|terser|workerd|undefined/.test(String(name)))).toEqual([]);
	});
});
