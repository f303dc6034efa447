/**
 * What the store must show of a set of logged copies: the batch resolver's answer, and each
 * profile's chain folded from scratch, a stream's whole timeline at once.
 */
import {
	carriedNodes,
	compareCopies,
	comparePositions,
	createReadField,
	isErased,
	linkedGroups,
	type ProfileId,
	type ReadField,
	type Resolution,
	readIdentifiers,
	rememberFields,
	resolve,
	segmentAt,
	streamOf,
	withoutOldContent,
} from "../../collector/identity/index.ts";
import { assembleChain } from "../../collector/journey/index.ts";
import type { LoggedEvent, Piece, Position } from "../../collector/model.ts";
import type { WorkspaceConfig } from "../../collector/store/config.ts";
import { readFact } from "../../collector/store/stream-shard/facts.ts";
import { createFoldRules, type FoldRules, type OwnedFact } from "../../collector/store/stream-shard/rules.ts";

export interface Reference {
	resolution: Resolution;
	/** Of each profile, what its chain is put together from. */
	pieces: Map<ProfileId, Piece[]>;
	/** JSON of each profile's chain. */
	chains: Map<ProfileId, string>;
	/** Contacts that chains leave out, since one of the same messageId is shown. */
	twins: number;
	/** Copies that no erasure removes. */
	kept: LoggedEvent[];
}

/** @param cut content of events before this goes, ms */
export function referenceOf(logged: readonly LoggedEvent[], config: WorkspaceConfig, cut = 0): Reference {
	const { identity } = config.settings;
	const rules = createFoldRules(config);
	const { hash } = rules;
	const readField = rememberFields(createReadField(identity, hash));
	const resolution = resolve(logged, identity, config.secret);
	const erasures = resolution.statements.filter((statement) => statement.kind === "erase");
	const kept = logged.filter((event) => {
		const nodes = carriedNodes(event, readIdentifiers(event, identity, hash, readField), identity, hash);
		return !isErased(erasures, nodes, event.timestamp);
	});

	const resets = resetsOf(kept, rules, readField);
	const groups = linkedGroups(resolution.registers);
	const byStream = new Map<string, { event: LoggedEvent; owner: string | null }[]>();
	const push = (stream: string, event: LoggedEvent, owner: string | null) => {
		byStream.set(stream, [...(byStream.get(stream) ?? []), { event, owner }]);
	};
	for (const { stream, event, profileId } of resolution.placed) push(stream, event, profileId);
	for (const { stream, event } of resolution.unattributed) push(stream, event, null);

	const pieces: Piece[] = [];
	for (const [stream, events] of byStream) {
		const devices = groups.find((group) => group.includes(stream)) ?? [stream];
		const cuts = devices.flatMap((device) => resets.get(device) ?? []).sort(comparePositions);
		const segments = [{ opensAt: null }, ...cuts.map((opensAt) => ({ opensAt }))];
		const facts = events
			.filter(({ event }) => event.timestamp >= cut)
			.map(({ event, owner }) => ({ fact: readFact(event, { row: 0, index: 0 }, stream, rules, readField), owner }))
			.sort((a, b) => comparePositions(a.fact.at, b.fact.at));
		const owned = facts.map(({ fact, owner }, index): OwnedFact => {
			const previous = facts[index - 1];
			const isCut = previous !== undefined && segmentAt(segments, previous.fact.at) !== segmentAt(segments, fact.at);
			return { fact, owner, isCut };
		});
		pieces.push(...rules.foldWindow(stream, owned, null).pieces);
	}
	const byProfile = Map.groupBy(pieces, ({ profileId }) => profileId);
	const chains = new Map([...byProfile].map(([id, own]) => [id, JSON.stringify(assembleChain(own))]));
	const messageIds = pieces.flatMap(({ profileId, touchpoints }) =>
		touchpoints.map(({ evidence }) => `${profileId} ${evidence[0]}`),
	);
	const twins = messageIds.length - new Set(messageIds).size;
	return {
		resolution,
		pieces: byProfile,
		chains,
		twins,
		kept: kept.map((event) => withoutOldContent(event, cut, identity, hash)),
	};
}

/** Resets that count (rule 1), by device. */
function resetsOf(
	kept: readonly LoggedEvent[],
	{ identity, hash }: FoldRules,
	readField: ReadField,
): Map<string, Position[]> {
	const best = new Map<string, { event: LoggedEvent; stream: string; hasDevice: boolean }>();
	for (const event of kept) {
		const ids = readIdentifiers(event, identity, hash, readField);
		const stream = streamOf(ids, event.sent.messageId, hash);
		const key = `${stream}\n${event.sent.messageId}`;
		const other = best.get(key);
		if (other !== undefined && compareCopies(other.event, event) <= 0) continue;
		best.set(key, { event, stream, hasDevice: ids.device !== null });
	}
	const resets = [...best.values()].filter(({ event, hasDevice }) => event.sent.type === "reset" && hasDevice);
	return new Map(
		[...Map.groupBy(resets, ({ stream }) => stream)].map(([stream, list]) => [
			stream,
			list.map(({ event }) => ({ t: event.timestamp, m: event.sent.messageId, s: stream })),
		]),
	);
}
