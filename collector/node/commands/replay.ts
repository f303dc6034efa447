/** `strand replay`: a collector with other shard counts, out of the log of one. */

import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { LoggedEvent } from "../../model.ts";
import { type AdminDoor, createAdminDoor, type WorkspaceCopy } from "../admin-door.ts";
import { compareStore, createSetDigest } from "../compare-store.ts";
import { dataPath, openDataFolder, writeAdminRecord } from "../data-folder.ts";
import { launch } from "../launcher.ts";
import { openStore } from "../open-store.ts";
import { print } from "../print.ts";

export const help = `strand replay --to FOLDER [--stream-shards N] [--profile-shards N] [--data FOLDER] [--workspace NAME]

Logs everything that a collector has logged into a new one in FOLDER, with other
shard counts, and checks the outcome as strand verify does. Keys, settings, share
links and the tracking plan are those of the old one, which stays as it is. A
collector that runs goes on: what arrives meanwhile is not in FOLDER, so stop it first
where that counts.

  --to FOLDER          must hold no collector yet
  --stream-shards N    1 to 256; as before where not given
  --profile-shards N   likewise
  --data FOLDER        of the old collector   (or STRAND_DATA; .strand)
  --workspace NAME     (main); other workspaces of the folder are not carried over

Not carried over: webhooks, rejections, receipts of erasures, and places in the change feed
(copies kept by changedSince begin anew). Exit code: 0 done and right, 1 not, 2 wrong usage.`;

/** What one call logs at most. */
const EVENTS_MAX = 500;
const SHARDS_MAX = 256;

/** @returns the exit code; see {@link help} */
export async function run(args: string[]): Promise<number> {
	const { values } = parseArgs({
		args,
		options: {
			to: { type: "string" },
			data: { type: "string" },
			workspace: { type: "string", default: "main" },
			"stream-shards": { type: "string" },
			"profile-shards": { type: "string" },
		},
	});
	const counts = [values["stream-shards"], values["profile-shards"]].map((text) =>
		text === undefined ? undefined : Number(text),
	);
	const isUsage = counts.every(
		(count) => count === undefined || (Number.isInteger(count) && count >= 1 && count <= SHARDS_MAX),
	);
	if (values.to === undefined || !isUsage) {
		console.error(help);
		return 2;
	}
	const source = dataPath(values.data);
	const target = resolve(values.to);
	if (!existsSync(join(source, "admin.json"))) throw new Error(`${source} holds no collector`);
	if (existsSync(join(target, "admin.json"))) throw new Error(`${target} holds a collector already`);

	const old = await openStore(source);
	try {
		const { workspace } = values;
		const from = createAdminDoor(old.origin, old.admin.adminToken, workspace);
		await from.settle();
		const copy = await from.read();
		const [streamShards = copy.config.streamShards, profileShards = copy.config.profileShards] = counts;
		writeAdminRecord(openDataFolder(target), old.admin);
		const made = await launch({
			dataPath: target,
			port: 0,
			settings: { streamShards: String(streamShards), profileShards: String(profileShards) },
			workspace,
			copy,
		});
		try {
			const to = createAdminDoor(made.server.origin, old.admin.adminToken, workspace);
			const logDigest = await carryLog(from, to, copy);
			const outcome = await compareStore(to, workspace, old.admin.workspaceSecret, target);
			for (const fault of outcome.faults) console.error(fault);
			if (outcome.logDigest !== logDigest) console.error("The new log does not hold what the old one does.");
			if (outcome.faults.length > 0 || outcome.logDigest !== logDigest) return 1;
			print(
				`${target}: ${outcome.events} logged events and ${outcome.profiles} chains over ${streamShards} stream and ${profileShards} profile shards, all as they should be. Start it with strand start --data.`,
			);
			return 0;
		} finally {
			await made.stop();
		}
	} finally {
		await old.close();
	}
}

/** @returns the digest of what was carried */
async function carryLog(from: AdminDoor, to: AdminDoor, { config }: WorkspaceCopy): Promise<string> {
	const digest = createSetDigest();
	let batch: LoggedEvent[] = [];
	for await (const event of from.log(config.streamShards)) {
		digest.add(event);
		batch.push(event);
		if (batch.length < EVENTS_MAX) continue;
		await to.append(batch);
		batch = [];
	}
	if (batch.length > 0) await to.append(batch);
	return digest.value();
}
