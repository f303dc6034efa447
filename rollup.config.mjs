/**
 * Everything that is built, by `npm run build`:
 *
 * - `dist/strand.js`        the script tag's build (IIFE), with `strand.js.br` and its chunks beside it
 * - `dist/strand.mjs`       the same for bundlers, with `strand.d.ts` and the chunks that it imports
 * - `dist/public/dashboard/` the dashboard: its page, and a script for each view that is loaded when opened
 * - `dist/server.mjs`       the sender for servers, with `server.d.ts`
 * - `dist/collector.mjs`    the Worker as one module, for `workerd serve` (wrangler bundles its own)
 * - `dist/public/`          what the collector serves as files: the script and its chunks
 * - `dist/node/`            the `strand` command for an installed package (a clone runs its sources), its libraries within
 * - `dist/runtime/`         which workerd the command gets from npm where none is installed
 * - `dist/THIRD-PARTY-NOTICES.txt`  the licences of every package whose code is in one of these
 *
 * An entry whose source does not exist is left out.
 */

import { createHash } from "node:crypto";
import {
	copyFileSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmSync,
	utimesSync,
	writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import commonjs from "@rollup/plugin-commonjs";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { transform } from "esbuild";
import { dts } from "rollup-plugin-dts";
import esbuild from "rollup-plugin-esbuild";
import { letOnly, shortNames } from "./short-names.mjs";
import { createNotices } from "./third-party.mjs";

/** Parts of the script that are loaded on demand, beside `strand-late.js` which always is, from beside `strand.js`: `sdk/NAME.ts` → `dist/strand-NAME.js`. */
const CHUNKS = ["vitals", "forms", "hop", "debug", "consent"];

/** Browsers of 2020 and later read this syntax; older ones never get as far as fetch keepalive and IndexedDB commit anyway. */
const BROWSER_TARGET = "es2020";

/** Tells `npm start` and `npm test` what the build is made from: sources older than the moment it began. */
const BUILD_STAMP = "dist/.built";
const startedAt = new Date();

const notices = createNotices();

/** @type {{ version: string }} */
const { version } = JSON.parse(readFileSync("package.json", "utf8"));

const PUBLIC_DIRECTORY = "dist/public";
// Names with a hash, and of parts that are shared, change: what a build before this one left would be shipped too.
for (const directory of [PUBLIC_DIRECTORY, "dist/node"]) rmSync(directory, { recursive: true, force: true });
mkdirSync(PUBLIC_DIRECTORY, { recursive: true });

/**
 * Puts a copy of each written script into `dist/public`, compressed at brotli's highest level beside
 * it: done once here, since no request should pay for it.
 */
function publish() {
	return {
		name: "publish",
		/** @param {{ file?: string }} options */
		writeBundle({ file }) {
			if (file === undefined) return;
			const compressed = `${file}.br`;
			writeFileSync(
				compressed,
				brotliCompressSync(readFileSync(file), { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
			);
			for (const path of [file, compressed]) {
				const name = basename(path);
				copyFileSync(path, join(PUBLIC_DIRECTORY, name));
				// strand-0.1.0.js, strand-0.1.0-vitals.js: names under which the content never changes.
				copyFileSync(path, join(PUBLIC_DIRECTORY, name.replace(/^strand/, `strand-${version}`)));
			}
		},
	};
}

/** Marks the whole build as done, once the last output is written. */
function stamp() {
	return {
		name: "stamp",
		writeBundle() {
			writeFileSync("dist/THIRD-PARTY-NOTICES.txt", notices.text());
			pinRuntime();
			writeFileSync(BUILD_STAMP, "");
			utimesSync(BUILD_STAMP, startedAt, startedAt);
		},
	};
}

/**
 * Writes the lockfile by which the installed command gets its workerd: the version and the checksums
 * are those that were tested.
 */
function pinRuntime() {
	/** @type {Record<string, { version: string; integrity: string; optionalDependencies?: Record<string, string> }>} */
	const locked = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
	const workerd = locked["node_modules/workerd"];
	const names = ["workerd", ...Object.keys(workerd?.optionalDependencies ?? {})].map((name) => `node_modules/${name}`);
	const manifest = { name: "strand-runtime", version, private: true, dependencies: { workerd: workerd?.version } };
	const { name, dependencies } = manifest;
	const packages = Object.fromEntries(names.map((path) => [path, { ...locked[path], dev: undefined }]));
	mkdirSync("dist/runtime", { recursive: true });
	writeFileSync("dist/runtime/package.json", JSON.stringify(manifest, null, "\t"));
	writeFileSync(
		"dist/runtime/package-lock.json",
		JSON.stringify({
			name,
			version,
			lockfileVersion: 3,
			packages: { "": { name, version, dependencies }, ...packages },
		}),
	);
}

/**
 * Writes the dashboard's page with the hashed names of its script and style, and a brotli form of each file.
 */
function publishDashboard() {
	const source = "collector/dashboard/page";
	return {
		name: "publish-dashboard",
		/** @this {import("rollup").PluginContext} @param {unknown} _options @param {import("rollup").OutputBundle} bundle */
		async generateBundle(_options, bundle) {
			const sheets = ["colours", "layout", "controls", "charts", "print"].map((name) =>
				readFileSync(join(source, "style", `${name}.css`), "utf8"),
			);
			const { code } = await transform(sheets.join("\n"), { loader: "css", minify: true });
			const hash = createHash("sha256").update(code).digest("base64url").slice(0, 8);
			const style = `style-${hash}.css`;
			const entry = Object.values(bundle).find((file) => file.type === "chunk" && file.isEntry);
			const page = readFileSync(join(source, "page.htm"), "utf8")
				.replace("{{style}}", `/dashboard/${style}`)
				.replace("{{script}}", `/dashboard/${entry?.fileName}`);
			this.emitFile({ type: "asset", fileName: style, source: code });
			this.emitFile({ type: "asset", fileName: "page.htm", source: page });
			this.emitFile({ type: "asset", fileName: "icon.svg", source: readFileSync(join(source, "icon.svg"), "utf8") });
		},
		/** @param {{ dir?: string }} options @param {import("rollup").OutputBundle} bundle */
		writeBundle({ dir = "" }, bundle) {
			for (const name of Object.keys(bundle)) {
				const options = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
				writeFileSync(join(dir, `${name}.br`), brotliCompressSync(readFileSync(join(dir, name)), options));
			}
		},
	};
}

/** The entries of the `strand` command: the dispatcher and one file for each subcommand. */
function commandEntries() {
	const commands = readdirSync("collector/node/commands").filter((name) => name.endsWith(".ts"));
	return Object.fromEntries([
		["cli", "collector/node/cli.ts"],
		...commands.map((name) => [`commands/${basename(name, ".ts")}`, `collector/node/commands/${name}`]),
	]);
}

/**
 * Has Chromium compile every function of a script while it is fetched, beside the page's own work, instead of each when
 * it is first called: https://github.com/explainers-by-googlers/explicit-javascript-compile-hints-file-based
 */
const COMPILE_AHEAD = "//# allFunctionsCalledOnLoad";

/**
 * A minified classic script from `input`.
 * @param {string} input
 * @param {string} file
 * @param {5 | 2020} ecma its syntax
 * @param {string} preamble its first line
 */
function script(input, file, ecma = 2020, preamble = "") {
	return {
		input,
		output: { file, format: "iife", strict: false },
		plugins: [
			nodeResolve({ browser: true }),
			esbuild({ target: ecma === 5 ? "es5" : BROWSER_TARGET, tsconfig: "tsconfig.sdk.json", ...shortNames }),
			letOnly(),
			// web-vitals marks its internal properties by an underscore; consent tools a global of theirs by two.
			terser({
				ecma,
				toplevel: true,
				// Inlining more than the simplest functions makes more bytes after brotli.
				compress: { passes: 5, unsafe_arrows: ecma > 5, inline: 1, negate_iife: false },
				mangle: { properties: { regex: /^_(?!_)/ } },
				format: { preamble },
			}),
			publish(),
		],
	};
}

const configs = [
	script("sdk/script.ts", "dist/strand.js", 2020, COMPILE_AHEAD),
	script("sdk/late.ts", "dist/strand-late.js", 2020, COMPILE_AHEAD),
	...CHUNKS.map((name) => script(`sdk/${name}.ts`, `dist/strand-${name}.js`)),
	script("sdk/stub.ts", "dist/strand-stub.js", 5),
	{
		input: { strand: "sdk/index.ts" },
		// The chunk that comes late imports from the entry, rather than both from a third file.
		preserveEntrySignatures: "allow-extension",
		output: { dir: "dist", format: "es", entryFileNames: "[name].mjs", chunkFileNames: "strand-[name].mjs" },
		plugins: [
			nodeResolve({ browser: true }),
			esbuild({ target: BROWSER_TARGET, tsconfig: "tsconfig.sdk.json", ...shortNames }),
		],
	},
	{
		input: "sdk/index.ts",
		output: { file: "dist/strand.d.ts", format: "es" },
		plugins: [dts({ tsconfig: "tsconfig.sdk.json" })],
	},
	{
		input: "collector/dashboard/page/main.tsx",
		output: {
			dir: join(PUBLIC_DIRECTORY, "dashboard"),
			format: "es",
			entryFileNames: "[name]-[hash].js",
			chunkFileNames: "[name]-[hash].js",
		},
		plugins: [
			nodeResolve({ browser: true, extensions: [".mjs", ".js", ".ts", ".tsx"] }),
			esbuild({ target: "es2022", tsconfig: "tsconfig.sdk.json", jsx: "automatic", jsxImportSource: "preact" }),
			terser({ ecma: 2020, module: true }),
			publishDashboard(),
		],
	},
	{
		input: "sdk/server.ts",
		output: { file: "dist/server.mjs", format: "es" },
		plugins: [nodeResolve(), esbuild({ target: "es2022", tsconfig: "tsconfig.sdk.json" })],
	},
	{
		input: "sdk/server.ts",
		output: { file: "dist/server.d.ts", format: "es" },
		plugins: [dts({ tsconfig: "tsconfig.sdk.json" })],
	},
	{
		input: "collector/index.ts",
		output: { file: "dist/collector.mjs", format: "es", inlineDynamicImports: true },
		external: [/^cloudflare:/, /^node:/],
		plugins: [
			nodeResolve({ exportConditions: ["workerd", "worker", "browser"], browser: true }),
			esbuild({ target: "es2023", tsconfig: "tsconfig.collector.json" }),
		],
	},
	{
		input: commandEntries(),
		output: { dir: "dist/node", format: "es", entryFileNames: "[name].mjs", chunkFileNames: "shared/[name].mjs" },
		external: /^node:/,
		plugins: [
			nodeResolve({ preferBuiltins: true }),
			// sax asks for its streams inside a `try`; left as it is, that `require` fails in a module and XLSX cannot be read.
			commonjs({ ignoreTryCatch: false }),
			esbuild({ target: "node20", tsconfig: "tsconfig.node.json" }),
			stamp(),
		],
	},
];

export default configs
	.filter(({ input }) => typeof input !== "string" || existsSync(input))
	.map((config) => ({ ...config, plugins: [notices.plugin, ...config.plugins] }));
