/** A chain as rows of a table, as `chain-rows.ts` has it, of a chain that is walked and never held. Times are ms. */
import type { Piece, Stage, Touchpoint, TraitWrite } from "../model.ts";
import { type Chain, type Conversion, conversionOf, identitiesOf } from "./chain.ts";
import type { ChainTable, RowFilter } from "./chain-rows.ts";
import { identityRows } from "./identity-rows.ts";
import { JOURNEY_TOUCHPOINTS_MAX, journeyRow } from "./journey-row.ts";
import { eachSession, sessionsOf } from "./sessions.ts";
import { keepLatest } from "./values.ts";

/** Each may be asked for more than once. */
export interface WalkedChain {
	/** In order. @param from those before it may be left out, ms */
	touchpoints(from?: number): Iterable<Touchpoint>;
	/** Of each piece all but its touchpoints. */
	rests(): Iterable<Omit<Piece, "touchpoints">>;
}

type Row = { readonly [field: string]: unknown };

/**
 * By time; none where the filter leaves the person out.
 *
 * @param after rows before it may be left out, ms
 */
export function* longRows(
	profileId: string,
	chain: WalkedChain,
	table: ChainTable | "identities",
	filter: RowFilter,
	after = Number.NEGATIVE_INFINITY,
): Generator<Row> {
	const { channel, converted } = filter;
	const isThere = (one: { channel: string }) => channel === undefined || one.channel === channel;
	switch (table) {
		case "touchpoints":
			if (converted !== undefined && hasConversion(chain, filter) !== converted) return;
			for (const one of inside(chain, filter, after)) if (isThere(one)) yield one as object as Row;
			return;
		case "sessions":
			if (converted !== undefined && hasConversion(chain, filter) !== converted) return;
			for (const one of eachSession(inside(chain, filter))) if (isThere(one)) yield one as object as Row;
			return;
		default: {
			const sums = sumUp(chain, filter, table === "journeys" ? JOURNEY_TOUCHPOINTS_MAX + 1 : 0);
			if (sums === null) return;
			if (table === "identities") {
				yield* identityRows(profileId, chain.rests());
				return;
			}
			const { firstTouchAt, lastTouchAt, count } = sums;
			yield { ...journeyRow(profileId, chainOf(chain, sums)), firstTouchAt, lastTouchAt, touchpointCount: count };
		}
	}
}

/** The chain as far as a journey's row shows it, and one touchpoint more where there are more. */
export function shortenChain(chain: WalkedChain): Chain {
	return chainOf(chain, addUp(chain, { bots: true }, JOURNEY_TOUCHPOINTS_MAX + 1));
}

function chainOf(chain: WalkedChain, sums: Sums): Chain {
	const { firstTouchAt, lastTouchAt, touchpoints, conversions, stage } = sums;
	const traits = new Map<string, TraitWrite>();
	for (const rest of chain.rests()) for (const one of rest.traits) keepLatest(traits, one);
	return {
		...{ firstTouchAt, lastTouchAt, touchpoints, conversions, stage, sessions: sessionsOf(touchpoints) },
		identities: identitiesOf(chain.rests()),
		traits: [...traits.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
	};
}

function* inside(chain: WalkedChain, { from, to }: RowFilter, after?: number): Generator<Touchpoint> {
	const start = Math.max(from ?? Number.NEGATIVE_INFINITY, after ?? Number.NEGATIVE_INFINITY);
	for (const one of chain.touchpoints(start)) {
		if (to !== undefined && one.timestamp >= to) return;
		if (one.timestamp >= start) yield one;
	}
}

function hasConversion(chain: WalkedChain, filter: RowFilter): boolean {
	for (const { conversion } of inside(chain, filter)) if (conversion !== undefined) return true;
	return false;
}

interface Sums {
	firstTouchAt: number | null;
	lastTouchAt: number | null;
	count: number;
	touchpoints: Touchpoint[];
	conversions: Conversion[];
	stage: Stage | null;
	/** One of them lies in the channel asked for. */
	hasChannel: boolean;
}

/** @param kept touchpoints to be kept, the first @returns null where the filter leaves the person out, as in `selectChain` */
function sumUp(chain: WalkedChain, filter: RowFilter, kept: number): Sums | null {
	const { from, to, channel, converted, bots } = filter;
	const sums = addUp(chain, filter, kept);
	if ((from !== undefined || to !== undefined) && sums.count === 0) return null;
	if (sums.count === 0 && !bots && identitiesOf(chain.rests()).every(({ kind }) => kind === "anonymousId")) return null;
	if (channel !== undefined && !sums.hasChannel) return null;
	return converted !== undefined && sums.conversions.length > 0 !== converted ? null : sums;
}

function addUp(chain: WalkedChain, filter: RowFilter, kept: number): Sums {
	const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, channel } = filter;
	const sums: Sums = {
		...{ firstTouchAt: null, lastTouchAt: null, count: 0, touchpoints: [], conversions: [], stage: null },
		hasChannel: false,
	};
	let effectiveStage: Stage | null = null;
	for (const one of chain.touchpoints()) {
		// Of the whole chain, whatever time is asked for.
		if (one.stage !== undefined) sums.stage = one.stage;
		if (one.stage !== undefined && one.effective) effectiveStage = one.stage;
		if (one.timestamp < from || one.timestamp >= to) continue;
		sums.firstTouchAt ??= one.timestamp;
		sums.lastTouchAt = one.timestamp;
		sums.count++;
		sums.hasChannel ||= one.channel === channel;
		if (sums.touchpoints.length < kept) sums.touchpoints.push(one);
		sums.conversions.push(...conversionOf(one));
	}
	sums.stage = effectiveStage ?? sums.stage;
	return sums;
}
