/** Which stretches of an identifier's events in one stream are a profile's. */
import type { NodeKey } from "../../identity/index.ts";
import type { OwnedRuns } from "../erasure.ts";
import { readStream } from "./fold-stream.ts";
import type { StreamShard } from "./stream-shard.ts";

/** Events that belong to nobody part no stretch and share nothing. */
export async function ownedRuns(
	shard: StreamShard,
	stream: string,
	node: NodeKey,
	profileId: string,
): Promise<OwnedRuns> {
	const rules = shard.rules(await shard.config());
	const { head, loadEvents } = shard.loadStream(stream);
	const result: OwnedRuns = { runs: [], isShared: false };
	let isOpen = false;
	for (const { fact, owner } of readStream(head, rules, loadEvents)) {
		if (owner === null || !fact.nodes.includes(node)) continue;
		if (owner !== profileId) {
			result.isShared = true;
			isOpen = false;
			continue;
		}
		const last = result.runs.at(-1);
		if (isOpen && last !== undefined) last.to = fact.at.t;
		else result.runs.push({ from: fact.at.t, to: fact.at.t });
		isOpen = true;
	}
	return result;
}
