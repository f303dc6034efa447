/** A profile as it was known on a date: its streams read again, without what arrived later. */
import type { Env } from "../env.ts";
import { DEVICE_KIND, kindOf, type NodeKey, type ProfileId } from "../identity/index.ts";
import type { Chain } from "../journey/index.ts";
import type { LoggedEvent } from "../model.ts";
import { graphOf, shardOfProfile, shardOfStream } from "./client.ts";
import type { WorkspaceConfig } from "./config.ts";
import { replay } from "./replay.ts";

/** Events that one question may read; above: `as_of_too_large`. */
export const AS_OF_EVENTS_MAX = 100_000;

export type AsOfAnswer = { profileId: ProfileId; chain: Chain } | "not_found" | "too_large";

/**
 * @param profileId as it is now, or as it was before a merge
 * @param heir      the profile that it is now, where that is another
 * @param until     ms; events received later are left out
 */
export async function readAsOf(
	env: Env,
	config: WorkspaceConfig,
	profileId: ProfileId,
	heir: ProfileId,
	until: number,
	options: { bots: boolean },
): Promise<AsOfAnswer> {
	const now = await shardOfProfile(env, config, heir).readChain(heir, { bots: true });
	if (now === null) return "not_found";
	const nodes: NodeKey[] = now.identities.map(({ kind, hash }) => `${kind}=${hash}`);
	const streams = new Set(await graphOf(env, config.workspace).streamsAround(nodes));
	for (const node of nodes) if (kindOf(node) === DEVICE_KIND) streams.add(node);

	const events: LoggedEvent[] = [];
	for (const stream of streams) {
		const room = AS_OF_EVENTS_MAX - events.length;
		const page = await shardOfStream(env, config, stream).eventsUntil(stream, until, room + 1);
		for (const event of page) events.push(event);
		if (events.length > AS_OF_EVENTS_MAX) return "too_large";
	}
	const { resolution, chains } = replay(events, config, options);
	const found = (id: ProfileId | undefined): AsOfAnswer | null => {
		const chain = id === undefined ? undefined : chains.get(id);
		return id === undefined || chain === undefined ? null : { profileId: id, chain };
	};
	// By the name it had then; else whoever held its identifiers, the best first; else its devices' first owner.
	const holders = nodes.map((node) => found(resolution.clusters.profileOf.get(node)));
	const devices = new Set(nodes);
	const placed = resolution.placed.find(({ stream }) => devices.has(stream))?.profileId;
	return found(profileId) ?? holders.find((one) => one !== null) ?? found(placed) ?? "not_found";
}
