/**
 * The rows of pieces as readers of many people, or of one with very much, want them: some at a time, so that what is
 * held at once has a bound. Whoever has more than {@link LongLimits} is told of as long, and comes without his pieces.
 */
import type { Piece } from "../../model.ts";
import type { Sql, SqlRow } from "../ports.ts";
import { KeySlots } from "../sealing/key-slots.ts";
import { unpackDetails } from "./detail-codec.ts";
import { type Range, rangeOfProfile } from "./piece-place.ts";
import type { StoredPieces } from "./read-lines.ts";
import { readDetail } from "./stored-detail.ts";
import { loadPath, type StoredPath } from "./stored-path.ts";

/** A profile's pieces in the order of their streams and windows; paths are parsed when asked for. */
export interface StoredProfile extends StoredPieces {
	profileId: string;
	details: Uint8Array[];
}

/** Too much to be held: to be read by {@link LongChain}. */
export interface LongProfile {
	profileId: string;
	details: null;
}

/** Ms; from inclusive, to exclusive; absent: no bound. */
export interface Span {
	from?: number;
	to?: number;
}

/** Bounds of what is held of one person; tests play with smaller ones. */
export interface LongLimits {
	/** Packed details of one person, bytes. Whoever has more is long, and his chain is walked. */
	longBytes: number;
	/** Touchpoints of a long chain whose pieces are opened at once; one piece's more at most. */
	openTouches: number;
}

/** The first are a few thousand touchpoints, which take ten times as much once unpacked. */
export const LONG_LIMITS: LongLimits = { longBytes: 256 * 1024, openTouches: 1_000 };
/** Packed details that are unpacked at once, bytes; one person's more at most. */
const UNPACKED_BYTES = 256 * 1024;
/** Paths of one person that are read at once. */
const PATHS_PAGE = 200;

export class PieceReader {
	readonly keys: KeySlots;
	protected readonly sql: Sql;
	readonly limits: LongLimits;

	constructor(sql: Sql, limits = LONG_LIMITS) {
		this.sql = sql;
		this.keys = new KeySlots(sql);
		this.limits = limits;
	}

	/** Ids of whole profiles, as {@link piecesAfter} gives them. */
	profilesAfter(after: string, limit: number): string[] {
		return this.rowsAfter("slot", after, limit).map(({ profileId }) => profileId);
	}

	/**
	 * Whole profiles after `after`, ascending, out of the next `limit` pieces (one profile at least); none at the end.
	 *
	 * @param span a profile without any event in it comes without pieces, which are not opened
	 * @returns pieces are null where the profile is long
	 */
	*piecesAfter(
		after: string,
		limit: number,
		span: Span = {},
	): Generator<{ profileId: string; pieces: Piece[] | null }> {
		for (const { profileId, details } of this.storedAfter(after, limit, span)) {
			yield { profileId, pieces: details?.map(readDetail) ?? null };
		}
	}

	/** The same as they lie: columns that analyses read, and details as `readDetail` takes them. */
	*storedAfter(after: string, limit: number, span: Span = {}): Generator<StoredProfile | LongProfile> {
		let group: { profileId: string; rows: DetailRow[] }[] = [];
		let bytes = 0;
		for (const profile of this.detailRowsAfter(after, limit, span)) {
			const own = profile.rows?.reduce((sum, { detail }) => sum + detail.byteLength, 0) ?? this.limits.longBytes + 1;
			const isLong = profile.rows === null || own > this.limits.longBytes;
			if (isLong || bytes + own > UNPACKED_BYTES) {
				yield* this.unpack(group);
				group = [];
				bytes = 0;
			}
			if (isLong) yield { profileId: profile.profileId, details: null };
			else {
				group.push({ profileId: profile.profileId, rows: profile.rows ?? [] });
				bytes += own;
			}
		}
		yield* this.unpack(group);
	}

	private *unpack(group: readonly { profileId: string; rows: DetailRow[] }[]): Generator<StoredProfile> {
		const details = this.openDetails(group.flatMap(({ rows }) => rows));
		let at = 0;
		for (const { profileId, rows } of group) {
			const own = details.slice(at, at + rows.length);
			at += rows.length;
			let paths: StoredPath[] | undefined;
			// Opened where they lie, and so but once.
			yield { profileId, paths: () => (paths ??= rows.map((row) => this.openPath(row))), details: own };
		}
	}

	/** The same in columns as analyses read them. */
	pathsAfter(after: string, limit: number, span: Span = {}): { profileId: string; paths: StoredPath[] }[] {
		return this.rowsAfter<PathRow>("slot, path", after, limit, span).map(({ profileId, rows }) => {
			return { profileId, paths: rows.map((row) => this.openPath(row)) };
		});
	}

	/** Whether a profile has too much to be held. */
	isLong(profile: string): boolean {
		const { from, to } = rangeOfProfile(profile);
		const [row] = this.sql.all<{ bytes: number | null }>(
			"SELECT sum(length(detail)) AS bytes FROM pieces WHERE id >= ? AND id <= ? AND profile = ?",
			from,
			to,
			profile,
		);
		return (row?.bytes ?? 0) > this.limits.longBytes;
	}

	/** One profile's, as they lie: each with the number of its piece. */
	*pathsOf(profile: string): Generator<{ id: number; stream: string; path: StoredPath }> {
		const { from, to } = rangeOfProfile(profile);
		for (let after = from - 1; ; ) {
			const rows = this.sql.all<PathRow & { id: number; stream: string }>(
				"SELECT id, stream, slot, path FROM pieces WHERE id > ? AND id <= ? AND profile = ? ORDER BY id LIMIT ?",
				after,
				to,
				profile,
				PATHS_PAGE,
			);
			for (const row of rows) yield { id: row.id, stream: row.stream, path: this.openPath(row) };
			if (rows.length < PATHS_PAGE) return;
			after = (rows.at(-1) as { id: number }).id;
		}
	}

	/** @param ids numbers of pieces that are there @returns in their order, as `readDetail` takes them */
	detailsAt(ids: readonly number[]): Uint8Array[] {
		const rows = this.sql.all<{ slot: number; detail: ArrayBuffer }>(
			"SELECT slot, detail FROM json_each(?) AS wanted CROSS JOIN pieces ON pieces.id = wanted.value ORDER BY wanted.key",
			JSON.stringify(ids),
		);
		return this.openDetails(rows);
	}

	protected openPath({ slot, path }: { slot: number; path: ArrayBuffer }): StoredPath {
		return loadPath(this.keys.openInPlace(slot, path));
	}

	protected openDetails(rows: readonly { slot: number; detail: ArrayBuffer }[]): Uint8Array[] {
		return unpackDetails(rows.map(({ slot, detail }) => this.keys.openInPlace(slot, detail)));
	}

	private rowsAfter<Row extends SqlRow>(columns: string, after: string, limit: number, span: Span = {}) {
		const page = this.pageAfter<Row>(columns, after, limit);
		const rows = page.isWhole ? page.rows : this.rowsWithin<Row>(columns, page.range, after);
		return groupByProfile(rows).map((profile) => (isMet(profile.rows, span) ? profile : { ...profile, rows: [] }));
	}

	/** Rows are null where there are more of one profile than the page has. */
	private detailRowsAfter(after: string, limit: number, span: Span): { profileId: string; rows: DetailRow[] | null }[] {
		const columns = "slot, path, detail";
		const page = this.pageAfter<DetailRow>(columns, after, limit);
		if (page.isWhole) {
			return groupByProfile(page.rows).map((profile) =>
				isMet(profile.rows, span) ? profile : { ...profile, rows: [] },
			);
		}
		const [first] = this.sql.all<{ profile: string; bytes: number; first_at: number; last_at: number }>(
			"SELECT profile, sum(length(detail)) AS bytes, min(first_at) AS first_at, max(last_at) AS last_at FROM pieces WHERE id >= ? AND id <= ? AND profile > ? GROUP BY profile ORDER BY profile LIMIT 1",
			page.range.from,
			page.range.to,
			after,
		);
		if (first === undefined) return [];
		if (!isMet([first], span)) return [{ profileId: first.profile, rows: [] }];
		if (first.bytes > this.limits.longBytes) return [{ profileId: first.profile, rows: null }];
		const rows = this.rowsWithin<DetailRow>(columns, page.range, after, first.profile);
		return groupByProfile(rows).map((profile) => (isMet(profile.rows, span) ? profile : { ...profile, rows: [] }));
	}

	/** The next pieces of whole profiles; or where the profile lies that alone has more. */
	private pageAfter<Row extends SqlRow>(columns: string, after: string, limit: number): Page<Row> {
		const { from, to } = rangeOfProfile(after);
		const rows = this.sql.all<StoredRow & Row>(
			`SELECT id, profile, stream, win, first_at, last_at, ${columns} FROM pieces WHERE id >= ? AND (id > ? OR profile > ?) ORDER BY id LIMIT ?`,
			from,
			to,
			after,
			limit,
		);
		if (rows.length < limit) return { isWhole: true, rows };
		// The last ones may go on beyond the page.
		const last = rangeOfProfile((rows.at(-1) as StoredRow).profile);
		const whole = rows.filter(({ id }) => id < last.from);
		return whole.length > 0 ? { isWhole: true, rows: whole } : { isWhole: false, range: last };
	}

	/** All of a range's after `after`. @param until the last profile wanted */
	private rowsWithin<Row extends SqlRow>(columns: string, { from, to }: Range, after: string, until?: string) {
		const bound = until === undefined ? "" : " AND profile <= ?";
		return this.sql.all<StoredRow & Row>(
			`SELECT id, profile, stream, win, first_at, last_at, ${columns} FROM pieces WHERE id >= ? AND id <= ? AND profile > ?${bound}`,
			...[from, to, after, ...(until === undefined ? [] : [until])],
		);
	}
}

interface StoredRow extends SqlRow {
	id: number;
	profile: string;
	stream: string;
	win: number;
	first_at: number;
	last_at: number;
}

type PathRow = { slot: number; path: ArrayBuffer };
type DetailRow = { slot: number; path: ArrayBuffer; detail: ArrayBuffer };
type Page<Row> = { isWhole: true; rows: (StoredRow & Row)[] } | { isWhole: false; range: Range };

function isMet(rows: readonly Pick<StoredRow, "first_at" | "last_at">[], span: Span): boolean {
	const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = span;
	return rows.some(({ first_at, last_at }) => first_at < to && last_at >= from);
}

/** Profiles ascending, the pieces of each by stream and window. @param rows by `id`, or all of one range of profiles */
function groupByProfile<Row extends StoredRow>(rows: readonly Row[]): { profileId: string; rows: Row[] }[] {
	const profiles = [...Map.groupBy(rows, ({ profile }) => profile)];
	profiles.sort(([a], [b]) => (a < b ? -1 : 1));
	return profiles.map(([profileId, own]) => ({ profileId, rows: own.sort(byStreamAndWindow) }));
}

type Place = Pick<StoredRow, "stream" | "win">;

export function byStreamAndWindow(a: Place, b: Place): number {
	if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
	return a.win - b.win;
}
