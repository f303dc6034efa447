/**
 * The `path` column of a piece: the columns that analyses read, and beside them what tells whether they
 * are final. A piece's own columns are provisional where another piece of the profile has a say: totals
 * of a view reported elsewhere, a session that runs over several pieces, one messageId in two streams.
 */
import { type PackedPath, pathOf } from "../../journey/index.ts";
import type { Piece } from "../../model.ts";
import { hash32 } from "../sharding.ts";

export interface StoredPath extends PackedPath {
	/** Hashes of the sessions that it has a part of. */
	sessions: number[];
	/** By touchpoint: hash of the messageId that it stands at. */
	messages: number[];
	/** Reports of views that lie elsewhere. */
	parts: number;
}

export function storePath({ touchpoints, parts }: Piece): StoredPath {
	const sessions = new Set<string>();
	for (const { sessionId } of touchpoints) if (sessionId !== undefined) sessions.add(sessionId);
	return {
		...pathOf(touchpoints),
		sessions: [...sessions].map(hash32),
		messages: touchpoints.map(({ id, evidence }) => hash32(evidence[0] ?? id)),
		parts: parts.length,
	};
}

/**
 * Whether the columns of a profile's pieces, put together by time, are its chain. A hash that two pieces
 * share by chance only costs a reading of the details.
 */
export function arePathsFinal(paths: readonly StoredPath[]): boolean {
	if (paths.length < 2) return (paths[0]?.parts ?? 0) === 0;
	const sessions = new Set<number>();
	const messages = new Set<number>();
	for (const path of paths) {
		if (path.parts > 0) return false;
		for (const session of path.sessions) {
			if (sessions.has(session)) return false;
			sessions.add(session);
		}
		for (const message of path.messages) {
			if (messages.has(message)) return false;
			messages.add(message);
		}
	}
	return true;
}
