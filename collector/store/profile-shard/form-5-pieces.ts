/** Brings the pieces of forms 4 and 5 over, where each had a row of its own and each of its parts a nonce. */
import type { Sql, SqlRow } from "../ports.ts";
import { PIECE_BLOCKS_SCHEMA } from "./piece-blocks.ts";
import type { PieceRows } from "./piece-rows.ts";

interface Row extends SqlRow {
	id: number;
	profile: string;
	stream: string;
	win: number;
	first_at: number;
	last_at: number;
	slot: number;
	path: ArrayBuffer;
	detail: ArrayBuffer;
}

/** Moved at once, so that memory holds few of them. */
const ROWS_PAGE = 500;

/** Nothing happens where that is done. */
export function bringPiecesOver(sql: Sql, pieces: PieceRows): void {
	if (sql.all("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'pieces'").length === 0) return;
	sql.transaction(() => {
		sql.all(PIECE_BLOCKS_SCHEMA);
		for (let last = -1; ; ) {
			const rows = sql.all<Row>("SELECT * FROM pieces WHERE id > ? ORDER BY id LIMIT ?", last, ROWS_PAGE);
			if (rows.length === 0) break;
			pieces.edit(() => {
				for (const row of rows) moveRow(row, pieces);
			});
			last = (rows.at(-1) as Row).id;
		}
		sql.all("DROP TABLE pieces");
	});
}

function moveRow({ id, profile, stream, win, first_at, last_at, slot, path, detail }: Row, pieces: PieceRows): void {
	const place = { id, profile, stream, window: win, firstAt: first_at, lastAt: last_at, slot };
	pieces.put(place, pieces.keys.open(slot, path), pieces.keys.open(slot, detail));
}
