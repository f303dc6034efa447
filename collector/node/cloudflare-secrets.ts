/**
 * The two secrets of a deployed collector, kept in the data folder of whoever deployed it, in the
 * form that `wrangler deploy --secrets-file` reads.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDataFolder, randomHex } from "./data-folder.ts";

/** Opens `/internal/…`; keys the hashes of identifiers. */
export const SECRET_NAMES = ["ADMIN_TOKEN", "WORKSPACE_SECRET"] as const;

export type CloudflareSecrets = Record<(typeof SECRET_NAMES)[number], string>;

/** The file of the data folder at `path` that holds the secrets; made there (owner-readable only) when it has none. */
export function openCloudflareSecrets(path: string): { file: string; secrets: CloudflareSecrets } {
	openDataFolder(path);
	const file = secretsFile(path);
	const kept = readCloudflareSecrets(path);
	if (kept !== undefined) return { file, secrets: kept };
	const secrets = { ADMIN_TOKEN: randomHex(), WORKSPACE_SECRET: randomHex() };
	writeFileSync(file, `${JSON.stringify(secrets, null, "\t")}\n`, { mode: 0o600 });
	return { file, secrets };
}

/** @returns `undefined` when nothing was deployed with this data folder */
export function readCloudflareSecrets(path: string): CloudflareSecrets | undefined {
	try {
		return JSON.parse(readFileSync(secretsFile(path), "utf8")) as CloudflareSecrets;
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
		throw error;
	}
}

function secretsFile(path: string): string {
	return join(path, "cloudflare.json");
}
