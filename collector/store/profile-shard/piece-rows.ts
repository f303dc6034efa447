/**
 * Pieces written and read as records, and their sealing. What a profile has of one stream lies under
 * one key: it is destroyed with the last of these pieces, and replaced when something was erased from the stream,
 * so that nothing which the profile ever held of it outlives them in a free page.
 */
import type { Piece } from "../../model.ts";
import { packDetail } from "./detail-codec.ts";
import type { StoredPiece } from "./piece-block.ts";
import { rangeOfPiece, rangeOfStream } from "./piece-place.ts";
import { byStreamAndWindow, PieceReader } from "./piece-reader.ts";
import { hashesOf, readDetail, writeDetail } from "./stored-detail.ts";
import { type StoredPath, storePath } from "./stored-path.ts";

export class PieceRows extends PieceReader {
	/** Changes so far, those undone too: what was read of the pieces holds while it stays. */
	writes = 0;

	/** What `work` saves, drops and renews is written together at its end. To be called in a transaction; nothing is to be read in it. */
	edit(work: () => void): void {
		this.blocks.edit(work);
	}

	save(stream: string, window: number, piece: Piece): void {
		this.writes++;
		const { profileId: profile, firstAt, lastAt } = piece;
		this.edit(() => {
			const { id, slot: found } = this.placeOf(profile, stream, window);
			const slot = found ?? this.slotOf(profile, stream, id) ?? this.keys.take();
			const place = { id, profile, stream, window, firstAt, lastAt, slot };
			this.put(place, storePath(piece), packDetail(writeDetail(piece), place, hashesOf(piece)));
		});
	}

	/** Seals both parts and puts them where `place` says. */
	put(place: Omit<StoredPiece, "path" | "detail">, path: Uint8Array, detail: Uint8Array): void {
		const [first, second] = this.keys.sealPair(place.slot, path, detail);
		this.blocks.put({ ...place, path: first, detail: second });
	}

	/** Where a piece lies, with its key's slot; without one, where it would. */
	private placeOf(profile: string, stream: string, window: number): { id: number; slot?: number } {
		const { from, to } = rangeOfPiece(profile, stream, window);
		const near = [...this.blocks.within({ from, to })];
		const own = near.find((row) => row.profile === profile && row.stream === stream && row.window === window);
		if (own !== undefined) return own;
		let id = from;
		for (const taken of near) if (taken.id === id) id++;
		if (id > to) throw new Error("no place is left for a piece");
		return { id };
	}

	/** The key goes with the last piece. To be called in a transaction. */
	drop(profile: string, stream: string, window: number): void {
		this.edit(() => {
			const { id, slot } = this.placeOf(profile, stream, window);
			if (slot === undefined) return;
			this.writes++;
			this.blocks.remove(id);
			if (this.slotOf(profile, stream, id) === undefined) this.keys.renew([slot]);
		});
	}

	/** Destroys the key of what a profile has of a stream, and seals that anew. To be called in a transaction. */
	renew(profile: string, stream: string): void {
		this.edit(() => {
			const rows = [...this.ofStream(profile, stream)];
			const [first] = rows;
			if (first === undefined) return;
			this.writes++;
			const { slot } = first;
			const opened = rows.map(({ path, detail, ...place }) => ({
				place,
				path: this.keys.open(slot, path),
				detail: this.keys.openSecondInPlace(slot, path, detail.slice()),
			}));
			this.keys.renew([slot]);
			for (const { place, path, detail } of opened) this.put(place, path, detail);
		});
	}

	private *ofStream(profile: string, stream: string): Generator<StoredPiece> {
		for (const row of this.blocks.within(rangeOfStream(profile, stream))) {
			if (row.profile === profile && row.stream === stream) yield row;
		}
	}

	/** @param near a place of the stream: what lies around it is mostly the stream's too, and read already */
	private slotOf(profile: string, stream: string, near: number): number | undefined {
		const isOwn = (row: StoredPiece) => row.profile === profile && row.stream === stream;
		const own = this.blocks.around(near).find(isOwn);
		if (own !== undefined) return own.slot;
		for (const { slot } of this.ofStream(profile, stream)) return slot;
		return undefined;
	}

	/** A profile's pieces with their streams; none when it has none here. */
	of(profile: string): { stream: string; piece: Piece }[] {
		const rows = [...this.ofProfile(profile)].sort(byStreamAndWindow);
		const pieces = this.openDetails(rows).map(readDetail);
		return rows.map(({ stream }, index) => ({ stream, piece: pieces[index] as Piece }));
	}

	/** The paths of a profile's pieces where they come from several streams; else none, and none is opened. */
	pathsAcross(profile: string): StoredPath[] {
		const rows = [...this.ofProfile(profile)];
		const streams = new Set(rows.map(({ stream }) => stream));
		return streams.size < 2 ? [] : rows.map((row) => this.openPath(row));
	}
}
