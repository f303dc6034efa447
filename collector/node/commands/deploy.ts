/** `strand deploy`: the built collector onto the user's Cloudflare account, by wrangler. */

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { openCloudflareSecrets, SECRET_NAMES } from "../cloudflare-secrets.ts";
import { dataPath } from "../data-folder.ts";
import { ROOT, resolvePackage } from "../root.ts";
import { ensureWranglerFile } from "../wrangler-file.ts";

export const help = `strand deploy [--data FOLDER] [-- WRANGLER OPTIONS]

Deploys the collector to Cloudflare. Log in first with npx wrangler login. The first
deployment also makes the collector's two secrets and keeps a copy of them in
cloudflare.json of the data folder, for strand workspace; later ones leave the
secrets as they are.

  --data FOLDER   (or STRAND_DATA; .strand)

A clone deploys by its wrangler.toml. Elsewhere the first deployment writes
strand.wrangler.toml into the current folder, with the shard counts to look at
before strand workspace and the place for your domain; wrangler must be installed
there (npm install wrangler).`;

/** @returns wrangler's own exit code */
export async function run(args: string[]): Promise<number> {
	const { values, positionals } = parseArgs({ args, options: { data: { type: "string" } }, allowPositionals: true });
	const secrets = hasSecrets() ? [] : ["--secrets-file", openCloudflareSecrets(dataPath(values.data)).file];
	return wrangler(["deploy", ...secrets, ...positionals], "inherit").status ?? 1;
}

/**
 * Whether a Worker of this name is deployed and has its secrets. They are never replaced: every
 * stored hash of an identifier is keyed with one of them.
 *
 * @throws Error with wrangler's words when it cannot tell (not logged in, no connection)
 */
function hasSecrets(): boolean {
	const { status, stdout, stderr } = wrangler(["secret", "list", "--format", "json"], "pipe");
	if (status !== 0) {
		if (/Worker ".*" not found/.test(stdout + stderr)) return false;
		throw new Error(`wrangler could not list the Worker's secrets:\n${stdout}${stderr}`);
	}
	const names = (JSON.parse(stdout) as { name: string }[]).map(({ name }) => name);
	return SECRET_NAMES.every((name) => names.includes(name));
}

function wrangler(args: string[], output: "inherit" | "pipe") {
	const folder = resolvePackage(process.cwd(), "wrangler") ?? resolvePackage(ROOT, "wrangler");
	if (folder === undefined) throw new Error("deploying needs wrangler: run npm install wrangler here");
	const config = ensureWranglerFile();
	return spawnSync(process.execPath, [join(folder, "bin", "wrangler.js"), ...args, "--config", config], {
		cwd: dirname(config),
		encoding: "utf8",
		stdio: ["inherit", output, output],
	});
}
