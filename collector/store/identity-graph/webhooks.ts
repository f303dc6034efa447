/** Where webhooks go, and which conversions one shard has begun to tell of, so that no other does. */
import type { Sql } from "../ports.ts";
import type { Claim } from "../profile-shard/webhook-calls.ts";
import type { WebhookEndpoint } from "../profile-shard/webhook-outbox.ts";

/** How long a claim is kept: longer than any conversion is told of (`WEBHOOK_AGE_MS_MAX`), before and after. */
const CLAIM_AGE_MS = 14 * 24 * 3600_000;

/** Stands for the holder once the receiver has answered. */
const TOLD = "";

export function readWebhooks(sql: Sql): WebhookEndpoint[] {
	const [row] = sql.all<{ value: string }>("SELECT value FROM meta WHERE key = 'webhooks'");
	return row === undefined ? [] : (JSON.parse(row.value) as WebhookEndpoint[]);
}

export function saveWebhooks(sql: Sql, endpoints: readonly WebhookEndpoint[]): void {
	sql.all("INSERT OR REPLACE INTO meta (key, value) VALUES ('webhooks', ?)", JSON.stringify(endpoints));
}

export function claimCall(sql: Sql, id: string, holder: string, now: number): Claim {
	sql.all("DELETE FROM webhook_claims WHERE at < ?", now - CLAIM_AGE_MS);
	sql.all("INSERT OR IGNORE INTO webhook_claims (id, holder, at) VALUES (?, ?, ?)", id, holder, now);
	const [row] = sql.all<{ holder: string }>("SELECT holder FROM webhook_claims WHERE id = ?", id);
	if (row?.holder === TOLD) return "told";
	return row?.holder === holder ? "mine" : "another's";
}

export function settleCall(sql: Sql, id: string): void {
	sql.all("UPDATE webhook_claims SET holder = ? WHERE id = ?", TOLD, id);
}

export function releaseCall(sql: Sql, id: string, holder: string): void {
	sql.all("DELETE FROM webhook_claims WHERE id = ? AND holder = ?", id, holder);
}
