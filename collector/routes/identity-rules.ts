/** Adds to rows of the identity map the rule that brought each identifier in; only the graph knows it. */
import type { Env } from "../env.ts";
import { DEVICE_KIND } from "../identity/index.ts";
import { graphOf } from "../store/client.ts";
import type { WorkspaceConfig } from "../store/config.ts";

interface IdentityRow {
	profileId: string;
	kind: string;
	hash: string;
	rule?: string;
}

/** @param bytes NDJSON of identity rows, each profile's together */
export async function addLinkRules(env: Env, config: WorkspaceConfig, bytes: Uint8Array): Promise<Uint8Array> {
	if (bytes.byteLength === 0) return bytes;
	const lines = new TextDecoder().decode(bytes).trimEnd().split("\n");
	const rows = lines.map((line) => JSON.parse(line) as IdentityRow);
	// Who has only a device was never told to the graph.
	const asked = [...new Set(rows.filter(({ kind }) => kind !== DEVICE_KIND).map(({ profileId }) => profileId))];
	const rules = await graphOf(env, config.workspace).linkRules(asked);
	const ruleOf = new Map(asked.map((profileId, index) => [profileId, rules[index]]));
	for (const row of rows) {
		const rule = ruleOf.get(row.profileId)?.[`${row.kind}=${row.hash}`];
		row.rule = rule ?? (row.kind === DEVICE_KIND ? "device" : "own");
	}
	return new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}
