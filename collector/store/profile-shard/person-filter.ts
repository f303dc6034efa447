/**
 * Which people a list wants, judged by the packed columns where those are final: a rare filter must not
 * inflate the details of everybody.
 */
import { type PathSearch, walksPath } from "../../analysis/path-search.ts";
import { createZone } from "../../analysis/zone.ts";
import { stageOf } from "../../journey/index.ts";
import type { Touchpoint } from "../../model.ts";
import type { ProfileShard } from "./profile-shard.ts";
import { touchesOfPaths } from "./read-touches.ts";

/** All that are given must hold. */
export interface PersonFilter {
	/** Of the whole chain. */
	stage?: string;
	/** Of a touchpoint in the range. */
	campaign?: string;
	/** A path in the range. */
	path?: PathSearch;
	timeZone: string;
}

export interface PersonQuery {
	person: PersonFilter;
	from?: number;
	to?: number;
	channel?: string;
	converted?: boolean;
	bots: boolean;
}

/** People after `after`, ascending, with whether they are wanted; none: the end. @param limit pieces looked up at once */
export function judgePeople(
	shard: ProfileShard,
	after: string,
	query: PersonQuery,
	limit: number,
): { profileId: string; isWanted: boolean }[] {
	const isWanted = createJudge(query);
	return shard.pieces.pathsAfter(after, limit).map(({ profileId, paths }) => {
		const light = touchesOfPaths(profileId, paths, query.bots);
		const touchpoints = light ?? shard.readTouchpoints(profileId, query.bots, true);
		return { profileId, isWanted: isWanted(touchpoints) };
	});
}

function createJudge({ person, channel, converted, ...range }: PersonQuery): (all: readonly Touchpoint[]) => boolean {
	const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = range;
	const { stage, campaign, path } = person;
	const zone = createZone(person.timeZone);
	return (all) => {
		if (stage !== undefined && stageOf(all) !== stage) return false;
		const inside = all.filter(({ timestamp }) => timestamp >= from && timestamp < to);
		if (channel !== undefined && !inside.some((one) => one.channel === channel)) return false;
		if (converted !== undefined && inside.some((one) => one.conversion !== undefined) !== converted) return false;
		if (campaign !== undefined && !inside.some((one) => one.campaign === campaign)) return false;
		return path === undefined || walksPath(all, path, { from, to, zone });
	};
}
