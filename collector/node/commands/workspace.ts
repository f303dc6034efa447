/** `strand workspace`: the first workspace of a deployed collector. */

import { parseArgs } from "node:util";
import { readCloudflareSecrets } from "../cloudflare-secrets.ts";
import { dataPath } from "../data-folder.ts";
import { describeKeys, formatLines, KEYS_NOTE, writeScriptTag } from "../print-lines.ts";
import { createWorkspace } from "../workspaces.ts";
import { readWranglerFile, wranglerFile } from "../wrangler-file.ts";

export const help = `strand workspace URL [--name NAME] [--data FOLDER]

Creates a workspace on the collector at URL and prints its keys, once. Its shard
counts are those of wrangler.toml at this moment and never change afterwards.
The admin token is read from the data folder that strand deploy wrote it to, or
from STRAND_ADMIN_TOKEN.

  --name NAME     (main)
  --data FOLDER   (or STRAND_DATA; .strand)`;

/** @returns 0 when created, 1 when it exists already, 2 on wrong usage */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({
		args,
		options: { name: { type: "string", default: "main" }, data: { type: "string" } },
		allowPositionals: true,
	});
	const [address] = positionals;
	if (address === undefined || positionals.length > 1 || !URL.canParse(address)) {
		console.error(help);
		return 2;
	}
	const { origin } = new URL(address);
	const { streamShards, profileShards } = readWranglerFile(wranglerFile());
	const folder = dataPath(values.data);
	const adminToken = process.env.STRAND_ADMIN_TOKEN || readCloudflareSecrets(folder)?.ADMIN_TOKEN;
	if (adminToken === undefined) {
		console.error(`${folder} holds no cloudflare.json: run strand deploy with it first, or set STRAND_ADMIN_TOKEN.`);
		return 1;
	}
	const keys = await createWorkspace(origin, adminToken, { workspace: values.name, streamShards, profileShards });
	if (keys === undefined) {
		console.error(`Workspace ${values.name} exists already on ${origin}.`);
		return 1;
	}
	console.log(
		`${formatLines([...describeKeys(keys), ["script tag", writeScriptTag(origin, keys.write)]])}\n\n${KEYS_NOTE}`,
	);
	return 0;
}
