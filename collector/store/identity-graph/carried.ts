/** What a workspace's owner made and no event tells: it goes along when the log is replayed elsewhere, under the same secret. */
import type { ShareLink, TrackingPlan } from "../../ingest/index.ts";
import type { Sql } from "../ports.ts";
import { type KeyRecord, saveKey } from "./keys.ts";
import { readPlan, savePlan } from "./plan.ts";
import { addShareLink, listShareLinks, SHARE_LINKS_MAX } from "./share-links.ts";

export interface Carried {
	keys: { hash: string; record: KeyRecord }[];
	links: ShareLink[];
	/** Null where none was made. */
	plan: TrackingPlan | null;
}

export function readCarried(sql: Sql): Carried {
	const keys = sql.all<{ hash: string; body: string }>("SELECT hash, body FROM keys ORDER BY hash");
	return {
		keys: keys.map(({ hash, body }) => ({ hash, record: JSON.parse(body) as KeyRecord })),
		links: listShareLinks(sql, "", SHARE_LINKS_MAX),
		plan: readPlan(sql),
	};
}

export function takeCarried(sql: Sql, { keys, links, plan }: Carried): void {
	for (const { hash, record } of keys) saveKey(sql, hash, record);
	for (const link of links) addShareLink(sql, link);
	savePlan(sql, plan);
}

/** Every row of every table, the carried ones too: to be taken again in the same transaction. */
export function clearTables(sql: Sql): void {
	const tables = sql.all<{ name: string }>(
		"SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*' AND name <> 'form'",
	);
	for (const { name } of tables) sql.all(`DELETE FROM "${name}"`);
}
