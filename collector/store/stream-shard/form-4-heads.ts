/** Brings the heads of form 4 over, where one table ordered by streams held them with their pages. */
import type { Sql } from "../ports.ts";
import { freePlace } from "./head-place.ts";
import { STREAM_SHARD_SCHEMA } from "./schema.ts";

interface Row {
	stream: string;
	page: number;
	part: number;
	slot: number;
	due: number | null;
	body: ArrayBuffer;
}

/** Moved at once, so that memory holds few of them. */
const ROWS_PAGE = 500;

/** To be called in a transaction, before the other tables are asked for. */
export function bringHeadsOver(sql: Sql): void {
	sql.all("ALTER TABLE heads RENAME TO heads_before");
	for (const statement of STREAM_SHARD_SCHEMA) sql.all(statement);
	for (;;) {
		const rows = sql.all<Row & { [column: string]: never }>(
			"SELECT stream, page, part, slot, due, body FROM heads_before ORDER BY stream, page, part LIMIT ?",
			ROWS_PAGE,
		);
		for (const row of rows) moveRow(sql, row);
		if (rows.length < ROWS_PAGE) break;
	}
	sql.all("DROP TABLE heads_before");
	// Streams come in another order now: what went from one to the next begins again.
	sql.all("UPDATE meta SET value = '' WHERE key = 'refold'");
	sql.all("DELETE FROM meta WHERE key = 'aging'");
}

function moveRow(sql: Sql, { stream, page, part, slot, due, body }: Row): void {
	if (page === 0 && part === 0) {
		const place = freePlace(sql, stream);
		sql.all("INSERT INTO heads (id, stream, slot, due, body) VALUES (?, ?, ?, ?, ?)", place, stream, slot, due, body);
	} else {
		sql.all(
			"INSERT INTO head_pages (stream, page, part, slot, body) VALUES (?, ?, ?, ?, ?)",
			stream,
			page,
			part,
			slot,
			body,
		);
	}
	sql.all("DELETE FROM heads_before WHERE stream = ? AND page = ? AND part = ?", stream, page, part);
}
