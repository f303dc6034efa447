/**
 * What is stored, page by page and as it stands, for whoever compares it with a fresh computation or carries
 * it elsewhere: the log of a stream shard, the chains of a profile shard, the owners of the graph.
 */

import { assembleChain } from "../journey/index.ts";
import { describeError } from "./describe-error.ts";
import type { IdentityGraph } from "./identity-graph/identity-graph.ts";
import type { ProfileShard } from "./profile-shard/profile-shard.ts";
import { loadPath, storePath } from "./profile-shard/stored-path.ts";
import { rowsOf } from "./stream-shard/head.ts";
import type { StreamShard } from "./stream-shard/stream-shard.ts";

/** A page ends with the record that passes this; UTF-16 units. */
const PAGE_CHARS = 1024 * 1024;
const NAMES_PAGE = 500;

export interface StoredPage {
	/** UTF-8 NDJSON, whole lines. */
	bytes: Uint8Array;
	/** To be given back for the next page; null at the end. */
	next: string | null;
}

/** A line of {@link readStoredChains}: a chain with robots' touches, or what is wrong with how it is stored. */
export type StoredChain = { profileId: string; chain: unknown } | { profileId: string; fault: string };

/** Every copy in the log, `LoggedEvent` a line, stream by stream and in no order within. What is not folded yet is left out. */
export function readStoredLog(shard: StreamShard, after: string): StoredPage {
	const place = after === "" ? { last: "", row: 0 } : (JSON.parse(after) as { last: string; row: number });
	let text = "";
	let { last, row: reached } = place;
	for (;;) {
		const streams = shard.streamsAfter(last, NAMES_PAGE);
		for (const stream of streams) {
			const { head, loadEvents } = shard.loadStream(stream);
			for (const row of rowsOf(head)) {
				if (row <= reached) continue;
				for (const event of loadEvents(row)) text += `${JSON.stringify(event)}\n`;
				if (text.length > PAGE_CHARS) return pageOf(text, JSON.stringify({ last, row }));
			}
			reached = 0;
			last = stream;
		}
		if (streams.length < NAMES_PAGE) return pageOf(text, null);
	}
}

/** {@link StoredChain} a line, by profile. What cannot be read is a fault of its profile and stops nobody else's. */
export function readStoredChains(shard: ProfileShard, after: string): StoredPage {
	let text = "";
	let before = after;
	for (;;) {
		const profiles = shard.profilesAfter(before, NAMES_PAGE);
		if (profiles.length === 0) return pageOf(text, null);
		for (const profileId of profiles) {
			text += `${JSON.stringify(readChain(shard, before, profileId))}\n`;
			before = profileId;
			if (text.length > PAGE_CHARS) return pageOf(text, before);
		}
	}
}

function readChain(shard: ProfileShard, before: string, profileId: string): StoredChain {
	try {
		const pieces = shard.readPieces(profileId);
		const [stored] = shard.pieces.pathsAfter(before, 1);
		const columns = pieces.map((piece) => JSON.stringify(loadPath(storePath(piece))));
		const isSame =
			stored?.paths.length === columns.length && stored.paths.every((path, i) => JSON.stringify(path) === columns[i]);
		if (!isSame) return { profileId, fault: "the columns that analyses read differ from the touchpoints" };
		return { profileId, chain: assembleChain(pieces) };
	} catch (error) {
		return { profileId, fault: `cannot be read (${describeError(error)})` };
	}
}

/** `{"node", "profile"}` a line: whose each identifier is. */
export function readStoredOwners(graph: IdentityGraph, after: string): StoredPage {
	let text = "";
	let last = after;
	for (;;) {
		const owners = graph.questions.ownersAfter(last, NAMES_PAGE);
		for (const { hash, kind, profile } of owners) {
			text += `${JSON.stringify({ node: `${kind}=${hash}`, profile })}\n`;
			last = `${hash} ${kind}`;
		}
		if (owners.length < NAMES_PAGE) return pageOf(text, null);
		if (text.length > PAGE_CHARS) return pageOf(text, last);
	}
}

function pageOf(text: string, next: string | null): StoredPage {
	return { bytes: new TextEncoder().encode(text), next };
}
