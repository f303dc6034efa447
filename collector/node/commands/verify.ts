/** `strand verify`: whether what is stored is what follows from the log. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createAdminDoor } from "../admin-door.ts";
import { readCloudflareSecrets } from "../cloudflare-secrets.ts";
import { compareStore } from "../compare-store.ts";
import { dataPath } from "../data-folder.ts";
import { openStore } from "../open-store.ts";
import { print } from "../print.ts";

export const help = `strand verify [--data FOLDER] [--workspace NAME] | --cloudflare --url URL

Computes all chains anew from the log and compares them with the stored ones. Prints
what differs, if anything does. A collector that runs on this machine goes on: a copy
of its folder is checked, which needs the space.

  --data FOLDER      (or STRAND_DATA; .strand)
  --workspace NAME   (main)
  --cloudflare       the deployed collector at --url, with the secrets of the data folder
  --url URL          of the deployed collector; it should be quiet meanwhile

The log is spooled beside the data meanwhile: 400 bytes an event and more, as JSON.
Exit code: 0 equal, 1 not, 2 wrong usage.`;

const FAULTS_SHOWN = 20;

/** @returns the exit code; see {@link help} */
export async function run(args: string[]): Promise<number> {
	const { values } = parseArgs({
		args,
		options: {
			data: { type: "string" },
			workspace: { type: "string", default: "main" },
			cloudflare: { type: "boolean", default: false },
			url: { type: "string" },
		},
	});
	if (values.cloudflare !== (values.url !== undefined)) {
		console.error(help);
		return 2;
	}
	const folder = dataPath(values.data);
	const { events, profiles, faults } =
		values.url === undefined
			? await verifyFolder(folder, values.workspace)
			: await verifyDeployed(folder, values.url, values.workspace);
	for (const fault of faults.slice(0, FAULTS_SHOWN)) console.error(fault);
	if (faults.length > FAULTS_SHOWN) console.error(`and ${faults.length - FAULTS_SHOWN} more`);
	print(
		`${events} logged events, ${profiles} chains: ${faults.length === 0 ? "all stored as they should be" : `${faults.length} faults`}.`,
	);
	return faults.length === 0 ? 0 : 1;
}

async function verifyFolder(folder: string, workspace: string) {
	if (!existsSync(join(folder, "admin.json"))) throw new Error(`${folder} holds no collector`);
	const store = await openStore(folder);
	try {
		const door = createAdminDoor(store.origin, store.admin.adminToken, workspace);
		return await compareStore(door, workspace, store.admin.workspaceSecret, store.path);
	} finally {
		await store.close();
	}
}

async function verifyDeployed(folder: string, url: string, workspace: string) {
	const secrets = readCloudflareSecrets(folder);
	if (secrets === undefined) throw new Error(`${folder} holds no cloudflare.json, which strand deploy made`);
	const door = createAdminDoor(new URL(url).origin, secrets.ADMIN_TOKEN, workspace);
	return compareStore(door, workspace, secrets.WORKSPACE_SECRET, folder);
}
