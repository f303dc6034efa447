/**
 * Streams that say that nothing was heard of them for `idleDays` (stream-shard/idle.ts), and who is forgotten: whoever hangs
 * together with none that was heard of. That is looked at when a stream says so, and once a day of all that said so
 * before: what tied one to somebody who still comes may have gone.
 */
import { cutAt, findForgotten, isUnattributed, nextCutAt } from "../../identity/index.ts";
import type { WorkspaceConfig } from "../config.ts";
import type { StreamClaims } from "../messages.ts";
import type { Alarm, Sql } from "../ports.ts";
import type { Component } from "./component.ts";
import type { GraphMeta } from "./graph-meta.ts";
import type { Resolved } from "./resolve-component.ts";

export const IDLE_STREAMS_SCHEMA = `CREATE TABLE IF NOT EXISTS idle_streams (
	stream TEXT PRIMARY KEY
) WITHOUT ROWID`;

/** @returns whether it says so for the first time. To be called in a transaction. */
export function noteIdle(sql: Sql, stream: string, before: StreamClaims | null, after: StreamClaims | null): boolean {
	const [was, is] = [before?.idle ?? 0, after?.idle ?? 0];
	if (was === is) return false;
	if (was === 0) sql.all("INSERT OR IGNORE INTO idle_streams (stream) VALUES (?)", stream);
	if (is === 0) sql.all("DELETE FROM idle_streams WHERE stream = ?", stream);
	return is > 0;
}

/**
 * @param asked groups with none of these streams are left as they are
 * @returns by stream: all before this, ms, is to be forgotten
 */
export function findForgets(
	{ streams, shared }: Component,
	{ resolution }: Resolved,
	asked: ReadonlySet<string>,
	{ settings }: WorkspaceConfig,
	nowMs: number,
): Map<string, number> {
	const cut = cutAt(nowMs, settings.idleDays);
	const forgets = new Map<string, number>();
	if (cut === 0 || asked.size === 0) return forgets;
	const claiming = [...streams.values()].flatMap(({ stream, claims }) =>
		claims === null || isUnattributed(stream) ? [] : [{ stream, nodes: claims.nodes, idle: claims.idle }],
	);
	const groups = findForgotten(
		claiming.map(({ idle, ...one }) => ({ ...one, isIdle: idle !== undefined && idle <= cut })),
		new Set([...shared, ...resolution.sharedNodes]),
	);
	const idleOf = new Map(claiming.map(({ stream, idle }) => [stream, idle ?? 0]));
	for (const group of groups) {
		if (!group.some((stream) => asked.has(stream))) continue;
		for (const stream of group) if (idleOf.get(stream)) forgets.set(stream, idleOf.get(stream) as number);
	}
	return forgets;
}

/** After midnight UTC, when stream shards have judged theirs, ms. */
const TURN_AFTER_MS = 3600_000;
/** Streams of a step, and between two steps, ms. */
const STEP_STREAMS = 200;
const PAUSE_MS = 1_000;

/** Once a day all of them are looked at again, in small steps by alarm. */
export class IdleTurns {
	private readonly sql: Sql;
	private readonly meta: GraphMeta;
	private readonly alarm: Alarm;

	constructor(sql: Sql, meta: GraphMeta, alarm: Alarm) {
		this.sql = sql;
		this.meta = meta;
		this.alarm = alarm;
	}

	/** @returns streams to look at now. To be called in a transaction that marks them. */
	take(): string[] {
		const [doneAt, after] = this.place();
		const until = nextCutAt(this.alarm.now() - TURN_AFTER_MS);
		if (doneAt >= until) return [];
		const streams = this.sql
			.all<{ stream: string }>(
				"SELECT stream FROM idle_streams WHERE stream > ? ORDER BY stream LIMIT ?",
				after,
				STEP_STREAMS,
			)
			.map(({ stream }) => stream);
		const isDone = streams.length < STEP_STREAMS;
		// Of a workspace without such streams nothing is written.
		if (streams.length > 0 || after !== "") {
			const place = isDone ? [until, ""] : [doneAt, streams.at(-1)];
			this.meta.write("idle_turn", JSON.stringify(place));
		}
		return streams;
	}

	arm(): void {
		if (this.sql.all("SELECT 1 FROM idle_streams LIMIT 1").length === 0) return;
		const now = this.alarm.now();
		const until = nextCutAt(now - TURN_AFTER_MS);
		this.alarm.wakeBy(this.place()[0] < until ? now + PAUSE_MS : until + TURN_AFTER_MS);
	}

	/** When the turn that was done last ends, ms, and the stream that the one under way has come to. */
	private place(): [doneAt: number, after: string] {
		return JSON.parse(this.meta.read("idle_turn") ?? '[0, ""]') as [number, string];
	}
}
