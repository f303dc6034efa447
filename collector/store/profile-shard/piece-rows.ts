/**
 * The rows of pieces, read and written as records, and their sealing. What a profile has of one stream lies under
 * one key: it is destroyed with the last of these pieces, and replaced when something was erased from the stream,
 * so that nothing which the profile ever held of it outlives them in a free page.
 */
import type { Piece } from "../../model.ts";
import type { Sql, SqlRow } from "../ports.ts";
import { KeySlots } from "../sealing/key-slots.ts";
import { packDetail, unpackDetails } from "./detail-codec.ts";
import type { StoredPieces } from "./read-lines.ts";
import { readDetail, writeDetail } from "./stored-detail.ts";
import { loadPath, type StoredPath, storePath } from "./stored-path.ts";

export const PIECES_SCHEMA = `CREATE TABLE IF NOT EXISTS pieces (
	profile TEXT NOT NULL,
	stream TEXT NOT NULL,
	win INTEGER NOT NULL,      -- window of the stream
	first_at INTEGER NOT NULL, -- ms, of the events that it stands for
	last_at INTEGER NOT NULL,
	slot INTEGER NOT NULL,     -- of the key in seal_keys; one for each profile and stream
	path BLOB NOT NULL,        -- sealed: columns that analyses read (stored-path.ts)
	detail BLOB NOT NULL,      -- sealed: packed (detail-codec.ts): lines of touchpoints, then the rest of the Piece (stored-detail.ts)
	PRIMARY KEY (profile, stream, win)
)`;

/** A profile's pieces in the order of their streams and windows; paths are parsed when asked for. */
export interface StoredProfile extends StoredPieces {
	profileId: string;
	details: Uint8Array[];
}

export class PieceRows {
	readonly keys: KeySlots;
	private readonly sql: Sql;

	constructor(sql: Sql) {
		this.sql = sql;
		this.keys = new KeySlots(sql);
	}

	save(stream: string, window: number, piece: Piece): void {
		const slot = this.slotOf(piece.profileId, stream) ?? this.keys.take();
		this.sql.all(
			"INSERT INTO pieces (profile, stream, win, first_at, last_at, slot, path, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (profile, stream, win) DO UPDATE SET first_at = excluded.first_at, last_at = excluded.last_at, path = excluded.path, detail = excluded.detail",
			piece.profileId,
			stream,
			window,
			piece.firstAt,
			piece.lastAt,
			slot,
			this.keys.seal(slot, storePath(piece)),
			this.keys.seal(slot, packDetail(writeDetail(piece))),
		);
	}

	/** The key goes with the last piece. To be called in a transaction. */
	drop(profile: string, stream: string, window: number): void {
		const [gone] = this.sql.all<{ slot: number }>(
			"DELETE FROM pieces WHERE profile = ? AND stream = ? AND win = ? RETURNING slot",
			profile,
			stream,
			window,
		);
		if (gone !== undefined && this.slotOf(profile, stream) === undefined) this.keys.renew([gone.slot]);
	}

	/** Destroys the key of what a profile has of a stream, and seals that anew. To be called in a transaction. */
	renew(profile: string, stream: string): void {
		const slot = this.slotOf(profile, stream);
		if (slot === undefined) return;
		const opened = this.sql
			.all<{ win: number; path: ArrayBuffer; detail: ArrayBuffer }>(
				"SELECT win, path, detail FROM pieces WHERE profile = ? AND stream = ?",
				profile,
				stream,
			)
			.map((row) => ({
				win: row.win,
				path: this.keys.open(slot, row.path),
				detail: this.keys.open(slot, row.detail),
			}));
		this.keys.renew([slot]);
		for (const { win, path, detail } of opened) {
			this.sql.all(
				"UPDATE pieces SET path = ?, detail = ? WHERE profile = ? AND stream = ? AND win = ?",
				this.keys.seal(slot, path),
				this.keys.seal(slot, detail),
				profile,
				stream,
				win,
			);
		}
	}

	private slotOf(profile: string, stream: string): number | undefined {
		return this.sql.all<{ slot: number }>(
			"SELECT slot FROM pieces WHERE profile = ? AND stream = ? LIMIT 1",
			profile,
			stream,
		)[0]?.slot;
	}

	/** A profile's pieces with their streams; none when it has none here. */
	of(profile: string): { stream: string; piece: Piece }[] {
		const rows = this.sql.all<{ stream: string; slot: number; detail: ArrayBuffer }>(
			"SELECT stream, slot, detail FROM pieces WHERE profile = ? ORDER BY stream, win",
			profile,
		);
		const pieces = this.openDetails(rows).map(readDetail);
		return rows.map(({ stream }, index) => ({ stream, piece: pieces[index] as Piece }));
	}

	/** Whole profiles after `after`, ascending, out of the next `limit` pieces (one profile at least); empty at the end. */
	piecesAfter(after: string, limit: number): { profileId: string; pieces: Piece[] }[] {
		return this.storedAfter(after, limit).map(({ profileId, details }) => {
			return { profileId, pieces: details.map(readDetail) };
		});
	}

	/** The same as they lie: columns that analyses read, and details as `readDetail` takes them. */
	storedAfter(after: string, limit: number): StoredProfile[] {
		const profiles = this.rowsAfter<{ slot: number; path: ArrayBuffer; detail: ArrayBuffer }>(
			"slot, path, detail",
			after,
			limit,
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
	pathsAfter(after: string, limit: number): { profileId: string; paths: StoredPath[] }[] {
		return this.rowsAfter<{ slot: number; path: ArrayBuffer }>("slot, path", after, limit).map(
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

	private rowsAfter<Row extends SqlRow>(columns: string, after: string, limit: number) {
		type WithProfile = Row & { profile: string };
		const rows = this.sql.all<WithProfile>(
			`SELECT profile, ${columns} FROM pieces WHERE profile > ? ORDER BY profile, stream, win LIMIT ?`,
			after,
			limit,
		);
		const profiles: { profileId: string; rows: WithProfile[] }[] = [];
		for (const row of rows) {
			const last = profiles.at(-1);
			if (last?.profileId === row.profile) last.rows.push(row);
			else profiles.push({ profileId: row.profile, rows: [row] });
		}
		const last = profiles.at(-1);
		if (rows.length === limit && last !== undefined) {
			// The last one may go on beyond the page.
			if (profiles.length > 1) profiles.pop();
			else {
				const own = `SELECT profile, ${columns} FROM pieces WHERE profile = ? ORDER BY stream, win`;
				last.rows = this.sql.all<WithProfile>(own, last.profileId);
			}
		}
		return profiles;
	}
}
