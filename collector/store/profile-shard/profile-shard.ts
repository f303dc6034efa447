/**
 * A profile shard: whole chains of the profiles that fall to it, as replaceable pieces. It derives
 * nothing and asks nobody; reading a chain is one call.
 */
import { assembleChain, type Chain, pathOf } from "../../journey/index.ts";
import type { Piece } from "../../model.ts";
import { pack, unpack } from "../codec.ts";
import { type Envelope, type Receipt, receive } from "../links.ts";
import type { PiecesBody, ProfileDoor } from "../messages.ts";
import type { Sql } from "../ports.ts";
import { PROFILE_SHARD_SCHEMA } from "./schema.ts";

/** How long the change feed tells of a change. */
export const CHANGES_AGE_MS = 30 * 24 * 3600_000;

export class ProfileShard implements ProfileDoor {
	private readonly sql: Sql;
	private readonly now: () => number;
	changes = 0;

	constructor(sql: Sql, now: () => number) {
		this.sql = sql;
		this.now = now;
		for (const statement of PROFILE_SHARD_SCHEMA) this.sql.all(statement);
	}

	async acceptPieces(envelope: Envelope<PiecesBody>): Promise<Receipt> {
		return receive(this.sql, envelope, ({ windows }) => {
			const changed = new Set<string>();
			for (const { stream, window, pieces, was } of windows) {
				const stay = new Set(pieces.map(({ profileId }) => profileId));
				for (const profile of was) {
					if (stay.has(profile)) continue;
					changed.add(profile);
					this.sql.all("DELETE FROM pieces WHERE profile = ? AND stream = ? AND win = ?", profile, stream, window);
				}
				for (const piece of pieces) {
					changed.add(piece.profileId);
					this.savePiece(stream, window, piece);
				}
			}
			if (changed.size > 0) {
				this.sql.all("INSERT INTO changes (at, profiles) VALUES (?, ?)", this.now(), JSON.stringify([...changed]));
				this.sql.all(
					"DELETE FROM changes WHERE seq < (SELECT max(seq) FROM changes) AND at < ?",
					this.now() - CHANGES_AGE_MS,
				);
			}
			this.changes++;
		});
	}

	private savePiece(stream: string, window: number, piece: Piece): void {
		this.sql.all(
			"INSERT INTO pieces (profile, stream, win, first_at, last_at, path, detail) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (profile, stream, win) DO UPDATE SET first_at = excluded.first_at, last_at = excluded.last_at, path = excluded.path, detail = excluded.detail",
			piece.profileId,
			stream,
			window,
			piece.firstAt,
			piece.lastAt,
			pack(JSON.stringify(pathOf(piece.touchpoints))),
			pack(JSON.stringify(piece)),
		);
	}

	/** The whole chain; null when the profile has no piece here. */
	readChain(profileId: string, options: { bots?: boolean } = {}): Chain | null {
		const rows = this.sql.all<{ detail: ArrayBuffer }>(
			"SELECT detail FROM pieces WHERE profile = ? ORDER BY stream, win",
			profileId,
		);
		if (rows.length === 0) return null;
		return assembleChain(
			rows.map(({ detail }) => JSON.parse(unpack(detail)) as Piece),
			options,
		);
	}

	/** Profile ids after `after`, ascending. */
	profilesAfter(after: string, limit: number): string[] {
		return this.sql
			.all<{ profile: string }>(
				// One seek a profile, however many pieces each has.
				`WITH RECURSIVE walk (profile, n) AS (
					SELECT (SELECT min(profile) FROM pieces WHERE profile > ?1), 1
					UNION ALL
					SELECT (SELECT min(profile) FROM pieces WHERE profile > walk.profile), n + 1 FROM walk
					WHERE walk.profile IS NOT NULL AND n < ?2
				) SELECT profile FROM walk WHERE profile IS NOT NULL`,
				after,
				limit,
			)
			.map(({ profile }) => profile);
	}

	/** Profiles changed after `seq`, each once, and the number to go on from. */
	changedSince(seq: number, rowsMax: number): { profiles: string[]; seq: number; hasMore: boolean } {
		const rows = this.sql.all<{ seq: number; profiles: string }>(
			"SELECT seq, profiles FROM changes WHERE seq > ? ORDER BY seq LIMIT ?",
			seq,
			rowsMax,
		);
		const profiles = new Set(rows.flatMap((row) => JSON.parse(row.profiles) as string[]));
		return { profiles: [...profiles], seq: rows.at(-1)?.seq ?? seq, hasMore: rows.length === rowsMax };
	}

	lastChange(): number {
		return this.sql.all<{ seq: number | null }>("SELECT max(seq) AS seq FROM changes")[0]?.seq ?? 0;
	}

	status(): ProfileShardStatus {
		return {
			pending: 0,
			changes: this.changes,
			databaseBytes: this.sql.databaseBytes,
			rowsRead: this.sql.counters.rowsRead,
			rowsWritten: this.sql.counters.rowsWritten,
		};
	}
}

export interface ProfileShardStatus {
	pending: 0;
	changes: number;
	databaseBytes: number;
	rowsRead: number;
	rowsWritten: number;
}
