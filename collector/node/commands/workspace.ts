/** `strand workspace`: makes workspaces on a running collector, here or on Cloudflare, and empties those that are tests. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createAdminDoor } from "../admin-door.ts";
import { readCloudflareSecrets } from "../cloudflare-secrets.ts";
import { dataPath, openDataFolder, readAdminRecord } from "../data-folder.ts";
import { print } from "../print.ts";
import { describeKeys, formatLines, KEYS_NOTE, writeScriptTag } from "../print-lines.ts";
import { createWorkspace } from "../workspaces.ts";
import { readWranglerFile, wranglerFile } from "../wrangler-file.ts";

export const help = `strand workspace [create] URL [--name NAME] [--test] | empty URL --name NAME

Makes a workspace on a collector and prints its keys, or empties one that was made as a test.

create makes it on the collector at URL. The keys are shown this once. Its shard counts
never change afterwards: on Cloudflare they are those of wrangler.toml at this moment,
on this machine those that the collector was started with.

empty forgets all events and people of a workspace that was made with --test; its keys,
settings, tracking plan, share links and webhooks stay. While it works senders are told
to come again. A workspace made without --test is never emptied.

The admin token is that of the data folder: of the deployment, or of the collector on
this machine. STRAND_ADMIN_TOKEN goes first.

  --name NAME     (main)
  --test          it may be emptied; it can neither become a test later nor cease to be one
  --data FOLDER   (or STRAND_DATA; .strand)`;

const LOCAL_NAMES = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** @returns 0 done, 1 refused, 2 wrong usage */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({
		args,
		options: { name: { type: "string" }, test: { type: "boolean", default: false }, data: { type: "string" } },
		allowPositionals: true,
	});
	const [verb, address, ...others] = /^(create|empty)$/.test(positionals[0] ?? "")
		? positionals
		: ["create", ...positionals];
	const isUnnamed = verb === "empty" && (values.name === undefined || values.test);
	if (address === undefined || others.length > 0 || !URL.canParse(address) || isUnnamed) {
		console.error(help);
		return 2;
	}
	const { origin, hostname } = new URL(address);
	const isLocal = LOCAL_NAMES.has(hostname);
	const adminToken = findAdminToken(dataPath(values.data), isLocal);
	const name = values.name ?? "main";
	if (verb === "empty") return empty(origin, adminToken, name);
	const shards = isLocal ? {} : readShards();
	const keys = await createWorkspace(origin, adminToken, { workspace: name, ...shards, test: values.test });
	if (keys === undefined) {
		console.error(`Workspace ${name} exists already on ${origin}.`);
		return 1;
	}
	print(`${formatLines([...describeKeys(keys), ["script tag", writeScriptTag(origin, keys.write)]])}\n\n${KEYS_NOTE}`);
	return 0;
}

async function empty(origin: string, adminToken: string, name: string): Promise<number> {
	const door = createAdminDoor(origin, adminToken, name);
	await door.close();
	await door.settle();
	await door.empty();
	print(`Workspace ${name} on ${origin} is empty.`);
	return 0;
}

function readShards(): { streamShards: number; profileShards: number } {
	const { streamShards, profileShards } = readWranglerFile(wranglerFile());
	return { streamShards, profileShards };
}

/** @throws Error where the folder belongs to no collector of that kind */
function findAdminToken(folder: string, isLocal: boolean): string {
	const given = process.env.STRAND_ADMIN_TOKEN;
	if (given) return given;
	if (isLocal && existsSync(join(folder, "admin.json"))) return readAdminRecord(openDataFolder(folder)).adminToken;
	const deployed = readCloudflareSecrets(folder)?.ADMIN_TOKEN;
	if (deployed !== undefined) return deployed;
	const missing = isLocal ? "admin.json: name the data folder of the collector" : "cloudflare.json: run strand deploy";
	throw new Error(`${folder} holds no ${missing}, or set STRAND_ADMIN_TOKEN`);
}
