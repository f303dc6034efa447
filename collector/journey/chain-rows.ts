/** A chain as rows of a table, as far as a filter asks for it. Times are ms. */
import type { Touchpoint } from "../model.ts";
import type { Chain } from "./chain.ts";
import { journeyRow } from "./journey-row.ts";
import { sessionsOf } from "./sessions.ts";

export type ChainTable = "journeys" | "touchpoints" | "sessions" | "profiles";

export interface RowFilter {
	/** Touchpoints at or after, and before; ms. A profile without any in between is left out. */
	from?: number;
	to?: number;
	/** Touchpoints and sessions: those. Everything else: of profiles with a touch there. */
	channel?: string;
	/** Only profiles with, or only those without, a conversion. */
	converted?: boolean;
	bots: boolean;
}

/** By time; none where the filter leaves the person out. */
export function chainRows(
	profileId: string,
	chain: Chain,
	table: ChainTable,
	filter: RowFilter,
): readonly { readonly [field: string]: unknown }[] {
	const selected = selectChain(chain, filter);
	if (selected === null) return [];
	const { channel } = filter;
	const isThere = (one: { channel: string }) => channel === undefined || one.channel === channel;
	switch (table) {
		case "touchpoints":
			return selected.touchpoints.filter(isThere) as object[] as { [field: string]: unknown }[];
		case "sessions":
			return sessionsOf(selected.touchpoints).filter(isThere) as object[] as { [field: string]: unknown }[];
		default: {
			const { touchpoints, firstTouchAt, lastTouchAt } = selected;
			const row = journeyRow(profileId, table === "journeys" ? selected : { ...selected, touchpoints: [] });
			return [{ ...row, firstTouchAt, lastTouchAt, touchpointCount: touchpoints.length }];
		}
	}
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
