/**
 * Touchpoints as analyses want them: out of the packed columns where those are final, else out of the
 * details, so that an analysis always sees what an export shows.
 */
import { assembleChain } from "../../journey/index.ts";
import type { Stage, Touchpoint } from "../../model.ts";
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
}

/** Profiles after `after`, ascending; none: the end. A profile without touchpoints comes with none. */
export function readTouches(shard: ProfileShard, after: string, query: TouchQuery): ProfileTouches[] {
	const { bots, profile } = query;
	if (profile !== undefined) {
		if (after >= profile) return [];
		return [{ profileId: profile, touchpoints: assembleChain(shard.readPieces(profile), { bots }).touchpoints }];
	}
	if (query.withDetail) {
		return shard.pieces
			.piecesAfter(after, PIECES_PAGE)
			.map(({ profileId, pieces }) => ({ profileId, touchpoints: assembleChain(pieces, { bots }).touchpoints }));
	}
	return shard.pieces.pathsAfter(after, PIECES_PAGE).map(({ profileId, paths }) => {
		const light = touchesOfPaths(profileId, paths, bots);
		const touchpoints = light ?? assembleChain(shard.readPieces(profileId), { bots }).touchpoints;
		return { profileId, touchpoints };
	});
}

/** @returns null where only the details can tell */
export function touchesOfPaths(profileId: string, paths: readonly StoredPath[], bots: boolean): Touchpoint[] | null {
	return orderPaths(paths, bots)?.flatMap((path) => touchesOfPath(profileId, path)) ?? null;
}

/** Those to be shown, in the order of the chain; null where only the details can tell. */
export function orderPaths<Path extends StoredPath>(paths: readonly Path[], bots: boolean): Path[] | null {
	if (!arePathsFinal(paths)) return null;
	const ordered = paths.filter(({ t }) => t.length > 0).sort((a, b) => (a.t[0] ?? 0) - (b.t[0] ?? 0));
	const shown: Path[] = [];
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

/** Bits of `PackedPath.flags`, as the journey room packs them. */
const FLAGS = { effective: 1, direct: 2, bot: 4, online: 8 } as const;

/** By a step's flags. */
export function isRobot(flags: number | undefined): boolean {
	return flags !== undefined && (flags & FLAGS.bot) !== 0;
}

/** Only the fields that the columns hold are there: dimensions that need others read the details. */
function touchesOfPath(profileId: string, path: StoredPath): Touchpoint[] {
	const text = (code: number | undefined) => (code === undefined || code === 0 ? undefined : path.texts[code - 1]);
	let t = 0;
	return path.t.map((delta, index) => {
		t += delta;
		const flags = path.flags[index] ?? 0;
		const currency = text(path.currency[index]);
		const engagedMs = path.engagedMs[index] ?? -1;
		return {
			profileId,
			timestamp: t,
			channel: text(path.channel[index]) ?? "other",
			type: text(path.type[index]) ?? "event_tracked",
			traffic: text(path.traffic[index]),
			source: text(path.source[index]),
			medium: text(path.medium[index]),
			campaign: text(path.campaign[index]),
			stage: text(path.stage[index]) as Stage | undefined,
			conversion: text(path.conversion[index]),
			effective: (flags & FLAGS.effective) !== 0,
			direct: (flags & FLAGS.direct) !== 0,
			bot: (flags & FLAGS.bot) !== 0,
			online: (flags & FLAGS.online) !== 0,
			value: currency === undefined ? undefined : { amount: path.value[index] ?? 0, currency },
			engagedMs: engagedMs < 0 ? undefined : engagedMs,
		} as Touchpoint;
	});
}
