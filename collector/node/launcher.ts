/**
 * Runs the built collector on this machine: prepares the data folder, starts workerd, creates the
 * workspace the first time and fills the example shop's pages with its write key.
 */

import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, relative, sep } from "node:path";
import type { WorkspaceCopy } from "./admin-door.ts";
import {
	type DataFolder,
	findRunningServer,
	openDataFolder,
	readAdminRecord,
	removePid,
	writeAdminRecord,
	writePid,
} from "./data-folder.ts";
import { publishExamples } from "./examples.ts";
import { ROOT } from "./root.ts";
import { findWorkerd } from "./runtime.ts";
import { type ServerProcess, startServer } from "./server-process.ts";
import { limitsOf, type Settings } from "./settings.ts";
import { writeWorkerdConfig } from "./workerd-config.ts";
import { createWorkspace, type WorkspaceKeys } from "./workspaces.ts";
import { readWranglerFile } from "./wrangler-file.ts";

/** The one workspace of a local collector. */
const WORKSPACE = "main";
/** Fixed for the workspace's life. One machine has one thread for all objects, so that more would buy only overhead. */
const SHARDS_LOCAL = 4;

export interface LaunchOptions {
	dataPath: string;
	/** 0 lets the system choose a free one. */
	port: number;
	/** Checked ones: the limits are told to the Worker, the shard counts hold for a workspace that is made now. */
	settings?: Settings;
	/** The workspace that the first start makes; `main`. */
	workspace?: string;
	/** What that workspace takes over from another one of the same secret. */
	copy?: WorkspaceCopy;
}

export interface Launched {
	server: ServerProcess;
	folder: DataFolder;
	/** The new workspace's keys; absent when it existed before. */
	keys?: WorkspaceKeys;
	/** Public; absent only when a first start was cut off before it could be noted. */
	writeKey?: string;
	stop(): Promise<void>;
}

/** A fault that the user can mend, in one line. */
export class LaunchError extends Error {}

/**
 * Starts the collector and waits until it answers.
 *
 * @throws LaunchError when something outside is in the way (the port, another collector on the folder, a missing build)
 */
export async function launch({
	dataPath,
	port,
	settings = {},
	workspace = WORKSPACE,
	copy,
}: LaunchOptions): Promise<Launched> {
	const worker = join(ROOT, "dist", "collector.mjs");
	if (!existsSync(worker)) throw new LaunchError("The collector is not built yet: run npm run build.");
	if (port !== 0 && !(await isFree(port))) {
		throw new LaunchError(
			`Port ${port} is in use: stop the program that uses it, or choose another with PORT=${port + 1} npm start.`,
		);
	}
	const folder = openDataFolder(dataPath);
	const running = findRunningServer(folder);
	if (running !== undefined) {
		throw new LaunchError(
			`A collector already serves ${folder.path} (process ${running}): stop it, or choose another folder with STRAND_DATA=….`,
		);
	}
	const admin = readAdminRecord(folder);
	const { compatibilityDate, compatibilityFlags } = readWranglerFile(join(ROOT, "wrangler.toml"));
	const streamShards = Number(settings.streamShards ?? SHARDS_LOCAL);
	const profileShards = Number(settings.profileShards ?? SHARDS_LOCAL);
	writeFileSync(
		folder.config,
		writeWorkerdConfig({
			workerPath: relative(folder.path, worker).split(sep).join("/"),
			compatibilityDate,
			compatibilityFlags,
			port,
			objectsPath: folder.objects,
			publicPath: join(ROOT, "dist", "public"),
			examplesPath: folder.examples,
			vars: {
				STREAM_SHARD_COUNT: String(streamShards),
				PROFILE_SHARD_COUNT: String(profileShards),
				...limitsOf(settings),
			},
			arePrivateAddressesAllowed: settings.webhookPrivateAddresses === "1",
			...(settings.heapMbMax === undefined ? {} : { heapMbMax: Number(settings.heapMbMax) }),
			secretNames: ["ADMIN_TOKEN", "WORKSPACE_SECRET"],
		}),
	);
	const server = await startServer({
		workerdPath: findWorkerd(compatibilityDate),
		configPath: folder.config,
		env: { ADMIN_TOKEN: admin.adminToken, WORKSPACE_SECRET: admin.workspaceSecret, TZ: "UTC" },
	});
	writePid(folder, server.pid);
	server.exited.then(() => removePid(folder)).catch(() => {});
	try {
		const keys = await createWorkspace(server.origin, admin.adminToken, {
			workspace,
			streamShards,
			profileShards,
			...(copy === undefined ? {} : { copy }),
		});
		if (keys !== undefined) writeAdminRecord(folder, { ...admin, writeKey: keys.write });
		const writeKey = keys?.write ?? admin.writeKey;
		if (writeKey !== undefined)
			publishExamples(join(ROOT, "examples", "shop"), join(folder.examples, "shop"), writeKey);
		return {
			server,
			folder,
			...(keys === undefined ? {} : { keys }),
			...(writeKey === undefined ? {} : { writeKey }),
			stop: server.stop,
		};
	} catch (error) {
		await server.stop();
		throw error;
	}
}

/** Asked beforehand since workerd's own message names neither the port's owner nor a way out. */
function isFree(port: number): Promise<boolean> {
	return new Promise((resolve) => {
		const probe = createServer();
		probe.once("error", () => resolve(false));
		probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
	});
}
