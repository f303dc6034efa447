/** Rows of share links. Who shared one on stands here as a keyed hash only. */
import type { ShareLink } from "../../ingest/index.ts";
import type { Sql } from "../ports.ts";

/** Links that a workspace keeps, those that visitors shared on included; above, no new one is made. */
export const SHARE_LINKS_MAX = 100_000;

const read = ({ body }: { body: string }) => JSON.parse(body) as ShareLink;

export function findShareLink(sql: Sql, code: string): ShareLink | null {
	const [row] = sql.all<{ body: string }>("SELECT body FROM share_links WHERE code = ?", code);
	return row === undefined ? null : read(row);
}

/**
 * Keeps a new link; one that is there already stays as it is.
 *
 * @returns the link that stands; null when the workspace holds {@link SHARE_LINKS_MAX}
 */
export function addShareLink(sql: Sql, link: ShareLink): ShareLink | null {
	const found = findShareLink(sql, link.code);
	if (found !== null) return found;
	const [last] = sql.all<{ id: number | null }>("SELECT MAX(id) AS id FROM share_links");
	if ((last?.id ?? 0) >= SHARE_LINKS_MAX) return null;
	sql.all(
		"INSERT INTO share_links (code, parent, body) VALUES (?, ?, ?)",
		link.code,
		link.parent ?? null,
		JSON.stringify(link),
	);
	return link;
}

/** @param after code that the page before ended with; "" for the first */
export function listShareLinks(sql: Sql, after: string, limit: number): ShareLink[] {
	return sql
		.all<{ body: string }>("SELECT body FROM share_links WHERE code > ? ORDER BY code LIMIT ?", after, limit)
		.map(read);
}

/** Revokes a link and all that was shared on from it. @returns whether there is such a link */
export function revokeShareLink(sql: Sql, code: string, at: number): boolean {
	if (findShareLink(sql, code) === null) return false;
	sql.all(
		`WITH RECURSIVE line(code) AS (SELECT ? UNION SELECT child.code FROM share_links AS child JOIN line ON child.parent = line.code)
		UPDATE share_links SET body = json_set(body, '$.revokedAt', ?)
		WHERE code IN line AND body ->> '$.revokedAt' IS NULL`,
		code,
		at,
	);
	return true;
}
