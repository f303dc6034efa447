/** Pages of journeys and touchpoints, profile by profile, for exports. */
import { type Chain, journeyRow, touchpointRow } from "../../journey/index.ts";
import type { Touchpoint } from "../../model.ts";
import type { ProfileShard } from "./profile-shard.ts";

/** Profiles looked up at once. */
const PROFILES_PAGE = 200;

export interface RowFilter {
	/** Touchpoints at or after, and before; ms. A profile without any in between is left out. */
	from?: number;
	to?: number;
	/** Journeys: of profiles with a touch there. Touchpoints: those. */
	channel?: string;
	/** Only profiles with, or only those without, a conversion. */
	converted?: boolean;
	bots: boolean;
}

export interface RowQuery extends RowFilter {
	rows: "journeys" | "touchpoints" | "profiles";
	/** Only this profile. */
	profile?: string;
	/** Profile to go on after; empty: from the beginning. */
	after: string;
	/** Rows at most; whole profiles only. */
	limit: number;
	/** The page ends once its text passes this. */
	bytesMax: number;
}

export interface RowPage {
	/** NDJSON, whole lines. */
	text: string;
	rows: number;
	/** Profile to go on after; null at the end. */
	next: string | null;
}

export function readRows(shard: ProfileShard, query: RowQuery): RowPage {
	let text = "";
	let rows = 0;
	let last = query.after;
	if (query.profile !== undefined) {
		const chain = shard.readChain(query.profile, { bots: query.bots });
		const lines = chain === null ? [] : linesOf(query.profile, chain, query);
		return { text: lines.map((line) => `${line}\n`).join(""), rows: lines.length, next: null };
	}
	for (;;) {
		const profiles = shard.profilesAfter(last, PROFILES_PAGE);
		for (const profileId of profiles) {
			const chain = shard.readChain(profileId, { bots: query.bots });
			const lines = chain === null ? [] : linesOf(profileId, chain, query);
			for (const line of lines) text += `${line}\n`;
			rows += lines.length;
			last = profileId;
			if (rows >= query.limit || text.length > query.bytesMax) return { text, rows, next: last };
		}
		if (profiles.length < PROFILES_PAGE) return { text, rows, next: null };
	}
}

function linesOf(profileId: string, chain: Chain, query: RowQuery): string[] {
	const selected = selectChain(chain, query);
	if (selected === null) return [];
	if (query.rows === "touchpoints") {
		return selected.touchpoints
			.filter(({ channel }) => query.channel === undefined || channel === query.channel)
			.map((touchpoint) => JSON.stringify(touchpointRow(touchpoint)));
	}
	const row = journeyRow(profileId, selected);
	if (query.rows === "journeys") return [JSON.stringify(row)];
	const { touchpoints: _, ...profile } = row;
	return [JSON.stringify({ ...profile, touchpoints: selected.touchpoints.length })];
}

/** The part of a chain that a filter asks for; null when the profile is not wanted. */
export function selectChain(chain: Chain, filter: RowFilter): Chain | null {
	const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, channel, converted } = filter;
	const isWhole = from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY;
	const isInside = ({ timestamp }: { timestamp: number }) => timestamp >= from && timestamp < to;
	const touchpoints = isWhole ? chain.touchpoints : chain.touchpoints.filter(isInside);
	const conversions = isWhole ? chain.conversions : chain.conversions.filter(isInside);
	if (!isWhole && touchpoints.length === 0) return null;
	// What is only a robot's visits is no journey; somebody known without a touch yet is one.
	if (touchpoints.length === 0 && !filter.bots && chain.identities.every(({ kind }) => kind === "anonymousId"))
		return null;
	if (channel !== undefined && !touchpoints.some((touchpoint: Touchpoint) => touchpoint.channel === channel))
		return null;
	if (converted !== undefined && conversions.length > 0 !== converted) return null;
	return {
		...chain,
		touchpoints,
		conversions,
		firstTouchAt: touchpoints[0]?.timestamp ?? null,
		lastTouchAt: touchpoints.at(-1)?.timestamp ?? null,
	};
}
