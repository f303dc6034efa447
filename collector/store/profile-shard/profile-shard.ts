/**
 * A profile shard: whole chains of the profiles that fall to it, as replaceable pieces. It derives
 * nothing and asks nobody; reading a chain is one call.
 */
import { assembleChain, type Chain } from "../../journey/index.ts";
import type { Piece } from "../../model.ts";
import { addDevices, type Devices } from "../devices.ts";
import { type Envelope, type Receipt, receive } from "../links.ts";
import type { PiecesBody, ProfileDoor } from "../messages.ts";
import type { Sql, SqlRow } from "../ports.ts";
import { packDetail, unpackDetails } from "./detail-codec.ts";
import type { StoredPieces } from "./read-lines.ts";
import { PROFILE_SHARD_SCHEMA } from "./schema.ts";
import { readDetail, writeDetail } from "./stored-detail.ts";
import { loadPath, type StoredPath, storePath } from "./stored-path.ts";

/** How long the change feed tells of a change. */
export const CHANGES_AGE_MS = 30 * 24 * 3600_000;

/** A profile's pieces in the order of their streams and windows; paths are parsed when asked for. */
export interface StoredProfile extends StoredPieces {
	profileId: string;
	details: Uint8Array[];
}

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
			storePath(piece),
			packDetail(writeDetail(piece)),
		);
	}

	/** Ids of profiles after `after`, ascending. */
	profilesAfter(after: string, limit: number): string[] {
		return this.sql
			.all<{ profile: string }>(
				"SELECT DISTINCT profile FROM pieces WHERE profile > ? ORDER BY profile LIMIT ?",
				after,
				limit,
			)
			.map(({ profile }) => profile);
	}

	/** A profile's pieces; none when it has none here. */
	readPieces(profileId: string): Piece[] {
		const rows = this.sql.all<{ detail: ArrayBuffer }>(
			"SELECT detail FROM pieces WHERE profile = ? ORDER BY stream, win",
			profileId,
		);
		return unpackDetails(rows.map(({ detail }) => detail)).map(readDetail);
	}

	/** The whole chain; null when the profile has no piece here. */
	readChain(profileId: string, options: { bots?: boolean } = {}): Chain | null {
		const pieces = this.readPieces(profileId);
		return pieces.length === 0 ? null : assembleChain(pieces, options);
	}

	/** The same, and which device each touchpoint lies on. */
	readPerson(profileId: string, options: { bots?: boolean } = {}): { chain: Chain; devices: Devices } | null {
		const rows = this.sql.all<{ stream: string; detail: ArrayBuffer }>(
			"SELECT stream, detail FROM pieces WHERE profile = ? ORDER BY stream, win",
			profileId,
		);
		if (rows.length === 0) return null;
		const devices: Devices = {};
		const pieces = unpackDetails(rows.map(({ detail }) => detail)).map(readDetail);
		for (const [index, piece] of pieces.entries()) addDevices(devices, rows[index]?.stream ?? "", piece);
		return { chain: assembleChain(pieces, options), devices };
	}

	/** Whole profiles after `after`, ascending, out of the next `limit` pieces (one profile at least); empty at the end. */
	piecesAfter(after: string, limit: number): { profileId: string; pieces: Piece[] }[] {
		return this.storedAfter(after, limit).map(({ profileId, details }) => {
			return { profileId, pieces: details.map(readDetail) };
		});
	}

	/** The same as they lie: columns that analyses read, and details as `readDetail` takes them. */
	storedAfter(after: string, limit: number): StoredProfile[] {
		const profiles = this.rowsAfter<{ path: string | ArrayBuffer; detail: ArrayBuffer }>("path, detail", after, limit);
		const details = unpackDetails(profiles.flatMap(({ rows }) => rows.map(({ detail }) => detail)));
		let at = 0;
		return profiles.map(({ profileId, rows }) => {
			const own = details.slice(at, at + rows.length);
			at += rows.length;
			return { profileId, paths: () => rows.map(({ path }) => loadPath(path)), details: own };
		});
	}

	/** The same in columns as analyses read them. */
	pathsAfter(after: string, limit: number): { profileId: string; paths: StoredPath[] }[] {
		return this.rowsAfter<{ path: string | ArrayBuffer }>("path", after, limit).map(({ profileId, rows }) => {
			return { profileId, paths: rows.map(({ path }) => loadPath(path)) };
		});
	}

	private rowsAfter<Row extends SqlRow>(columns: string, after: string, limit: number) {
		type WithProfile = Row & { profile: string };
		const rows = this.sql.all<WithProfile>(
			`SELECT profile, ${columns} FROM pieces WHERE profile > ? ORDER BY profile, stream, win LIMIT ?`,
			after,
			limit,
		);
		const profiles: { profileId: string; rows: WithProfile[] }[] = [];
		for (const row of rows) {
			const last = profiles.at(-1);
			if (last?.profileId === row.profile) last.rows.push(row);
			else profiles.push({ profileId: row.profile, rows: [row] });
		}
		const last = profiles.at(-1);
		if (rows.length === limit && last !== undefined) {
			// The last one may go on beyond the page.
			if (profiles.length > 1) profiles.pop();
			else {
				const own = `SELECT profile, ${columns} FROM pieces WHERE profile = ? ORDER BY stream, win`;
				last.rows = this.sql.all<WithProfile>(own, last.profileId);
			}
		}
		return profiles;
	}

	/** What changed after `seq`, at most `limit` messages. */
	changesAfter(seq: number, limit: number): { seq: number; profiles: string[] }[] {
		return this.sql
			.all<{ seq: number; profiles: string }>(
				"SELECT seq, profiles FROM changes WHERE seq > ? ORDER BY seq LIMIT ?",
				seq,
				limit,
			)
			.map((row) => ({ seq: row.seq, profiles: JSON.parse(row.profiles) as string[] }));
	}

	/** The first number after which every change is still kept; a feed that stands before it has a gap. */
	firstChange(): number {
		const [row] = this.sql.all<{ seq: number | null }>("SELECT min(seq) AS seq FROM changes");
		return (row?.seq ?? 1) - 1;
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
