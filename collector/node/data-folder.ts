/**
 * The folder that holds everything a local collector keeps:
 *
 * - `objects/`     the Durable Objects' SQLite files: all customer data
 * - `admin.json`   what the launcher must know again at the next start (owner-readable only)
 * - `examples/`    the example pages with this collector's write key filled in
 * - `workerd.capnp`, `workerd.pid`   rewritten at every start
 */

import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { readSettings } from "./settings.ts";

export interface AdminRecord {
	/** Opens `/internal/…` of this collector; 64 hex digits. */
	adminToken: string;
	/** Keys the hashes of identifiers, so that a copied store tells nothing without it; 64 hex digits. */
	workspaceSecret: string;
	/** Public by nature: the example shop's pages carry it. Absent until the workspace exists. */
	writeKey?: string;
}

export interface DataFolder {
	path: string;
	objects: string;
	examples: string;
	config: string;
}

/** Where a command's data lies: its `--data` option, else as set (`settings.ts`), else `.strand` in the current folder. */
export function dataPath(option: string | undefined): string {
	return option ?? readSettings().data ?? ".strand";
}

/** Opens (and makes, where missing) the folder at `path`. */
export function openDataFolder(path: string): DataFolder {
	const root = resolve(path);
	const folder = {
		path: root,
		objects: join(root, "objects"),
		examples: join(root, "examples"),
		config: join(root, "workerd.capnp"),
	};
	// The folder holds personal data: nobody but its owner reads it.
	mkdirSync(root, { recursive: true, mode: 0o700 });
	mkdirSync(folder.objects, { recursive: true });
	mkdirSync(folder.examples, { recursive: true });
	return folder;
}

/**
 * The admin record of a folder; a new one where there is none.
 *
 * @throws SyntaxError when `admin.json` is damaged: a new secret would orphan every stored hash, so nothing is replaced
 */
export function readAdminRecord(folder: DataFolder): AdminRecord {
	const file = join(folder.path, "admin.json");
	let text: string;
	try {
		text = readFileSync(file, "utf8");
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
		const record = { adminToken: randomHex(), workspaceSecret: randomHex() };
		writeAdminRecord(folder, record);
		return record;
	}
	return JSON.parse(text) as AdminRecord;
}

export function writeAdminRecord(folder: DataFolder, record: AdminRecord): void {
	writeFileSync(join(folder.path, "admin.json"), `${JSON.stringify(record, null, "\t")}\n`, { mode: 0o600 });
}

/** 32 random bytes as 64 hex digits. */
export function randomHex(): string {
	return randomBytes(32).toString("hex");
}

/**
 * The process id of a workerd that already serves this folder, or `undefined`. Two at once would
 * each trust their own memory of the same files.
 */
export function findRunningServer(folder: DataFolder): number | undefined {
	let pid: number;
	try {
		pid = Number(readFileSync(pidFile(folder), "utf8"));
		process.kill(pid, 0);
	} catch {
		// No file, or nobody by that number: nothing runs.
		return undefined;
	}
	try {
		// After a reboot the number may be another program's; where Linux tells the name, believe it.
		return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("workerd") ? pid : undefined;
	} catch {
		return pid;
	}
}

export function writePid(folder: DataFolder, pid: number): void {
	writeFileSync(pidFile(folder), `${pid}\n`);
}

export function removePid(folder: DataFolder): void {
	rmSync(pidFile(folder), { force: true });
}

function pidFile(folder: DataFolder): string {
	return join(folder.path, "workerd.pid");
}
