/**
 * The rows in which pieces lie, some neighbours in each (piece-block.ts). A row holds all pieces from its own place up to that of the
 * next row; the first begins at 0. What one message changes is gathered and written once, so that the pieces of a
 * visitor who becomes known are one row and not one each.
 */
import type { Sql } from "../ports.ts";
import { decodeBlock, encodeBlock, type StoredPiece, splitBlock } from "./piece-block.ts";
import { PLACE_MAX, type Range } from "./piece-place.ts";

export const PIECE_BLOCKS_SCHEMA = `CREATE TABLE IF NOT EXISTS piece_blocks (
	id INTEGER PRIMARY KEY, -- the place from which on its pieces lie
	body BLOB NOT NULL
)`;

/** Some fifteen visits: of what is stored an eleventh is empty room then. Twice as much would save a third of that, and each write would take twice as long. */
const BLOCK_BYTES_MAX = 16_000;
/** Rows read at once. */
const BLOCKS_PAGE = 4;
const FIRST = 0;

/** Before where no row follows. */
const END = PLACE_MAX + 1;

type Row = { id: number; body: ArrayBuffer };
interface Block {
	id: number;
	/** Where the next begins. */
	next: number;
	pieces: StoredPiece[];
}

export class PieceBlocks {
	private readonly sql: Sql;
	/** What was read while something is edited, by id; null: nothing is. */
	private open: Map<number, Block> | null = null;
	private readonly changed = new Set<Block>();

	constructor(sql: Sql) {
		this.sql = sql;
	}

	/** Pieces by place. Outside of {@link edit} their bytes are the caller's. */
	*within({ from, to }: Range): Generator<StoredPiece> {
		const first = this.blockAt(from);
		for (const piece of first.pieces) if (piece.id >= from && piece.id <= to) yield piece;
		for (let { next } = first; next <= to; ) {
			const rows = this.sql.all<Row>(
				"SELECT id, body FROM piece_blocks WHERE id >= ? AND id <= ? ORDER BY id LIMIT ?",
				next,
				to,
				BLOCKS_PAGE,
			);
			for (const { id, body } of rows) {
				const pieces = this.open?.get(id)?.pieces ?? decodeBlock(body);
				for (const piece of pieces) if (piece.id <= to) yield piece;
			}
			next = rows.length < BLOCKS_PAGE ? END : (rows.at(-1) as Row).id + 1;
		}
	}

	/** All that lies in one row with a place; their bytes are the caller's. */
	around(place: number): StoredPiece[] {
		return this.blockAt(place).pieces;
	}

	/** The row that holds a place, there or to be made. */
	private blockAt(place: number): Block {
		for (const block of this.open?.values() ?? []) if (block.id <= place && place < block.next) return block;
		const [row] = this.sql.all<Row & { next: number | null }>(
			"SELECT id, body, (SELECT min(id) FROM piece_blocks AS later WHERE later.id > piece_blocks.id) AS next FROM piece_blocks WHERE id <= ? ORDER BY id DESC LIMIT 1",
			place,
		);
		const block =
			row === undefined
				? { id: FIRST, next: END, pieces: [] }
				: { id: row.id, next: row.next ?? END, pieces: decodeBlock(row.body) };
		this.open?.set(block.id, block);
		return block;
	}

	/** Changes by `work` are written at its end, or dropped where it throws. To be called in a transaction. */
	edit(work: () => void): void {
		if (this.open !== null) {
			work();
			return;
		}
		this.open = new Map();
		try {
			work();
			for (const block of this.changed) this.write(block);
		} finally {
			this.open = null;
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
			const block = this.blockAt(place);
			const found = block.pieces.findIndex((piece) => piece.id >= place);
			change(block.pieces, found === -1 ? block.pieces.length : found);
			this.changed.add(block);
		});
	}

	private write({ id, pieces }: Block): void {
		if (pieces.length === 0 && id !== FIRST) {
			this.sql.all("DELETE FROM piece_blocks WHERE id = ?", id);
			return;
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
