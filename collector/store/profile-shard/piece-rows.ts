/**
 * The rows of pieces, written and read as records, and their sealing. What a profile has of one stream lies under
 * one key: it is destroyed with the last of these pieces, and replaced when something was erased from the stream,
 * so that nothing which the profile ever held of it outlives them in a free page.
 */
import type { Piece } from "../../model.ts";
import { packDetail } from "./detail-codec.ts";
import { rangeOfPiece, rangeOfProfile, rangeOfStream } from "./piece-place.ts";
import { byStreamAndWindow, PieceReader } from "./piece-reader.ts";
import { readDetail, writeDetail } from "./stored-detail.ts";
import { type StoredPath, storePath } from "./stored-path.ts";

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

export class PieceRows extends PieceReader {
	/** Changes so far, those undone too: what was read of the pieces holds while it stays. */
	writes = 0;

	save(stream: string, window: number, piece: Piece): void {
		this.writes++;
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
		this.writes++;
		this.sql.all("DELETE FROM pieces WHERE id = ?", id);
		if (this.slotOf(profile, stream) === undefined) this.keys.renew([slot]);
	}

	/** Destroys the key of what a profile has of a stream, and seals that anew. To be called in a transaction. */
	renew(profile: string, stream: string): void {
		const slot = this.slotOf(profile, stream);
		if (slot === undefined) return;
		this.writes++;
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
}
