import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * Who may import whom, in the one direction that the house's plan draws: the collector goes index →
 * app → routes → store → ingest | identity | journey | analysis | export → model → sdk/wire, the script
 * script → index → tracker → its rooms → page → wire. Arrows may skip a level and never turn back,
 * and neighbours on one level are handed what they need.
 */

const ROOT = join(import.meta.dirname, "..", "..");

interface Room {
	name: string;
	/** Paths of the room: a file, or a folder with a slash at its end. */
	paths: string[];
	/** Names of the rooms that it may import; itself always. */
	imports: string[];
	/** Packages and built-in modules that it may import; absent means any. */
	packages?: RegExp;
}

const WIRE = ["model", "wire"];
const PURE = ["ingest", "identity", "journey", "analysis"];
/** Neither clock, SQL, HTTP, platform nor randomness: what is left computes. */
const COMPUTES = /^(?!hono|cloudflare:|node:(?!crypto$|zlib$))/;
const SDK_ROOMS = ["capture", "visitor", "delivery"];

const BELOW_ROUTES = ["store", "export", ...PURE, ...WIRE];

const ROOMS: Room[] = [
	{ name: "wire", paths: ["sdk/wire.ts"], imports: [], packages: /^$/ },
	{ name: "page", paths: ["sdk/page/"], imports: ["wire"] },
	...SDK_ROOMS.map((room) => ({ name: room, paths: [`sdk/${room}/`], imports: ["page", "wire"] })),
	// What stands in sdk/ itself is assembly: index, script, tracker and the chunks' entries.
	{ name: "sdk", paths: ["sdk/"], imports: [...SDK_ROOMS, "page", "wire"] },
	{ name: "model", paths: ["collector/model.ts"], imports: ["wire"], packages: /^$/ },
	...PURE.map((room) => ({ name: room, paths: [`collector/${room}/`], imports: WIRE, packages: COMPUTES })),
	{ name: "export", paths: ["collector/export/"], imports: WIRE, packages: COMPUTES },
	// With the bindings\' types, which name the objects\' classes.
	{
		name: "store",
		paths: ["collector/store/", "collector/env.ts"],
		imports: ["replay", "export", ...PURE, ...WIRE],
		packages: /^(?!hono)/,
	},
	// The whole of it as one plain function, which the CLI checks a store with.
	{ name: "replay", paths: ["collector/store/replay.ts"], imports: ["store", ...PURE, ...WIRE], packages: /^$/ },
	{ name: "routes", paths: ["collector/routes/"], imports: BELOW_ROUTES },
	{ name: "app", paths: ["collector/app.ts"], imports: ["routes", ...BELOW_ROUTES] },
	{ name: "index", paths: ["collector/index.ts"], imports: ["app", "routes", ...BELOW_ROUTES] },
	{ name: "dashboard", paths: ["collector/dashboard/"], imports: ["wire"] },
	// The CLI is a client of the contract, and computes on files with the same pure functions.
	{ name: "node", paths: ["collector/node/"], imports: ["replay", "export", ...PURE, ...WIRE] },
];

/** The room of a file, by the longest path that holds it. */
function findRoom(file: string): Room | undefined {
	const holds = ({ paths }: Room) =>
		paths.some((path) => file === path || (path.endsWith("/") && file.startsWith(path)));
	return ROOMS.filter(holds).sort((a, b) => longest(b) - longest(a))[0];
}

function longest({ paths }: Room): number {
	return Math.max(...paths.map((path) => path.length));
}

/** Every module that a source names, in `import`, `export … from` and `import()`, types included. */
function readImports(source: string): string[] {
	const code = source.replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
	const named =
		/(?:^|[;}\s])(?:import|export)\s+(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/g;
	return [...code.matchAll(named)].map(([, fixed, dynamic]) => fixed ?? dynamic ?? "");
}

/** What is wrong with one file's imports, a sentence each. */
function findFaults(file: string, source: string): string[] {
	const room = findRoom(file);
	if (room === undefined) return [`${file} is in no room of the house`];
	return readImports(source).flatMap((target) => {
		if (!target.startsWith(".")) {
			return room.packages === undefined || room.packages.test(target)
				? []
				: [`${file} (${room.name}) may not import ${target}`];
		}
		const path = posix.join(dirname(file), target);
		const other = findRoom(path);
		if (other === undefined) return [`${file} (${room.name}) imports ${path}, which is in no room`];
		if (other === room || room.imports.includes(other.name)) return [];
		return [`${file} (${room.name}) may not import ${path} (${other.name})`];
	});
}

/** Every source below a folder, relative to the root, with `/` between. */
function listSources(folder: string): string[] {
	return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
		.filter((entry) => entry.isFile() && /\.(ts|mjs|js)$/.test(entry.name))
		.map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).split(sep).join("/"));
}

describe("imports", () => {
	it("go inward only, and never between neighbours", () => {
		const files = [...listSources("sdk"), ...listSources("collector")];
		expect(files.length).toBeGreaterThan(20);
		expect(files.flatMap((file) => findFaults(file, readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
	});

	it("are none in the wire contract", () => {
		expect(readImports(readFileSync(join(ROOT, "sdk/wire.ts"), "utf8"))).toEqual([]);
	});
});

describe("the check itself", () => {
	it.each([
		[
			"collector/journey/x.ts",
			'import { a } from "../identity/b.ts";',
			"(journey) may not import collector/identity/b.ts",
		],
		[
			"collector/ingest/x.ts",
			'import type { C } from "../store/c.ts";',
			"(ingest) may not import collector/store/c.ts",
		],
		["collector/model.ts", 'export * from "./routes/c.ts";', "(model) may not import collector/routes/c.ts"],
		["collector/analysis/x.ts", 'const h = await import("hono");', "(analysis) may not import hono"],
		[
			"collector/identity/x.ts",
			'import {\n\tone,\n\ttwo,\n} from "node:sqlite";',
			"(identity) may not import node:sqlite",
		],
		["collector/dashboard/x.ts", 'import { a } from "../app.ts";', "(dashboard) may not import collector/app.ts"],
		["sdk/capture/x.ts", 'import "../delivery/queue.ts";', "(capture) may not import sdk/delivery/queue.ts"],
		["sdk/wire.ts", 'import { get } from "idb-keyval";', "(wire) may not import idb-keyval"],
	])("finds what %s may not import", (file, source, fault) => {
		expect(findFaults(file, source).join()).toContain(fault);
	});

	it.each([
		[
			"collector/store/x.ts",
			'import { fold } from "../journey/fold.ts"; import { DurableObject } from "cloudflare:workers";',
		],
		["collector/routes/x.ts", 'import { Hono } from "hono";\nimport type { E } from "../../sdk/wire.ts";'],
		["sdk/tracker.ts", 'import { queue } from "./delivery/queue.ts"; // import "../collector/app.ts"'],
		["collector/identity/x.ts", '/** See import "../store/x.ts". */ import { h } from "./hash.ts";'],
	])("accepts what %s may import", (file, source) => {
		expect(findFaults(file, source)).toEqual([]);
	});
});
