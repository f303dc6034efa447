/**
 * The rows in which pieces lie, some neighbours in each (piece-block.ts). A row holds all pieces from its own place up to that of the
 * next row; the first begins at 0. What one message changes is gathered and written once, so that the pieces of a
 * visitor who becomes known are one row and not one each.
 */
import type { Sql } from "../ports.ts";
import { decodeBlock, encodeBlock, type StoredPiece, splitBlock } from "./piece-block.ts";
import type { Range } from "./piece-place.ts";

export const PIECE_BLOCKS_SCHEMA = `CREATE TABLE IF NOT EXISTS piece_blocks (
	id INTEGER PRIMARY KEY, -- the place from which on its pieces lie
	body BLOB NOT NULL
)`;

/** Some fifteen visits: of what is stored an eleventh is empty room then. Twice as much would save a third of that, and each write would take twice as long. */
const BLOCK_BYTES_MAX = 16_000;
/** Rows read at once. */
const BLOCKS_PAGE = 4;
const FIRST = 0;

type Row = { id: number; body: ArrayBuffer };

export class PieceBlocks {
	private readonly sql: Sql;
	/** While something is edited: what was read, and of it what differs from its row. */
	private readonly read = new Map<number, StoredPiece[]>();
	private readonly changed = new Set<number>();
	private isEditing = false;

	constructor(sql: Sql) {
		this.sql = sql;
	}

	/** Pieces by place. Outside of {@link edit} their bytes are the caller's. */
	*within({ from, to }: Range): Generator<StoredPiece> {
		const first = this.blockAt(from);
		let last = first.id;
		for (const piece of first.pieces) if (piece.id >= from && piece.id <= to) yield piece;
		for (;;) {
			const rows = this.sql.all<Row>(
				"SELECT id, body FROM piece_blocks WHERE id > ? AND id <= ? ORDER BY id LIMIT ?",
				last,
				to,
				BLOCKS_PAGE,
			);
			for (const row of rows) for (const piece of this.piecesOf(row)) if (piece.id <= to) yield piece;
			if (rows.length < BLOCKS_PAGE) return;
			last = (rows.at(-1) as Row).id;
		}
	}

	/** All that lies in one row with a place; their bytes are the caller's. */
	around(place: number): StoredPiece[] {
		return this.blockAt(place).pieces;
	}

	/** What holds a place; nothing is stored of it where nothing is stored at all. */
	private blockAt(place: number): { id: number; pieces: StoredPiece[] } {
		const [row] = this.sql.all<Row>("SELECT id, body FROM piece_blocks WHERE id <= ? ORDER BY id DESC LIMIT 1", place);
		if (row === undefined) return { id: FIRST, pieces: this.read.get(FIRST) ?? [] };
		return { id: row.id, pieces: this.piecesOf(row) };
	}

	private piecesOf({ id, body }: Row): StoredPiece[] {
		if (!this.isEditing) return decodeBlock(body);
		const known = this.read.get(id) ?? decodeBlock(body);
		this.read.set(id, known);
		return known;
	}

	/** Changes by `work` are written at its end, or dropped where it throws. To be called in a transaction. */
	edit<Result>(work: () => Result): Result {
		if (this.isEditing) return work();
		this.isEditing = true;
		try {
			const result = work();
			this.write();
			return result;
		} finally {
			this.isEditing = false;
			this.read.clear();
			this.changed.clear();
		}
	}

	/** Puts a piece where its `id` says, in the place of what lies there. */
	put(piece: StoredPiece): void {
		this.change(piece.id, (pieces, at) => pieces.splice(at, pieces[at]?.id === piece.id ? 1 : 0, piece));
	}

	remove(id: number): void {
		this.change(id, (pieces, at) => pieces.splice(at, pieces[at]?.id === id ? 1 : 0));
	}

	/** @param change told of a row's pieces, and where in them one with this place is or would be */
	private change(place: number, change: (pieces: StoredPiece[], at: number) => void): void {
		this.edit(() => {
			const { id, pieces } = this.blockAt(place);
			const found = pieces.findIndex((piece) => piece.id >= place);
			change(pieces, found === -1 ? pieces.length : found);
			this.read.set(id, pieces);
			this.changed.add(id);
		});
	}

	private write(): void {
		for (const id of this.changed) {
			const pieces = this.read.get(id) as StoredPiece[];
			if (pieces.length === 0 && id !== FIRST) {
				this.sql.all("DELETE FROM piece_blocks WHERE id = ?", id);
				continue;
			}
			for (const [index, part] of splitBlock(pieces, BLOCK_BYTES_MAX).entries()) {
				this.sql.all(
					"INSERT INTO piece_blocks (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
					index === 0 ? id : (part[0] as StoredPiece).id,
					encodeBlock(part),
				);
			}
		}
	}
}
