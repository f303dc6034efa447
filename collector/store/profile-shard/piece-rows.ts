/**
 * The rows of pieces, read and written as records, and their sealing. What a profile has of one stream lies under
 * one key: it is destroyed with the last of these pieces, and replaced when something was erased from the stream,
 * so that nothing which the profile ever held of it outlives them in a free page.
 */
import type { Piece } from "../../model.ts";
import type { Sql, SqlRow } from "../ports.ts";
import { KeySlots } from "../sealing/key-slots.ts";
import { packDetail, unpackDetails } from "./detail-codec.ts";
import { rangeOfPiece, rangeOfProfile, rangeOfStream } from "./piece-place.ts";
import type { StoredPieces } from "./read-lines.ts";
import { readDetail, writeDetail } from "./stored-detail.ts";
import { loadPath, type StoredPath, storePath } from "./stored-path.ts";

export const PIECES_SCHEMA = `CREATE TABLE IF NOT EXISTS pieces (
	id INTEGER PRIMARY KEY,    -- by profile, stream and window: see piece-place.ts
	profile TEXT NOT NULL,
	stream TEXT NOT NULL,
	win INTEGER NOT NULL,      -- window of the stream
	first_at INTEGER NOT NULL, -- ms, of the events that it stands for
	last_at INTEGER NOT NULL,
	slot INTEGER NOT NULL,     -- of the key in seal_keys; one for each profile and stream
	path BLOB NOT NULL,        -- sealed: columns that analyses read (stored-path.ts)
	detail BLOB NOT NULL       -- sealed: packed (detail-codec.ts): lines of touchpoints, then the rest of the Piece (stored-detail.ts)
)`;

/** A profile's pieces in the order of their streams and windows; paths are parsed when asked for. */
export interface StoredProfile extends StoredPieces {
	profileId: string;
	details: Uint8Array[];
}

/** Ms; from inclusive, to exclusive; absent: no bound. */
export interface Span {
	from?: number;
	to?: number;
}

export class PieceRows {
	readonly keys: KeySlots;
	private readonly sql: Sql;

	constructor(sql: Sql) {
		this.sql = sql;
		this.keys = new KeySlots(sql);
	}

	save(stream: string, window: number, piece: Piece): void {
		const { profileId: profile, firstAt, lastAt } = piece;
		const place = this.placeOf(profile, stream, window);
		const slot = place.slot ?? this.slotOf(profile, stream) ?? this.keys.take();
		const path = this.keys.seal(slot, storePath(piece));
		const detail = this.keys.seal(slot, packDetail(writeDetail(piece)));
		if (place.slot !== undefined) {
			this.sql.all(
				"UPDATE pieces SET first_at = ?, last_at = ?, path = ?, detail = ? WHERE id = ?",
				firstAt,
				lastAt,
				path,
				detail,
				place.id,
			);
			return;
		}
		this.sql.all(
			"INSERT INTO pieces (id, profile, stream, win, first_at, last_at, slot, path, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
			place.id,
			profile,
			stream,
			window,
			firstAt,
			lastAt,
			slot,
			path,
			detail,
		);
	}

	/** Where a piece lies, with its key's slot; without one, where it would. */
	private placeOf(profile: string, stream: string, window: number): { id: number; slot?: number } {
		const { from, to } = rangeOfPiece(profile, stream, window);
		const near = this.sql.all<{ id: number; profile: string; stream: string; win: number; slot: number }>(
			"SELECT id, profile, stream, win, slot FROM pieces WHERE id >= ? AND id <= ? ORDER BY id",
			from,
			to,
		);
		const own = near.find((row) => row.profile === profile && row.stream === stream && row.win === window);
		if (own !== undefined) return own;
		let id = from;
		for (const taken of near) if (taken.id === id) id++;
		if (id > to) throw new Error("no place is left for a piece");
		return { id };
	}

	/** The key goes with the last piece. To be called in a transaction. */
	drop(profile: string, stream: string, window: number): void {
		const { id, slot } = this.placeOf(profile, stream, window);
		if (slot === undefined) return;
		this.sql.all("DELETE FROM pieces WHERE id = ?", id);
		if (this.slotOf(profile, stream) === undefined) this.keys.renew([slot]);
	}

	/** Destroys the key of what a profile has of a stream, and seals that anew. To be called in a transaction. */
	renew(profile: string, stream: string): void {
		const slot = this.slotOf(profile, stream);
		if (slot === undefined) return;
		const { from, to } = rangeOfStream(profile, stream);
		const opened = this.sql
			.all<{ id: number; path: ArrayBuffer; detail: ArrayBuffer }>(
				"SELECT id, path, detail FROM pieces WHERE id >= ? AND id <= ? AND profile = ? AND stream = ?",
				from,
				to,
				profile,
				stream,
			)
			.map(({ id, path, detail }) => ({ id, path: this.keys.open(slot, path), detail: this.keys.open(slot, detail) }));
		this.keys.renew([slot]);
		for (const { id, path, detail } of opened) {
			this.sql.all(
				"UPDATE pieces SET path = ?, detail = ? WHERE id = ?",
				this.keys.seal(slot, path),
				this.keys.seal(slot, detail),
				id,
			);
		}
	}

	private slotOf(profile: string, stream: string): number | undefined {
		const { from, to } = rangeOfStream(profile, stream);
		return this.sql.all<{ slot: number }>(
			"SELECT slot FROM pieces WHERE id >= ? AND id <= ? AND profile = ? AND stream = ? LIMIT 1",
			from,
			to,
			profile,
			stream,
		)[0]?.slot;
	}

	/** A profile's pieces with their streams; none when it has none here. */
	of(profile: string): { stream: string; piece: Piece }[] {
		const { from, to } = rangeOfProfile(profile);
		const rows = this.sql
			.all<{ stream: string; win: number; slot: number; detail: ArrayBuffer }>(
				"SELECT stream, win, slot, detail FROM pieces WHERE id >= ? AND id <= ? AND profile = ?",
				from,
				to,
				profile,
			)
			.sort(byStreamAndWindow);
		const pieces = this.openDetails(rows).map(readDetail);
		return rows.map(({ stream }, index) => ({ stream, piece: pieces[index] as Piece }));
	}

	/** The paths of a profile's pieces where they come from several streams; else none, and none is opened. */
	pathsAcross(profile: string): StoredPath[] {
		const { from, to } = rangeOfProfile(profile);
		const streams = this.sql.all(
			"SELECT DISTINCT stream FROM pieces WHERE id >= ? AND id <= ? AND profile = ? LIMIT 2",
			from,
			to,
			profile,
		);
		if (streams.length < 2) return [];
		return this.sql
			.all<{ slot: number; path: ArrayBuffer }>(
				"SELECT slot, path FROM pieces WHERE id >= ? AND id <= ? AND profile = ?",
				from,
				to,
				profile,
			)
			.map((row) => this.openPath(row));
	}

	/** Ids of whole profiles, as {@link piecesAfter} gives them. */
	profilesAfter(after: string, limit: number): string[] {
		return this.rowsAfter("slot", after, limit).map(({ profileId }) => profileId);
	}

	/**
	 * Whole profiles after `after`, ascending, out of the next `limit` pieces (one profile at least); empty at the end.
	 *
	 * @param span a profile without any event in it comes without pieces, which are not opened
	 */
	piecesAfter(after: string, limit: number, span: Span = {}): { profileId: string; pieces: Piece[] }[] {
		return this.storedAfter(after, limit, span).map(({ profileId, details }) => {
			return { profileId, pieces: details.map(readDetail) };
		});
	}

	/** The same as they lie: columns that analyses read, and details as `readDetail` takes them. */
	storedAfter(after: string, limit: number, span: Span = {}): StoredProfile[] {
		const profiles = this.rowsAfter<{ slot: number; path: ArrayBuffer; detail: ArrayBuffer }>(
			"slot, path, detail",
			after,
			limit,
			span,
		);
		const details = this.openDetails(profiles.flatMap(({ rows }) => rows));
		let at = 0;
		return profiles.map(({ profileId, rows }) => {
			const own = details.slice(at, at + rows.length);
			at += rows.length;
			let paths: StoredPath[] | undefined;
			// Opened where they lie, and so but once.
			return { profileId, paths: () => (paths ??= rows.map((row) => this.openPath(row))), details: own };
		});
	}

	/** The same in columns as analyses read them. */
	pathsAfter(after: string, limit: number, span: Span = {}): { profileId: string; paths: StoredPath[] }[] {
		return this.rowsAfter<{ slot: number; path: ArrayBuffer }>("slot, path", after, limit, span).map(
			({ profileId, rows }) => {
				return { profileId, paths: rows.map((row) => this.openPath(row)) };
			},
		);
	}

	private openPath({ slot, path }: { slot: number; path: ArrayBuffer }): StoredPath {
		return loadPath(this.keys.openInPlace(slot, path));
	}

	private openDetails(rows: readonly { slot: number; detail: ArrayBuffer }[]): Uint8Array[] {
		return unpackDetails(rows.map(({ slot, detail }) => this.keys.openInPlace(slot, detail)));
	}

	private rowsAfter<Row extends SqlRow>(columns: string, after: string, limit: number, span: Span = {}) {
		const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = span;
		return this.wholeRowsAfter<Row>(columns, after, limit).map((profile) => {
			const isMet = profile.rows.some(({ first_at, last_at }) => first_at < to && last_at >= from);
			return isMet ? profile : { ...profile, rows: [] };
		});
	}

	private wholeRowsAfter<Row extends SqlRow>(columns: string, after: string, limit: number) {
		const { from, to } = rangeOfProfile(after);
		const rows = this.sql.all<StoredRow & Row>(
			`SELECT id, profile, stream, win, first_at, last_at, ${columns} FROM pieces WHERE id >= ? AND (id > ? OR profile > ?) ORDER BY id LIMIT ?`,
			from,
			to,
			after,
			limit,
		);
		if (rows.length < limit) return groupByProfile(rows);
		// The last ones may go on beyond the page.
		const last = rangeOfProfile((rows.at(-1) as StoredRow).profile);
		const whole = rows.filter(({ id }) => id < last.from);
		if (whole.length > 0) return groupByProfile(whole);
		return groupByProfile(
			this.sql.all<StoredRow & Row>(
				`SELECT id, profile, stream, win, first_at, last_at, ${columns} FROM pieces WHERE id >= ? AND id <= ? AND profile > ?`,
				last.from,
				last.to,
				after,
			),
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

/** Profiles ascending, the pieces of each by stream and window. @param rows by `id`, or all of one range of profiles */
function groupByProfile<Row extends StoredRow>(rows: readonly Row[]): { profileId: string; rows: Row[] }[] {
	const profiles = [...Map.groupBy(rows, ({ profile }) => profile)];
	profiles.sort(([a], [b]) => (a < b ? -1 : 1));
	return profiles.map(([profileId, own]) => ({ profileId, rows: own.sort(byStreamAndWindow) }));
}

type Place = Pick<StoredRow, "stream" | "win">;

function byStreamAndWindow(a: Place, b: Place): number {
	if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
	return a.win - b.win;
}
