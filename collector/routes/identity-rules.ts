/** Adds to rows of the identity map the rule that brought each identifier in; only the graph knows it. */
import type { Env } from "../env.ts";
import { DEVICE_KIND } from "../identity/index.ts";
import { graphOf } from "../store/client.ts";
import type { WorkspaceConfig } from "../store/config.ts";

/** Profiles asked about at once: some ten milliseconds of the graph, which others wait for too. */
const ASKED_MAX = 50;

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
	const graph = graphOf(env, config.workspace);
	const ruleOf = new Map<string, { [node: string]: string }>();
	for (let at = 0; at < asked.length; at += ASKED_MAX) {
		const part = asked.slice(at, at + ASKED_MAX);
		const rules = await graph.linkRules(part);
		for (const [index, profileId] of part.entries()) ruleOf.set(profileId, rules[index] ?? {});
	}
	for (const row of rows) {
		const rule = ruleOf.get(row.profileId)?.[`${row.kind}=${row.hash}`];
		row.rule = rule ?? (row.kind === DEVICE_KIND ? "device" : "own");
	}
	return new TextEncoder().encode(rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
}
