/**
 * Conversions that webhooks are still to hear of. A row is written in the transaction that stores the piece,
 * and goes when its receiver has answered, so that a crash anywhere repeats a call and loses none. It holds
 * ids only: what is sent is read from the chain when it is sent, so that an erased person is never told of.
 */
import { createHash } from "node:crypto";
import type { Piece } from "../../model.ts";
import type { Sql } from "../ports.ts";

export interface WebhookEndpoint {
	/** Of its address; a new secret or other goals leave it as it is. */
	id: string;
	url: string;
	/** `whsec_` and base64. */
	secret: string;
	/** Names of goals; empty: every one. */
	goals: string[];
	/** Ms; conversions from before are not told. */
	createdAt: number;
}

export interface WebhookCounts {
	/** Calls that are due or will be repeated. */
	waiting: number;
	/** Of them, those that were refused or found nobody before. */
	failing: number;
	delivered: number;
	/** Given up after {@link WEBHOOK_AGE_MS_MAX}, or beyond {@link WAITING_MAX}. */
	dropped: number;
}

export interface WaitingCall {
	endpoint: string;
	/** See {@link digestOf}. */
	touchpoint: string;
	profile: string;
	/** Calls that failed. */
	attempts: number;
	/** Ms. */
	since: number;
}

/** A touchpoint's id says its messageId, which is not to outlive its person here. */
export function digestOf(touchpointId: string): string {
	return createHash("sha256").update(touchpointId).digest("base64url").slice(0, 22);
}

export type CallOutcome = "delivered" | "told" | "gone" | "failed";

export const WEBHOOK_SCHEMA = [
	`CREATE TABLE IF NOT EXISTS webhook_calls (
		endpoint TEXT NOT NULL,
		touchpoint TEXT NOT NULL, -- digest of the id of the conversion's
		profile TEXT NOT NULL,    -- that has it, as far as this shard knows
		attempts INTEGER NOT NULL, -- calls that failed
		since INTEGER NOT NULL,   -- ms, when the row was written
		due INTEGER,              -- ms; null: nothing more to do, kept so that no new fold begins again
		PRIMARY KEY (endpoint, touchpoint)
	) WITHOUT ROWID`,
	"CREATE INDEX IF NOT EXISTS webhook_calls_due ON webhook_calls (due) WHERE due IS NOT NULL",
	// 'state': JSON of State
	"CREATE TABLE IF NOT EXISTS webhook_state (id INTEGER PRIMARY KEY, value TEXT NOT NULL)",
];

/** Older conversions are not told of, as late uploads and imports bring them; and a call is given up at this age. */
export const WEBHOOK_AGE_MS_MAX = 3 * 24 * 3600_000;
/** Rows of calls that are over are kept longer than any conversion is told of. */
const KEPT_MS = 4 * WEBHOOK_AGE_MS_MAX;
/** Calls that wait in one shard. */
export const WAITING_MAX = 10_000;
/** From the piece to the first call: who the person is may be settled within it. */
const FIRST_DELAY_MS = 2_000;
/** After so many failed calls: seconds to the next; the last one repeats. */
const BACK_OFF_S = [5, 30, 120, 600, 1_800, 3_600, 7_200];

interface State {
	endpoints: WebhookEndpoint[];
	delivered: number;
	dropped: number;
}

export class WebhookOutbox {
	private readonly sql: Sql;
	private state: State;

	constructor(sql: Sql) {
		this.sql = sql;
		for (const statement of WEBHOOK_SCHEMA) sql.all(statement);
		const [row] = sql.all<{ value: string }>("SELECT value FROM webhook_state WHERE id = 1");
		this.state = row === undefined ? { endpoints: [], delivered: 0, dropped: 0 } : (JSON.parse(row.value) as State);
	}

	/** Replaces the endpoints; calls to one that is gone are forgotten. */
	setEndpoints(endpoints: WebhookEndpoint[]): void {
		this.sql.transaction(() => {
			this.save({ ...this.state, endpoints });
			this.sql.all(
				"DELETE FROM webhook_calls WHERE endpoint NOT IN (SELECT value FROM json_each(?))",
				JSON.stringify(endpoints.map(({ id }) => id)),
			);
		});
	}

	endpoint(id: string): WebhookEndpoint | undefined {
		return this.state.endpoints.find((endpoint) => endpoint.id === id);
	}

	/** To be called in the transaction that stores the piece. */
	note({ profileId, touchpoints }: Piece, now: number): void {
		const calls = touchpoints.flatMap(({ id, timestamp, conversion, bot }) => {
			if (conversion === undefined || bot === true || timestamp < now - WEBHOOK_AGE_MS_MAX) return [];
			return this.state.endpoints
				.filter(({ goals, createdAt }) => timestamp >= createdAt && (goals.length === 0 || goals.includes(conversion)))
				.map((endpoint) => ({ endpoint: endpoint.id, touchpoint: digestOf(id) }));
		});
		if (calls.length === 0) return;
		const room = Math.max(0, WAITING_MAX - this.waiting());
		for (const { endpoint, touchpoint } of calls.slice(0, room)) {
			this.sql.all(
				"INSERT INTO webhook_calls (endpoint, touchpoint, profile, attempts, since, due) VALUES (?, ?, ?, 0, ?, ?) ON CONFLICT (endpoint, touchpoint) DO UPDATE SET profile = excluded.profile WHERE due IS NOT NULL",
				endpoint,
				touchpoint,
				profileId,
				now,
				now + FIRST_DELAY_MS,
			);
		}
		const left = calls.length - room;
		if (left > 0) this.save({ ...this.state, dropped: this.state.dropped + left });
	}

	/** When the next call is due, ms; null: none waits. */
	nextDue(): number | null {
		return (
			this.sql.all<{ due: number | null }>("SELECT min(due) AS due FROM webhook_calls WHERE due IS NOT NULL")[0]?.due ??
			null
		);
	}

	dueAt(now: number, limit: number): WaitingCall[] {
		return this.sql.all<{ [Name in keyof WaitingCall]: WaitingCall[Name] }>(
			"SELECT endpoint, touchpoint, profile, attempts, since FROM webhook_calls WHERE due <= ? ORDER BY due LIMIT ?",
			now,
			limit,
		);
	}

	/**
	 * @param outcome `told`: by another shard; `gone`: there is nothing to tell, until a piece brings it again;
	 * `failed`: to be tried again, or given up at {@link WEBHOOK_AGE_MS_MAX}
	 */
	finish({ endpoint, touchpoint, attempts, since }: WaitingCall, outcome: CallOutcome, now: number): void {
		const key = [endpoint, touchpoint] as const;
		const waitMs = (BACK_OFF_S[Math.min(attempts, BACK_OFF_S.length - 1)] ?? 0) * 1000;
		const isDropped = outcome === "failed" && now - since >= WEBHOOK_AGE_MS_MAX;
		this.sql.transaction(() => {
			if (outcome === "gone") {
				this.sql.all("DELETE FROM webhook_calls WHERE endpoint = ? AND touchpoint = ?", ...key);
			} else if (outcome === "failed" && !isDropped) {
				const again = "UPDATE webhook_calls SET attempts = attempts + 1, due = ? WHERE endpoint = ? AND touchpoint = ?";
				this.sql.all(again, now + waitMs, ...key);
			} else {
				this.sql.all("UPDATE webhook_calls SET due = NULL WHERE endpoint = ? AND touchpoint = ?", ...key);
				this.sql.all("DELETE FROM webhook_calls WHERE due IS NULL AND since < ?", now - KEPT_MS);
			}
			if (outcome === "delivered") this.save({ ...this.state, delivered: this.state.delivered + 1 });
			if (isDropped) this.save({ ...this.state, dropped: this.state.dropped + 1 });
		});
	}

	counts(): WebhookCounts {
		const { delivered, dropped } = this.state;
		const [row] = this.sql.all<{ failing: number }>(
			"SELECT count(*) AS failing FROM webhook_calls WHERE due IS NOT NULL AND attempts > 0",
		);
		return { waiting: this.waiting(), failing: row?.failing ?? 0, delivered, dropped };
	}

	private waiting(): number {
		return (
			this.sql.all<{ count: number }>("SELECT count(*) AS count FROM webhook_calls WHERE due IS NOT NULL")[0]?.count ??
			0
		);
	}

	private save(state: State): void {
		this.state = state;
		this.sql.all("INSERT OR REPLACE INTO webhook_state (id, value) VALUES (1, ?)", JSON.stringify(state));
	}
}
