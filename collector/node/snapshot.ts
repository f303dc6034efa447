/**
 * A copy of a data folder as it is at one instant. A running collector is one process, so that while it is stopped
 * (SIGSTOP) its files are what a crash at that instant would leave, in all objects alike; and a crash is what they are made
 * for. Copying them one after the other while it writes would give objects of different moments, whose numbered messages
 * no longer fit together.
 */

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { constants, cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DataFolder, findRunningServer } from "./data-folder.ts";

/** What makes a collector: its customers' data, and the secret without which nobody is found again. */
const PARTS = ["objects", "admin.json"];

/**
 * Copies `folder` to `target`, which must not exist.
 *
 * @returns how long a running collector stood still, ms; 0 where none ran
 */
export async function takeSnapshot(folder: DataFolder, target: string): Promise<number> {
	if (existsSync(target)) throw new Error(`${target} exists already`);
	const pid = findRunningServer(folder);
	mkdirSync(target, { recursive: true, mode: 0o700 });
	if (pid === undefined) {
		copyParts(folder.path, target);
		return 0;
	}
	if (process.platform === "win32") throw new Error("stop the collector first: Windows cannot halt a process");
	const startedAt = performance.now();
	const resume = await halt(pid);
	try {
		copyParts(folder.path, target);
	} finally {
		await resume();
	}
	return performance.now() - startedAt;
}

/** Puts a snapshot where no collector is yet. */
export function placeSnapshot(source: string, target: string): void {
	if (!PARTS.every((part) => existsSync(join(source, part)))) throw new Error(`${source} is no backup of a collector`);
	if (PARTS.some((part) => existsSync(join(target, part)) && !isEmptyFolder(join(target, part)))) {
		throw new Error(`${target} holds a collector already: restore into an empty folder`);
	}
	mkdirSync(target, { recursive: true, mode: 0o700 });
	copyParts(source, target);
}

/** Files of SQLite's shared memory are left out: they are rebuilt, and mean nothing to another process. */
function copyParts(source: string, target: string): void {
	for (const part of PARTS) {
		cpSync(join(source, part), join(target, part), {
			recursive: true,
			preserveTimestamps: true,
			// Where the file system can share blocks, a copy takes no time.
			mode: constants.COPYFILE_FICLONE,
			filter: (path) => !path.endsWith("-shm"),
		});
	}
}

/** Halts a process. Another one wakes it when told, or when this one dies, whatever it dies of. */
async function halt(pid: number): Promise<() => Promise<void>> {
	const guard = spawn("sh", ["-c", `read line; kill -CONT ${pid}`], {
		stdio: ["pipe", "ignore", "inherit"],
		detached: true,
	});
	await once(guard, "spawn");
	process.kill(pid, "SIGSTOP");
	while (!isHalted(pid)) await new Promise((resolve) => setTimeout(resolve, 1));
	return async () => {
		const gone = once(guard, "exit");
		guard.stdin.end();
		await gone;
	};
}

/** Whether every thread stands still: the signal is taken by each in its own time. A process that is gone does too. */
function isHalted(pid: number): boolean {
	const tasks = `/proc/${pid}/task`;
	try {
		if (!existsSync(tasks))
			return !/^[^TtZ]/.test(spawnSync("ps", ["-o", "stat=", "-p", String(pid)]).stdout.toString());
		// The state stands behind the name, which is in brackets and may hold anything.
		return readdirSync(tasks).every((task) => /\) [TtXZ] /.test(readFileSync(join(tasks, task, "stat"), "utf8")));
	} catch {
		return false; // A thread ended between the two looks.
	}
}

function isEmptyFolder(path: string): boolean {
	try {
		return readdirSync(path).length === 0;
	} catch {
		return false; // A file.
	}
}
