/** Whom a profile's id names now: profiles are merged, and an id that was given out once must lead on. */
import type { Env } from "../env.ts";
import { comparePositions, type ProfileId } from "../identity/index.ts";
import { graphOf, streamShardOf } from "./client.ts";
import type { WorkspaceConfig } from "./config.ts";
import { shardIndex } from "./sharding.ts";
import type { SegmentOwner } from "./stream-shard/read-events.ts";

/**
 * The graph knows by any identifier's hash; whose a device is, or a stretch of one that a `reset` opened, its log knows.
 *
 * @returns for each id whom it names: itself, its heir, or null where nobody is known by it. Latest owners count.
 */
export async function findHeirs(
	env: Env,
	config: WorkspaceConfig,
	profileIds: readonly ProfileId[],
): Promise<Map<ProfileId, ProfileId | null>> {
	const heirs = new Map<ProfileId, ProfileId | null>();
	if (profileIds.length === 0) return heirs;
	const graph = graphOf(env, config.workspace);
	const known = await graph.heirsOf([...profileIds]);
	for (const [index, profileId] of profileIds.entries()) heirs.set(profileId, known[index] ?? null);
	const anonymous = await graph.anonymousAmong(profileIds.filter((profileId) => heirs.get(profileId) === null));

	const devices = anonymous.filter(({ isSegment }) => !isSegment);
	for (const [shard, asked] of byShard(config, devices)) {
		const streams = asked.map(({ stream }) => stream);
		const owners = await streamShardOf(env, config.workspace, shard).ownersOfStreams(streams);
		for (const [index, { id }] of asked.entries()) heirs.set(id, owners[index] ?? null);
	}

	const latest = new Map<string, NonNullable<SegmentOwner["latest"]>>();
	const ask = async (segments: { id: string; stream: string }[]): Promise<{ id: string; stream: string }[]> => {
		const others: { id: string; stream: string }[] = [];
		for (const [shard, asked] of byShard(config, segments)) {
			const owners = await streamShardOf(env, config.workspace, shard).ownersOfSegments(asked);
			for (const [index, { id }] of asked.entries()) {
				const found = owners[index];
				for (const stream of found?.linked ?? []) others.push({ id, stream });
				const before = latest.get(id);
				if (!found?.latest || (before && comparePositions(found.latest.at, before.at) < 0)) continue;
				latest.set(id, found.latest);
			}
		}
		return others;
	};
	// A reset of any linked device cuts all.
	await ask(await ask(anonymous.flatMap(({ id, stream, isSegment }) => (isSegment ? [{ id, stream }] : []))));
	for (const [id, { owner }] of latest) heirs.set(id, owner);
	return heirs;
}

function byShard<Asked extends { stream: string }>(config: WorkspaceConfig, asked: Asked[]): Map<number, Asked[]> {
	return Map.groupBy(asked, ({ stream }) => shardIndex(stream, config.streamShards));
}
