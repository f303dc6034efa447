/** `strand backup`: a copy of everything a local collector keeps, at one instant. */

import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { dataPath, openDataFolder } from "../data-folder.ts";
import { print } from "../print.ts";
import { takeSnapshot } from "../snapshot.ts";

export const help = `strand backup TARGET [--data FOLDER]

Copies everything that a collector on this machine keeps to TARGET, a new folder, and
checks the copy. A running collector is halted while files are copied, so that all of
them are of one instant; requests wait that long, and none is lost. strand restore
makes a collector of the copy.

  --data FOLDER   of the collector   (or STRAND_DATA; .strand)

TARGET holds personal data and the collector's secret: keep it as safe as the folder.`;

/** @returns 0 done, 1 failed, 2 wrong usage */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({ args, options: { data: { type: "string" } }, allowPositionals: true });
	const [target] = positionals;
	if (target === undefined || positionals.length > 1) {
		console.error(help);
		return 2;
	}
	const haltedMs = await takeSnapshot(openDataFolder(dataPath(values.data)), resolve(target));
	const names = listDatabases(join(resolve(target), "objects"));
	const faults = await checkDatabases(join(resolve(target), "objects"), names);
	for (const fault of faults ?? []) console.error(fault);
	if (faults !== null && faults.length > 0) return 1;
	const state =
		faults === null ? `not checked: Node ${process.versions.node} brings no SQLite, 22.13 does` : "all whole";
	const pause = haltedMs > 0 ? `; the collector stood still for ${Math.ceil(haltedMs)} ms` : "";
	print(`${resolve(target)}: ${names.length} databases, ${state}${pause}.`);
	return 0;
}

function listDatabases(folder: string): string[] {
	return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".sqlite"));
}

/** Opens each database, which replays its write-ahead log, and has SQLite look for damage. `null` where Node has no SQLite. */
async function checkDatabases(folder: string, names: string[]): Promise<string[] | null> {
	const sqlite = await import("node:sqlite").catch(() => null);
	if (sqlite === null) return null;
	const faults: string[] = [];
	for (const name of names) {
		try {
			const database = new sqlite.DatabaseSync(join(folder, name));
			const [row] = database.prepare("PRAGMA quick_check(1)").all();
			database.close();
			if (row?.quick_check !== "ok") faults.push(`${name}: ${row?.quick_check}`);
		} catch (error) {
			faults.push(`${name}: ${(error as Error).message}`);
		}
	}
	return faults;
}
