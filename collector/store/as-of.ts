/** A profile as it was known on a date: its streams read again, without what arrived later. */
import type { Env } from "../env.ts";
import { DEVICE_KIND, kindOf, type NodeKey, type ProfileId } from "../identity/index.ts";
import type { Chain } from "../journey/index.ts";
import type { LoggedEvent } from "../model.ts";
import { graphOf, shardOfProfile, shardOfStream } from "./client.ts";
import type { WorkspaceConfig } from "./config.ts";
import type { Devices } from "./devices.ts";
import { replay } from "./replay.ts";

/** Events that one question may read; above: `as_of_too_large`. */
export const AS_OF_EVENTS_MAX = 100_000;

export type AsOfAnswer = { profileId: ProfileId; chain: Chain; devices: Devices } | "not_found" | "too_large";

/** Moments told of one profile; of more the later of each few neighbours. */
const MOMENTS_MAX = 200;

/** When something around a profile became known: each `asOf` from `at` on may differ from the one before. */
export interface KnownMoment {
	/** `receivedAt`, ms. */
	at: number;
	/** Events received since the moment before. */
	events: number;
}

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
	const around = await gatherEvents(env, config, heir, until);
	if (typeof around === "string") return around;
	const { events, nodes } = around;
	const { resolution, chains, devices } = replay(events, config, options);
	const found = (id: ProfileId | undefined): AsOfAnswer | null => {
		const chain = id === undefined ? undefined : chains.get(id);
		return id === undefined || chain === undefined ? null : { profileId: id, chain, devices };
	};
	// By the name it had then; else whoever held its identifiers, the best first; else its devices' first owner.
	const holders = nodes.map((node) => found(resolution.clusters.profileOf.get(node)));
	const own = new Set(nodes);
	const placed = resolution.placed.find(({ stream }) => own.has(stream))?.profileId;
	return found(profileId) ?? holders.find((one) => one !== null) ?? found(placed) ?? "not_found";
}

/** @param heir the profile as it is now @returns moments ascending, at least one */
export async function readKnown(
	env: Env,
	config: WorkspaceConfig,
	heir: ProfileId,
): Promise<KnownMoment[] | "not_found" | "too_large"> {
	const around = await gatherEvents(env, config, heir, Number.POSITIVE_INFINITY);
	if (typeof around === "string") return around;
	const counts = new Map<number, number>();
	for (const { receivedAt } of around.events) counts.set(receivedAt, (counts.get(receivedAt) ?? 0) + 1);
	const moments = [...counts].map(([at, events]) => ({ at, events })).sort((a, b) => a.at - b.at);
	const size = Math.ceil(moments.length / MOMENTS_MAX);
	return moments.flatMap(({ at }, index) => {
		if ((index + 1) % size !== 0 && index + 1 !== moments.length) return [];
		const joined = moments.slice(index - (index % size), index + 1);
		return [{ at, events: joined.reduce((sum, { events }) => sum + events, 0) }];
	});
}

/** Copies of every event that has a say in a profile, received by `until` (ms), and the profile's identifiers. */
async function gatherEvents(
	env: Env,
	config: WorkspaceConfig,
	heir: ProfileId,
	until: number,
): Promise<{ events: LoggedEvent[]; nodes: NodeKey[] } | "not_found" | "too_large"> {
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
	return { events, nodes };
}
