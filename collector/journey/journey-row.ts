/** A chain as `GET /v1/journeys` shows it: ISO 8601 times, absent fields left out. */
import type { Json, Money, Stage, Touchpoint } from "../model.ts";
import type { Chain } from "./chain.ts";

/** Touchpoints shown of one profile, the earliest; what is left out is said by `truncated`. */
export const JOURNEY_TOUCHPOINTS_MAX = 10_000;

/** A touchpoint on the wire. */
export type TouchpointRow = Omit<Touchpoint, "timestamp"> & {
	/** ISO 8601 UTC with milliseconds. */
	timestamp: string;
};

export interface ConversionRow {
	goal: string;
	touchpointId: string;
	timestamp: string;
	value?: Money;
}

export interface JourneyRow {
	profileId: string;
	identities: { kind: string; value: string; hash: string }[];
	traits: { [key: string]: Json };
	/** Null for a profile without touchpoints. */
	firstTouchAt: string | null;
	lastTouchAt: string | null;
	stage: Stage | null;
	touchpoints: TouchpointRow[];
	/** Present only when touchpoints were left out. */
	truncated?: true;
	conversions: ConversionRow[];
}

export function journeyRow(
	profileId: string,
	chain: Chain,
	touchpointsMax: number = JOURNEY_TOUCHPOINTS_MAX,
): JourneyRow {
	const isTruncated = chain.touchpoints.length > touchpointsMax;
	return {
		profileId,
		identities: chain.identities.map(({ kind, value, hash }) => ({ kind, value, hash })),
		// A key may be called `__proto__`; `fromEntries` makes it a plain member.
		traits: Object.fromEntries(chain.traits.map(({ key, value }) => [key, value])),
		firstTouchAt: chain.firstTouchAt === null ? null : isoTime(chain.firstTouchAt),
		lastTouchAt: chain.lastTouchAt === null ? null : isoTime(chain.lastTouchAt),
		stage: chain.stage,
		touchpoints: chain.touchpoints.slice(0, touchpointsMax).map(touchpointRow),
		...(isTruncated ? { truncated: true } : {}),
		conversions: chain.conversions.map((one) => ({ ...one, timestamp: isoTime(one.timestamp) })),
	};
}

export function touchpointRow(touchpoint: Touchpoint): TouchpointRow {
	return { ...touchpoint, timestamp: isoTime(touchpoint.timestamp) };
}

function isoTime(ms: number): string {
	return new Date(ms).toISOString();
}
