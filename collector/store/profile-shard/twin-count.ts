/**
 * How many contacts the shard's chains leave out because one of the same messageId, from another stream, is shown in their
 * stead (rule 1). Counted when somebody asks, over the profiles that changed since: taking in a piece costs
 * nothing, and a profile that is counted twice is counted the same.
 */
import { countTwins } from "../../journey/index.ts";
import { describeError } from "../describe-error.ts";
import type { Sql } from "../ports.ts";
import type { PieceRows } from "./piece-rows.ts";
import { doMessagesMeet } from "./stored-path.ts";

export const TWINS_SCHEMA = [
	// Profiles with twins, and no others.
	`CREATE TABLE IF NOT EXISTS twins (
		profile TEXT PRIMARY KEY,
		twins INTEGER NOT NULL
	) WITHOUT ROWID`,
	`CREATE TABLE IF NOT EXISTS twins_counted (
		id INTEGER PRIMARY KEY,    -- 1
		seq INTEGER NOT NULL       -- all changes up to this one are counted, and maybe some beyond it
	)`,
];

export interface TwinCountLimits {
	/** Profiles looked at and pieces opened in one count, so that no question takes long. The next goes on. */
	countedMax: number;
	/** Changes after which it is written down how far they are counted. What is not is counted again after a sleep. */
	unwrittenMax: number;
}

export const TWIN_COUNT_LIMITS: TwinCountLimits = { countedMax: 2_000, unwrittenMax: 1_000 };

export class TwinCount {
	private readonly sql: Sql;
	private readonly pieces: PieceRows;
	private readonly limits: TwinCountLimits;
	private writtenSeq: number;
	/** All changes up to this one are counted. */
	countedSeq: number;
	/** Why the last count failed, which the next begins where it began; no personal data. */
	lastError: string | null = null;

	constructor(sql: Sql, pieces: PieceRows, limits: TwinCountLimits) {
		this.sql = sql;
		this.pieces = pieces;
		this.limits = limits;
		this.writtenSeq = sql.all<{ seq: number }>("SELECT seq FROM twins_counted WHERE id = 1")[0]?.seq ?? 0;
		this.countedSeq = this.writtenSeq;
	}

	/** Counts changes with numbers below `end`, as many as the limits allow. Not to be called in a transaction. */
	countUntil(end = Number.MAX_SAFE_INTEGER): void {
		if (this.countedSeq + 1 >= end) return;
		try {
			const seq = this.sql.transaction(() => this.countChanges(end));
			if (this.isToWrite(seq)) this.writtenSeq = seq;
			this.countedSeq = seq;
			this.lastError = null;
		} catch (error) {
			// A damaged piece must stop neither the taking in of others nor the answer that tells of it.
			this.lastError = describeError(error);
		}
	}

	private countChanges(end: number): number {
		const { countedMax } = this.limits;
		const changes = this.sql.all<{ seq: number; profiles: string }>(
			"SELECT seq, profiles FROM changes WHERE seq > ? AND seq < ? ORDER BY seq LIMIT ?",
			this.countedSeq,
			end,
			countedMax,
		);
		let seq = this.countedSeq;
		let left = countedMax;
		const counted = new Set<string>();
		for (const change of changes) {
			for (const profile of JSON.parse(change.profiles) as string[]) {
				if (counted.has(profile)) continue;
				counted.add(profile);
				left -= this.countProfile(profile);
			}
			seq = change.seq;
			if (left <= 0) break;
		}
		if (this.isToWrite(seq)) this.sql.all("INSERT OR REPLACE INTO twins_counted (id, seq) VALUES (1, ?)", seq);
		return seq;
	}

	private isToWrite(seq: number): boolean {
		return seq - this.writtenSeq >= this.limits.unwrittenMax;
	}

	/** @returns how much was looked at */
	private countProfile(profile: string): number {
		const paths = this.pieces.pathsAcross(profile);
		// Hashes may meet by chance.
		const twins = doMessagesMeet(paths) ? countTwins(this.pieces.of(profile).map(({ piece }) => piece)) : 0;
		if (twins === 0) this.sql.all("DELETE FROM twins WHERE profile = ?", profile);
		else {
			this.sql.all(
				"INSERT INTO twins (profile, twins) VALUES (?, ?) ON CONFLICT (profile) DO UPDATE SET twins = excluded.twins WHERE twins <> excluded.twins",
				profile,
				twins,
			);
		}
		return 1 + paths.length;
	}

	total(): number {
		return this.sql.all<{ twins: number }>("SELECT coalesce(sum(twins), 0) AS twins FROM twins")[0]?.twins ?? 0;
	}
}
