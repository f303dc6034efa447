/**
 * Events → chains, computed plainly from a set of logged events with nothing remembered: the
 * definition that the incremental store is held to, and the answer to "what was known then?".
 */
import { isKept, type ProfileId, type Resolution, resolve, segmentAt, type Timeline } from "../identity/index.ts";
import { assembleChain, type Chain } from "../journey/index.ts";
import type { LoggedEvent, Piece } from "../model.ts";
import type { WorkspaceConfig } from "./config.ts";
import { addDevices, type Devices } from "./devices.ts";
import { byPosition, type Fact, readFact } from "./stream-shard/facts.ts";
import { createFoldRules } from "./stream-shard/rules.ts";

export type { WorkspaceConfig };

export interface Replay {
	resolution: Resolution;
	/** Of each profile, what its chain is put together from. */
	pieces: Map<ProfileId, Piece[]>;
	chains: Map<ProfileId, Chain>;
	devices: Devices;
}

/** @param events closed under rule 17 (a whole component, or a whole workspace); in any order, with any duplicates */
export function replay(
	events: readonly LoggedEvent[],
	config: WorkspaceConfig,
	options: { bots?: boolean } = {},
): Replay {
	const rules = createFoldRules(config);
	const resolution = resolve(events, rules.identity, config.secret);
	const streams = new Map<string, { fact: Fact; owner: ProfileId }[]>();
	for (const { stream, event, profileId } of resolution.placed) {
		if (isKept(event)) continue;
		const list = streams.get(stream) ?? [];
		list.push({ fact: readFact(event, { row: 0, index: 0 }, stream, rules), owner: profileId });
		streams.set(stream, list);
	}
	const timelines = new Map<string, Timeline>();
	for (const timeline of resolution.timelines) {
		for (const key of timeline.devices.length > 0 ? timeline.devices : [timeline.key]) timelines.set(key, timeline);
	}
	const pieces: Piece[] = [];
	const devices: Devices = {};
	for (const [stream, placed] of streams) {
		placed.sort((a, b) => byPosition(a.fact, b.fact));
		const segments = timelines.get(stream)?.segments ?? [];
		const segmentOf = ({ fact }: { fact: Fact }) => (segments.length === 0 ? 0 : segmentAt(segments, fact.at));
		const owned = placed.map((one, index) => {
			const before = placed[index - 1];
			return { ...one, isCut: before !== undefined && segmentOf(before) !== segmentOf(one) };
		});
		for (const piece of rules.foldWindow(stream, owned, null).pieces) {
			pieces.push(piece);
			addDevices(devices, stream, piece);
		}
	}
	const byProfile = new Map<ProfileId, Piece[]>();
	for (const piece of pieces) {
		const own = byProfile.get(piece.profileId);
		if (own === undefined) byProfile.set(piece.profileId, [piece]);
		else own.push(piece);
	}
	const chains = new Map([...byProfile].map(([id, own]) => [id, assembleChain(own, options)]));
	return { resolution, pieces: byProfile, chains, devices };
}
