/** Answers of the graph that no fold has read yet: the latest of each stream, sealed with the stream's key. */
import { pack, unpack } from "../codec.ts";
import type { StreamAnswer } from "../messages.ts";
import type { Sql } from "../ports.ts";
import type { StreamKeys } from "./stream-keys.ts";

export interface ArrivedAnswer {
	/** Its number: ms, without going back. */
	arrived: number;
	answer: StreamAnswer;
}

export class Answers {
	private readonly sql: Sql;
	private readonly keys: StreamKeys;
	/** Number of the answer that came last. */
	private last: number | null = null;

	constructor(sql: Sql, keys: StreamKeys) {
		this.sql = sql;
		this.keys = keys;
	}

	/** Takes the place of one that waits. @param now ms; answers are numbered by it, without going back */
	put(stream: string, answer: StreamAnswer, now: number): void {
		this.last = Math.max(now, this.lastArrived() + 1);
		this.sql.all(
			"INSERT INTO answers (stream, arrived, body) VALUES (?, ?, ?) ON CONFLICT (stream) DO UPDATE SET arrived = excluded.arrived, body = excluded.body",
			stream,
			this.last,
			this.seal(stream, answer),
		);
	}

	lastArrived(): number {
		this.last ??= this.firstAndLast().last;
		return this.last;
	}

	/** Number of the oldest that waits; Infinity: none does. */
	firstArrived(): number {
		return this.firstAndLast().first;
	}

	/** Those of stuck streams wait on. */
	list(limit: number): (ArrivedAnswer & { stream: string })[] {
		return this.sql
			.all<{ stream: string; arrived: number; body: ArrayBuffer }>(
				"SELECT stream, arrived, body FROM answers WHERE stream NOT IN (SELECT stream FROM stuck) LIMIT ?",
				limit,
			)
			.map(({ body, ...row }) => ({ ...row, answer: this.open(row.stream, body) }));
	}

	find(stream: string): ArrivedAnswer | undefined {
		const [row] = this.sql.all<{ arrived: number; body: ArrayBuffer }>(
			"SELECT arrived, body FROM answers WHERE stream = ?",
			stream,
		);
		return row && { arrived: row.arrived, answer: this.open(stream, row.body) };
	}

	/** Its number; undefined: none waits. */
	arrivedOf(stream: string): number | undefined {
		return this.sql.all<{ arrived: number }>("SELECT arrived FROM answers WHERE stream = ?", stream)[0]?.arrived;
	}

	/** One that came meanwhile stays. */
	delete(stream: string, arrived: number): void {
		this.sql.all("DELETE FROM answers WHERE stream = ? AND arrived = ?", stream, arrived);
	}

	/** With the stream's new key, after the old one was destroyed. */
	sealAnew(stream: string, answer: StreamAnswer): void {
		this.sql.all("UPDATE answers SET body = ? WHERE stream = ?", this.seal(stream, answer), stream);
	}

	private firstAndLast(): { first: number; last: number } {
		const [row] = this.sql.all<{ first: number | null; last: number | null }>(
			"SELECT min(arrived) AS first, max(arrived) AS last FROM answers",
		);
		return { first: row?.first ?? Number.POSITIVE_INFINITY, last: row?.last ?? 0 };
	}

	private seal(stream: string, answer: StreamAnswer): Uint8Array {
		return this.keys.seal(stream, pack(JSON.stringify(answer)));
	}

	private open(stream: string, body: ArrayBuffer): StreamAnswer {
		return JSON.parse(unpack(this.keys.open(stream, body))) as StreamAnswer;
	}
}
