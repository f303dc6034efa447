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
	longRows,
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
		addProfile(page, shard, query.profile, query);
		return page.finish(page.place.within === undefined ? null : page.place);
	}
	let { after } = query.place;
	let profiles = 0;
	const isStored = query.rows === "touchpoints" && query.time.zone === null && query.time.style === "iso";
	for (;;) {
		const start = after;
		for (const { profileId, isWanted, stored } of groupsAfter(shard, after, query)) {
			const found = isStored && stored !== null ? storedLines(stored, query) : null;
			if (found === null || !page.addLines(profileId, found)) {
				const details = stored?.details;
				const records = stored === null ? null : storedIdentities(profileId, stored, query);
				if (!isWanted) page.add(profileId, []);
				else if (records !== null) page.add(profileId, records);
				else if (details !== undefined) page.add(profileId, recordsOf(profileId, details.map(readDetail), query));
				else addProfile(page, shard, profileId, query);
			}
			after = profileId;
			profiles++;
			if (page.isFull || profiles >= PAGE_PROFILES_MAX) return page.finish(page.place);
		}
		if (after === start) return page.finish(null);
	}
}

interface Group {
	profileId: string;
	isWanted: boolean;
	/** Null where the pieces were not read as they lie, or are too many to be. */
	stored: StoredPieces | null;
}

/** The next profiles; none at the end. */
function* groupsAfter(shard: ProfileShard, after: string, { person, ...query }: RowQuery): Generator<Group> {
	if (person !== undefined) {
		for (const one of judgePeople(shard, after, { ...query, person }, PIECES_PAGE)) yield { ...one, stored: null };
	} else if (query.countOnly) {
		for (const { profileId, paths } of shard.pieces.pathsAfter(after, PIECES_PAGE, query)) {
			yield { profileId, isWanted: true, stored: { paths: () => paths } };
		}
	} else {
		for (const stored of shard.pieces.storedAfter(after, PIECES_PAGE, query)) {
			yield { profileId: stored.profileId, isWanted: true, stored: stored.details === null ? null : stored };
		}
	}
}

/** One profile's rows that a query asks for, as far as the page has room. @returns whether it has a piece here */
function addProfile(page: PageWriter, shard: ProfileShard, profileId: string, query: RowQuery): boolean {
	if (!shard.pieces.isLong(profileId)) {
		const pieces = shard.readPieces(profileId);
		page.add(profileId, pieces.length === 0 ? [] : recordsOf(profileId, pieces, query));
		return pieces.length > 0;
	}
	const chain = shard.walkLong(profileId, query.bots);
	page.addLong(profileId, (after) => longRows(profileId, chain, query.rows, query, after));
	if (page.place.within === undefined) shard.endWalk();
	return true;
}

/** Between two changes, or inside the one after `seq`. */
export interface ChangePlace {
	/** Number of the last change that was told of to its end. */
	seq: number;
	/** The last row given of a profile of the change with this number. */
	within?: { seq: number; profile: string; t: number; id: string };
}

export interface ChangePage {
	/** Rows of changed profiles that stand, each profile's together. */
	bytes: Uint8Array;
	rows: number;
	/** Changed profiles without a piece here: merged away or erased. */
	gone: string[];
	/** Changed profiles that have no row in this table under the filters. */
	empty: string[];
	next: ChangePlace;
}

/** Messages whose changes one page tells of, at most. */
const CHANGES_PAGE = 500;

/**
 * Profiles changed after a place, as they are now. A profile that changes again later may come again; what counts
 * is that none is left out.
 *
 * @param until number that will be read up to: of the changes to be seen up to there a profile comes at the last
 */
export function readChanges(shard: ProfileShard, start: ChangePlace, query: RowQuery, until: number): ChangePage {
	const { within } = start;
	const place = { after: "", ...(within && { within }) };
	const page = new PageWriter({ ...query, place, limit: Number.POSITIVE_INFINITY });
	const [gone, empty]: [string[], string[]] = [[], []];
	const changes = shard.changesAfter(start.seq, CHANGES_PAGE);
	const lastOf = new Map<string, number>();
	for (const { seq, profiles } of changes) {
		for (const profileId of profiles) if (seq <= until || !lastOf.has(profileId)) lastOf.set(profileId, seq);
	}
	const finish = (next: ChangePlace): ChangePage => {
		const { bytes, rows } = page.finish(null);
		return { bytes, rows, gone, empty, next };
	};
	let { seq: reached } = start;
	for (const { seq, profiles } of changes) {
		const resumed = within?.seq === seq ? profiles.indexOf(within.profile) : -1;
		for (const [index, profileId] of profiles.entries()) {
			if (index < resumed || (query.profile !== undefined && profileId !== query.profile)) continue;
			const isAgain =
				lastOf.get(profileId) !== seq || (shard.pieces.isLong(profileId) && shard.changesAgain(profileId, seq, until));
			if (isAgain && index !== resumed) continue;
			const before = page.rows;
			if (!addProfile(page, shard, profileId, query)) gone.push(profileId);
			else if (page.rows === before && index !== resumed) empty.push(profileId);
			if (page.place.within !== undefined) return finish({ seq: reached, within: { ...page.place.within, seq } });
		}
		reached = seq;
		if (page.isFull || page.rows + gone.length + empty.length >= query.limit) break;
	}
	return finish({ seq: reached });
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
