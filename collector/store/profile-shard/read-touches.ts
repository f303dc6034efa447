/**
 * Touchpoints as analyses want them: out of the packed columns where those are final, else out of the
 * details, so that an analysis always sees what an export shows.
 */
import { assembleChain, isRobot, readPath } from "../../journey/index.ts";
import type { Touchpoint } from "../../model.ts";
import type { Span } from "./piece-reader.ts";
import type { ProfileShard } from "./profile-shard.ts";
import { arePathsFinal, type StoredPath } from "./stored-path.ts";

export interface ProfileTouches {
	profileId: string;
	/** In the order of the chain. */
	touchpoints: Touchpoint[];
}

/** Pieces looked up at once. */
const PIECES_PAGE = 500;

export interface TouchQuery {
	bots: boolean;
	/** Read every field; else only those that the packed columns hold. */
	withDetail: boolean;
	profile?: string;
	/** Whoever has nothing in it comes without touchpoints; who has, with all. */
	span: Span;
}

/** Profiles after `after`, ascending; none: the end. A profile without touchpoints comes with none. */
export function readTouches(shard: ProfileShard, after: string, query: TouchQuery): ProfileTouches[] {
	const { bots, profile } = query;
	if (profile !== undefined) {
		if (after >= profile) return [];
		return [{ profileId: profile, touchpoints: shard.readTouchpoints(profile, bots, !query.withDetail) }];
	}
	if (query.withDetail) {
		return [...shard.pieces.piecesAfter(after, PIECES_PAGE, query.span)].map(({ profileId, pieces }) => {
			const isLong = pieces === null;
			const touchpoints = isLong
				? shard.readTouchpoints(profileId, bots, false)
				: assembleChain(pieces, { bots }).touchpoints;
			return { profileId, touchpoints };
		});
	}
	return shard.pieces.pathsAfter(after, PIECES_PAGE, query.span).map(({ profileId, paths }) => {
		const light = touchesOfPaths(profileId, paths, bots);
		const touchpoints = light ?? shard.readTouchpoints(profileId, bots, true);
		return { profileId, touchpoints };
	});
}

/** @returns null where only the details can tell */
export function touchesOfPaths(profileId: string, paths: readonly StoredPath[], bots: boolean): Touchpoint[] | null {
	const ordered = orderPaths(paths, bots);
	if (ordered === null) return null;
	const [only] = ordered;
	if (ordered.length === 1 && only !== undefined) return readPath(profileId, only, 0);
	const touchpoints: Touchpoint[] = [];
	let sessions = 0;
	for (const path of ordered) {
		for (const touchpoint of readPath(profileId, path, sessions)) touchpoints.push(touchpoint);
		sessions += path.sessions.length;
	}
	return touchpoints;
}

/** Those to be shown, in the order of the chain; null where only the details can tell. */
export function orderPaths(paths: readonly StoredPath[], bots: boolean): StoredPath[] | null {
	if (!arePathsFinal(paths)) return null;
	const ordered = paths.filter(({ t }) => t.length > 0).sort((a, b) => (a.t[0] ?? 0) - (b.t[0] ?? 0));
	const shown: StoredPath[] = [];
	let lastT = Number.NEGATIVE_INFINITY;
	for (const path of ordered) {
		// Visits on two devices at once: their order hangs on messageIds, which stand in the details.
		if ((path.t[0] ?? 0) <= lastT) return null;
		lastT = 0;
		for (const delta of path.t) lastT += delta;
		let robots = 0;
		if (!bots) for (const flags of path.flags) if (isRobot(flags)) robots++;
		// A session's bounce may hang on touches of a robot that are not to be seen.
		if (robots > 0 && robots < path.t.length) return null;
		if (robots === 0) shown.push(path);
	}
	return shown;
}
