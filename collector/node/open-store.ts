/** A collector over a data folder for a command that reads all of it: the folder's own, or a copy of it where one runs. */

import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type AdminRecord, findRunningServer, openDataFolder, readAdminRecord } from "./data-folder.ts";
import { launch } from "./launcher.ts";
import { takeSnapshot } from "./snapshot.ts";

export interface OpenStore {
	origin: string;
	admin: AdminRecord;
	/** The folder that it runs on. */
	path: string;
	/** Stops the collector, and removes the copy. */
	close(): Promise<void>;
}

/**
 * A running collector goes on: it is copied as `strand backup` does, beside its folder, and the copy is opened.
 *
 * @throws Error where the folder holds no collector
 */
export async function openStore(dataPath: string): Promise<OpenStore> {
	const folder = openDataFolder(dataPath);
	const admin = readAdminRecord(folder);
	if (findRunningServer(folder) === undefined) {
		const { server, stop } = await launch({ dataPath: folder.path, port: 0 });
		return { origin: server.origin, admin, path: folder.path, close: stop };
	}
	const parent = mkdtempSync(`${folder.path}-copy-`);
	const remove = () => rmSync(parent, { recursive: true, force: true });
	try {
		const copy = join(parent, "data");
		await takeSnapshot(folder, copy);
		const { server, stop } = await launch({ dataPath: copy, port: 0 });
		return {
			origin: server.origin,
			admin,
			path: copy,
			async close() {
				await stop();
				remove();
			},
		};
	} catch (error) {
		remove();
		throw error;
	}
}
