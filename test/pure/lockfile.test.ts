import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

interface Locked {
	resolved?: string;
	optionalDependencies?: Record<string, string>;
}

const read = (file: string) => JSON.parse(readFileSync(join(import.meta.dirname, "..", "..", file), "utf8"));

const manifest = read("package.json");
const packages: Record<string, Locked> = read("package-lock.json").packages;

// Each of these is mended by `npm run lock`.

it("locks what package.json names", () => {
	const { dependencies, devDependencies } = read("package-lock.json").packages[""];
	expect({ dependencies, devDependencies }).toEqual({
		dependencies: manifest.dependencies,
		devDependencies: manifest.devDependencies,
	});
	const missing = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
		(name) => packages[`node_modules/${name}`] === undefined,
	);
	expect(missing).toEqual([]);
});

it("locks every platform's build, without which npm ci refuses to install on any", () => {
	const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
		Object.keys(optionalDependencies).filter(
			(name) =>
				packages[`${path}/node_modules/${name}`] === undefined && packages[`node_modules/${name}`] === undefined,
		),
	);
	expect(missing).toEqual([]);
});

it("names no registry, so that it installs from whichever one a machine is set to", () => {
	expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});
