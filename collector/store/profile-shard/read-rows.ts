/**
 * Pages of rows for exports, profile by profile: journeys, touchpoints, sessions, profiles, identities.
 * Which columns a row has is handed in; a page is UTF-8 NDJSON, whole lines.
 */
import type { RowColumn, TimeStyle } from "../../export/row-writer.ts";
import {
	assembleChain,
	type ChainTable,
	chainRows,
	identityRows,
	isRobot,
	type RowFilter,
	selectChain,
} from "../../journey/index.ts";
import type { Piece } from "../../model.ts";
import { judgePeople, type PersonFilter } from "./person-filter.ts";
import type { ProfileShard } from "./profile-shard.ts";
import { type StoredPieces, storedLines } from "./read-lines.ts";
import { PageWriter } from "./row-page.ts";
import { readDetail, readRest } from "./stored-detail.ts";

export type RowsOf = ChainTable | "identities";

/** Where to go on: after a profile, or inside the one that follows it. */
export interface RowPlace {
	/** Profile; empty: from the beginning. */
	after: string;
	/** The last row given of the profile after it. */
	within?: { profile: string; t: number; id: string };
}

export interface RowQuery extends RowFilter {
	rows: RowsOf;
	/** In this order; members that are absent are left out. */
	columns: readonly RowColumn[];
	time: { /** IANA name; null: UTC. */ zone: string | null; style: TimeStyle["style"] };
	/** Only this profile. */
	profile?: string;
	place: RowPlace;
	/** Rows at most. */
	limit: number;
	/** The page ends with the profile that passes this; one whose lines pass many times as much is cut (row-page.ts). */
	charsMax: number;
	/** Count rows, write none. */
	countOnly?: boolean;
	/** Only people like these. */
	person?: PersonFilter;
}

export interface RowPage {
	/** UTF-8 NDJSON. */
	bytes: Uint8Array;
	rows: number;
	/** Null at the end. */
	next: RowPlace | null;
}

/** One row before it is written: times are ms. */
export type RowRecord = { readonly [field: string]: unknown };

/** Pieces looked up at once; a profile with more is read alone. */
const PIECES_PAGE = 200;
/** Profiles looked at for one page, which then ends with what it has, so that other requests get their turn. */
const PAGE_PROFILES_MAX = 2_000;

export function readRows(shard: ProfileShard, query: RowQuery): RowPage {
	const page = new PageWriter(query);
	if (query.profile !== undefined) {
		const pieces = shard.readPieces(query.profile);
		if (pieces.length > 0) page.add(query.profile, recordsOf(query.profile, pieces, query));
		return page.finish(page.isFull ? page.place : null);
	}
	let { after } = query.place;
	let profiles = 0;
	const isStored = query.rows === "touchpoints" && query.time.zone === null && query.time.style === "iso";
	for (;;) {
		const groups = groupsAfter(shard, after, query);
		for (const { profileId, pieces, stored } of groups) {
			const found = isStored && stored !== null ? storedLines(stored, query) : null;
			if (found === null || !page.addLines(profileId, found)) {
				const records = stored === null ? null : storedIdentities(profileId, stored, query);
				page.add(profileId, records ?? (pieces === null ? [] : recordsOf(profileId, pieces(), query)));
			}
			after = profileId;
			profiles++;
			if (page.isFull || profiles >= PAGE_PROFILES_MAX) return page.finish(page.place);
		}
		if (groups.length === 0) return page.finish(null);
	}
}

interface Group {
	profileId: string;
	/** Null: not wanted. */
	pieces: (() => Piece[]) | null;
	/** Null where the pieces were not read as they lie. */
	stored: StoredPieces | null;
}

/** The next profiles. */
function groupsAfter(shard: ProfileShard, after: string, { person, ...query }: RowQuery): Group[] {
	if (person === undefined && query.countOnly) {
		return shard.pieces.pathsAfter(after, PIECES_PAGE, query).map(({ profileId, paths }) => {
			return { profileId, pieces: () => shard.readPieces(profileId), stored: { paths: () => paths } };
		});
	}
	if (person === undefined) {
		return shard.pieces.storedAfter(after, PIECES_PAGE, query).map((stored) => {
			return { profileId: stored.profileId, pieces: () => stored.details.map(readDetail), stored };
		});
	}
	return judgePeople(shard, after, { ...query, person }, PIECES_PAGE).map(({ profileId, isWanted }) => ({
		profileId,
		pieces: isWanted ? () => shard.readPieces(profileId) : null,
		stored: null,
	}));
}

export interface ChangePage {
	/** Rows of changed profiles that stand, each profile's together. */
	bytes: Uint8Array;
	rows: number;
	/** Changed profiles without a piece here: merged away or erased. */
	gone: string[];
	/** Changed profiles that have no row in this table under the filters. */
	empty: string[];
	/** Number of the last change that this page tells of. */
	seq: number;
	hasMore: boolean;
}

/** Messages whose changes one page tells of, at most. */
const CHANGES_PAGE = 500;

/**
 * Profiles changed after number `since`, as they are now. A profile that changes again later may come
 * again; what counts is that none is left out.
 */
export function readChanges(shard: ProfileShard, since: number, query: RowQuery): ChangePage {
	const page = new PageWriter({ ...query, limit: Number.POSITIVE_INFINITY });
	const seen = new Set<string>();
	const [gone, empty]: [string[], string[]] = [[], []];
	let seq = since;
	const changes = shard.changesAfter(since, CHANGES_PAGE);
	for (const change of changes) {
		for (const profileId of change.profiles) {
			if (seen.has(profileId) || (query.profile !== undefined && profileId !== query.profile)) continue;
			seen.add(profileId);
			const pieces = shard.readPieces(profileId);
			const records = pieces.length === 0 ? [] : recordsOf(profileId, pieces, query);
			if (pieces.length === 0) gone.push(profileId);
			else if (records.length === 0) empty.push(profileId);
			page.add(profileId, records);
		}
		seq = change.seq;
		if (page.isFull || page.rows + gone.length + empty.length >= query.limit) break;
	}
	const { bytes, rows } = page.finish(null);
	return { bytes, rows, gone, empty, seq, hasMore: seq < shard.lastChange() };
}

/** The rows of one profile that a query asks for, by time. */
function recordsOf(profileId: string, pieces: readonly Piece[], query: RowQuery): readonly RowRecord[] {
	const chain = assembleChain(pieces, { bots: query.bots });
	if (query.rows !== "identities") return chainRows(profileId, chain, query.rows, query);
	return selectChain(chain, query) === null ? [] : identityRows(profileId, pieces);
}

/** Without reading touchpoints, where no filter asks about them; null: it does. */
function storedIdentities(profileId: string, { paths, details }: StoredPieces, query: RowQuery): RowRecord[] | null {
	const isFiltered = [query.from, query.to, query.channel, query.converted].some((one) => one !== undefined);
	if (query.rows !== "identities" || details === undefined || isFiltered) return null;
	const pieces = details.map(readRest);
	const isSeen = () => paths().some(({ t, flags }) => t.some((_, index) => !isRobot(flags[index])));
	const isKnown = pieces.some(({ identities }) => identities.some(({ kind }) => kind !== "anonymousId"));
	// As in selectChain: what is only a robot's visits is nobody.
	return query.bots || isKnown || isSeen() ? identityRows(profileId, pieces) : [];
}
