/**
 * A profile shard: whole chains of the profiles that fall to it, as replaceable pieces. It derives
 * nothing and asks nobody; reading a chain is one call.
 */
import { assembleChain, type Chain, lightenTouchpoint, shortenChain } from "../../journey/index.ts";
import type { Piece, Touchpoint } from "../../model.ts";
import { addDevices, type Devices } from "../devices.ts";
import { keepForm } from "../form.ts";
import { type Envelope, type Receipt, receive } from "../links.ts";
import type { PiecesBody, ProfileDoor } from "../messages.ts";
import type { Sql } from "../ports.ts";
import { forgetOnRollback } from "../sealing/key-slots.ts";
import { bringChangesOver, ChangeLog, RECEIPTS_EVERY } from "./change-log.ts";
import { bringPiecesOver } from "./form-5-pieces.ts";
import { LongChain } from "./long-chain.ts";
import { LONG_LIMITS } from "./piece-reader.ts";
import { PieceRows } from "./piece-rows.ts";
import { PROFILE_SHARD_SCHEMA } from "./schema.ts";
import { TWIN_COUNT_LIMITS, TwinCount, type TwinCountLimits } from "./twin-count.ts";
import { type WebhookCounts, WebhookOutbox } from "./webhook-outbox.ts";

/** How long the change feed tells of a change. */
export const CHANGES_AGE_MS = 30 * 24 * 3600_000;

export class ProfileShard implements ProfileDoor {
	readonly pieces: PieceRows;
	private readonly sql: Sql;
	private readonly now: () => number;
	readonly webhooks: WebhookOutbox;
	readonly twins: TwinCount;
	private readonly changeLog: ChangeLog;
	changes = 0;
	private walked: { profileId: string; bots: boolean; writes: number; chain: LongChain } | undefined;

	constructor(
		sql: Sql,
		now: () => number,
		twinLimits: TwinCountLimits = TWIN_COUNT_LIMITS,
		longLimits = LONG_LIMITS,
		receiptsEvery = RECEIPTS_EVERY,
	) {
		this.pieces = new PieceRows(sql, longLimits);
		this.changeLog = new ChangeLog(sql, now, receiptsEvery);
		const forget = () => {
			this.pieces.keys.forget();
			this.changeLog.forget();
		};
		this.sql = forgetOnRollback(sql, { forget });
		this.now = now;
		keepForm(sql, "changes", () => bringChangesOver(sql));
		bringPiecesOver(this.sql, this.pieces);
		for (const statement of PROFILE_SHARD_SCHEMA) this.sql.all(statement);
		this.webhooks = new WebhookOutbox(sql);
		this.twins = new TwinCount(this.sql, this.pieces, twinLimits);
	}

	async acceptPieces(envelope: Envelope<PiecesBody>): Promise<Receipt> {
		let hasChanged = false;
		const apply = ({ windows, erased }: PiecesBody) => {
			const changed = new Set<string>();
			this.pieces.edit(() => {
				for (const { stream, window, pieces, was } of windows) {
					const stay = new Set(pieces.map(({ profileId }) => profileId));
					for (const profile of was) {
						if (stay.has(profile)) continue;
						changed.add(profile);
						this.pieces.drop(profile, stream, window);
					}
					for (const piece of pieces) {
						changed.add(piece.profileId);
						this.pieces.save(stream, window, piece);
						this.webhooks.note(piece, this.now());
					}
				}
				for (const { stream, profiles } of erased) for (const profile of profiles) this.pieces.renew(profile, stream);
			});
			this.changeLog.note([...changed]);
			hasChanged = changed.size > 0;
			this.changes++;
		};
		const receipt = receive(this.sql, envelope, apply, this.changeLog);
		if (hasChanged) this.dropOldChanges();
		return receipt;
	}

	/** The count of twins must have seen what goes. */
	private dropOldChanges(): void {
		// The first that stays, so that those that stay are not read.
		const [row] = this.sql.all<{ seq: number }>(
			"SELECT seq FROM changes WHERE at >= ? ORDER BY seq LIMIT 1",
			this.now() - CHANGES_AGE_MS,
		);
		if (row === undefined) return;
		this.twins.countUntil(row.seq);
		this.sql.transaction(() => this.changeLog.dropBefore(Math.min(row.seq, this.twins.countedSeq + 1)));
	}

	/** Ids of some profiles after `after`, ascending, `limit` at most but for one; none at the end. */
	profilesAfter(after: string, limit: number): string[] {
		return this.pieces.profilesAfter(after, limit);
	}

	/** A profile's pieces; none when it has none here. */
	readPieces(profileId: string): Piece[] {
		return this.pieces.of(profileId).map(({ piece }) => piece);
	}

	/** The touchpoints of a profile's chain; of a long one only what the packed columns hold, if that is enough. */
	readTouchpoints(profileId: string, bots: boolean, isLight: boolean): Touchpoint[] {
		if (!this.pieces.isLong(profileId)) return assembleChain(this.readPieces(profileId), { bots }).touchpoints;
		const touchpoints: Touchpoint[] = [];
		for (const one of new LongChain(this.pieces, profileId, bots).touchpoints()) {
			touchpoints.push(isLight ? lightenTouchpoint(one) : one);
		}
		return touchpoints;
	}

	/** To be walked: kept until {@link endWalk}, since its next page is mostly asked for next. */
	walkLong(profileId: string, bots: boolean): LongChain {
		const { writes } = this.pieces;
		const { walked } = this;
		if (walked?.profileId === profileId && walked.bots === bots && walked.writes === writes) return walked.chain;
		this.walked = undefined;
		const chain = new LongChain(this.pieces, profileId, bots);
		this.walked = { profileId, bots, writes, chain };
		return chain;
	}

	endWalk(): void {
		this.walked = undefined;
	}

	/** The whole chain; null when the profile has no piece here. */
	readChain(profileId: string, options: { bots?: boolean } = {}): Chain | null {
		const pieces = this.readPieces(profileId);
		return pieces.length === 0 ? null : assembleChain(pieces, options);
	}

	/** The same, and which device each touchpoint lies on; a long chain as far as `shortenChain` gives it. */
	readPerson(profileId: string, options: { bots?: boolean } = {}): { chain: Chain; devices: Devices } | null {
		if (this.pieces.isLong(profileId)) return this.readLongPerson(profileId, options.bots ?? true);
		const rows = this.pieces.of(profileId);
		if (rows.length === 0) return null;
		const devices: Devices = {};
		for (const { stream, piece } of rows) addDevices(devices, stream, piece);
		const pieces = rows.map(({ piece }) => piece);
		return { chain: assembleChain(pieces, options), devices };
	}

	private readLongPerson(profileId: string, bots: boolean): { chain: Chain; devices: Devices } {
		const walked = new LongChain(this.pieces, profileId, bots);
		const chain = shortenChain(walked);
		const devices: Devices = {};
		let left = chain.touchpoints.length;
		const note = (stream: string, touchpoints: readonly Touchpoint[]) => addDevices(devices, stream, { touchpoints });
		for (const _ of walked.touchpoints(undefined, note)) if (--left <= 0) break;
		return { chain, devices };
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

	/** Whether a profile is among the changes after `seq` up to `until`. */
	changesAgain(profileId: string, seq: number, until: number): boolean {
		const [row] = this.sql.all(
			"SELECT seq FROM changes WHERE seq > ? AND seq <= ? AND instr(profiles, ?) LIMIT 1",
			seq,
			until,
			JSON.stringify(profileId),
		);
		return row !== undefined;
	}

	/** The first number after which every change is still kept; a feed that stands before it has a gap. */
	firstChange(): number {
		return (this.changeLog.firstSeq() ?? 1) - 1;
	}

	lastChange(): number {
		return this.changeLog.lastSeq();
	}

	status(): ProfileShardStatus {
		this.twins.countUntil();
		return {
			pending: 0,
			changes: this.changes,
			databaseBytes: this.sql.databaseBytes,
			rowsRead: this.sql.counters.rowsRead,
			rowsWritten: this.sql.counters.rowsWritten,
			lastError: this.twins.lastError,
			sameMessageIds: this.twins.total(),
			webhooks: this.webhooks.counts(),
		};
	}
}

export interface ProfileShardStatus {
	pending: 0;
	changes: number;
	databaseBytes: number;
	rowsRead: number;
	rowsWritten: number;
	lastError: string | null;
	/** Contacts that chains leave out for one of the same messageId from another stream. */
	sameMessageIds: number;
	webhooks: WebhookCounts;
}
