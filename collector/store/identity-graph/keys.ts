/** Keys of a workspace: `wk_…` append, `rk_…` read, `sk_…` do all. */
import type { Sql } from "../ports.ts";

export type KeyKind = "write" | "read" | "secret";

export interface KeyRecord {
	/** First 16 hex characters of the key's hash: names the key without giving it away. */
	id: string;
	kind: KeyKind;
	name: string;
	/** A write key that may only be used from these origins; empty: from any. */
	origins: string[];
	/** A write key for servers: what it sends is trusted. Never put one in a page. */
	server: boolean;
	/** ms since the epoch. */
	createdAt: number;
	/** The key itself, for write keys only: they stand in web pages anyway. */
	key?: string;
}

export function findKey(sql: Sql, hash: string): KeyRecord | null {
	const [row] = sql.all<{ body: string }>("SELECT body FROM keys WHERE hash = ?", hash);
	return row === undefined ? null : (JSON.parse(row.body) as KeyRecord);
}

export function saveKey(sql: Sql, hash: string, record: KeyRecord): void {
	sql.all("INSERT OR REPLACE INTO keys (hash, body) VALUES (?, ?)", hash, JSON.stringify(record));
}

export function listKeys(sql: Sql): KeyRecord[] {
	return sql
		.all<{ body: string }>("SELECT body FROM keys ORDER BY hash")
		.map(({ body }) => JSON.parse(body) as KeyRecord);
}

/** @returns whether there was such a key */
export function deleteKey(sql: Sql, id: string): boolean {
	const rows = sql.all("DELETE FROM keys WHERE substr(hash, 1, 16) = ? RETURNING hash", id);
	return rows.length > 0;
}
