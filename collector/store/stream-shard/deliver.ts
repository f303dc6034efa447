/** What a round of folding has for the profile shards and the graph, on its way. */
import type { ClaimsBody, PiecesBody, StreamAnswer } from "../messages.ts";
import { shardIndex } from "../sharding.ts";
import type { StreamFold } from "./fold-stream.ts";
import type { RoundPorts } from "./round-ports.ts";

/**
 * Tells the graph its part.
 *
 * @returns the answers that it gave at once, by stream
 */
export async function tellGraph(
	{ outbound, peers, index }: RoundPorts,
	folds: readonly StreamFold[],
): Promise<Map<string, StreamAnswer>> {
	const body: ClaimsBody = { streams: [] };
	for (const { head, claims: told } of folds) {
		if (told !== null) body.streams.push({ stream: head.stream, shard: index, claims: told.claims });
	}
	if (body.streams.length === 0) return new Map();
	const { answers } = await outbound.send("graph", body, (envelope) => peers.graph().acceptClaims(envelope));
	return new Map(answers.map(({ stream, answer }) => [stream, answer]));
}

/** Gives the profile shards theirs; resolves when all of it is acknowledged. */
export async function deliver({ outbound, peers, config }: RoundPorts, folds: readonly StreamFold[]): Promise<void> {
	const sends = [...piecesByShard(folds, config.profileShards)].map(([shard, body]) =>
		outbound.send(`profile/${shard}`, body, (envelope) => peers.profile(shard).acceptPieces(envelope)),
	);
	const failed = (await Promise.allSettled(sends)).find((result) => result.status === "rejected");
	if (failed !== undefined) throw failed.reason;
}

function piecesByShard(folds: readonly StreamFold[], profileShards: number): Map<number, PiecesBody> {
	const shardOf = (profileId: string) => shardIndex(profileId, profileShards);
	const bodies = new Map<number, PiecesBody>();
	const bodyOf = (shard: number): PiecesBody => {
		const body = bodies.get(shard) ?? { windows: [], erased: [] };
		bodies.set(shard, body);
		return body;
	};
	for (const { head, sharers } of folds) {
		for (const [shard, profiles] of Map.groupBy(sharers ?? [], shardOf)) {
			bodyOf(shard).erased.push({ stream: head.stream, profiles });
		}
	}
	for (const window of folds.flatMap((fold) => fold.windows)) {
		const shards = new Set([...window.was, ...window.pieces.map(({ profileId }) => profileId)].map(shardOf));
		for (const shard of shards) {
			bodyOf(shard).windows.push({
				...window,
				pieces: window.pieces.filter(({ profileId }) => shardOf(profileId) === shard),
				was: window.was.filter((profileId) => shardOf(profileId) === shard),
			});
		}
	}
	return bodies;
}
