/**
 * The rows of pieces as readers of many people, or of one with very much, want them: some at a time, so that what is
 * held at once has a bound. Whoever has more than {@link LongLimits} is told of as long, and comes without his pieces.
 */
import type { Piece } from "../../model.ts";
import type { Sql } from "../ports.ts";
import { KeySlots } from "../sealing/key-slots.ts";
import { unpackDetails } from "./detail-codec.ts";
import type { StoredPiece } from "./piece-block.ts";
import { PieceBlocks } from "./piece-blocks.ts";
import { PLACE_MAX, rangeOfProfile } from "./piece-place.ts";
import type { StoredPieces } from "./read-lines.ts";
import { readDetail } from "./stored-detail.ts";
import { loadPath, type StoredPath } from "./stored-path.ts";

/** A profile's pieces in the order of their streams and windows; paths are parsed when asked for. */
export interface StoredProfile extends StoredPieces {
	profileId: string;
	details: Uint8Array[];
}

/** Too much to be held: to be read by {@link LongChain}. */
export interface LongProfile {
	profileId: string;
	details: null;
}

/** Ms; from inclusive, to exclusive; absent: no bound. */
export interface Span {
	from?: number;
	to?: number;
}

/** Bounds of what is held of one person; tests play with smaller ones. */
export interface LongLimits {
	/** Packed details of one person, bytes. Whoever has more is long, and his chain is walked. */
	longBytes: number;
	/** Touchpoints of a long chain whose pieces are opened at once; one piece's more at most. */
	openTouches: number;
}

/** The first are a few thousand touchpoints, which take ten times as much once unpacked. */
export const LONG_LIMITS: LongLimits = { longBytes: 256 * 1024, openTouches: 1_000 };
/** Packed details that are unpacked at once, bytes; one person's more at most. */
const UNPACKED_BYTES = 256 * 1024;
interface Wanted {
	span?: Span;
	/** Of the details of one profile that are to be held; absent: only paths are. */
	bytesMax?: number;
}

/** What one profile has. */
interface ProfileRows {
	profileId: string;
	/** By stream and window; null where they are more than was to be held. */
	rows: StoredPiece[] | null;
}

export class PieceReader {
	readonly keys: KeySlots;
	readonly blocks: PieceBlocks;
	readonly limits: LongLimits;

	constructor(sql: Sql, limits = LONG_LIMITS) {
		this.blocks = new PieceBlocks(sql);
		this.keys = new KeySlots(sql);
		this.limits = limits;
	}

	/** Ids of whole profiles, as {@link piecesAfter} gives them. */
	profilesAfter(after: string, limit: number): string[] {
		return [...this.rowsAfter(after, limit, { bytesMax: 0 })].map(({ profileId }) => profileId);
	}

	/**
	 * Whole profiles after `after`, ascending, out of the next `limit` pieces (one profile at least); none at the end.
	 *
	 * @param span a profile without any event in it comes without pieces, which are not opened
	 * @returns pieces are null where the profile is long
	 */
	*piecesAfter(
		after: string,
		limit: number,
		span: Span = {},
	): Generator<{ profileId: string; pieces: Piece[] | null }> {
		for (const { profileId, details } of this.storedAfter(after, limit, span)) {
			yield { profileId, pieces: details?.map(readDetail) ?? null };
		}
	}

	/** The same as they lie: columns that analyses read, and details as `readDetail` takes them. */
	*storedAfter(after: string, limit: number, span: Span = {}): Generator<StoredProfile | LongProfile> {
		let group: { profileId: string; rows: StoredPiece[] }[] = [];
		let bytes = 0;
		for (const { profileId, rows } of this.rowsAfter(after, limit, { span, bytesMax: this.limits.longBytes })) {
			const own = rows === null ? 0 : detailBytes(rows);
			if (rows === null || bytes + own > UNPACKED_BYTES) {
				yield* this.unpack(group);
				group = [];
				bytes = 0;
			}
			if (rows === null) yield { profileId, details: null };
			else {
				group.push({ profileId, rows });
				bytes += own;
			}
		}
		yield* this.unpack(group);
	}

	private *unpack(group: readonly { profileId: string; rows: StoredPiece[] }[]): Generator<StoredProfile> {
		const details = this.openDetails(group.flatMap(({ rows }) => rows));
		let at = 0;
		for (const { profileId, rows } of group) {
			const own = details.slice(at, at + rows.length);
			at += rows.length;
			let paths: StoredPath[] | undefined;
			// Opened where they lie, and so but once.
			yield { profileId, paths: () => (paths ??= rows.map((row) => this.openPath(row))), details: own };
		}
	}

	/** The same in columns as analyses read them. */
	pathsAfter(after: string, limit: number, span: Span = {}): { profileId: string; paths: StoredPath[] }[] {
		return Array.from(this.rowsAfter(after, limit, { span }), ({ profileId, rows }) => {
			return { profileId, paths: (rows ?? []).map((row) => this.openPath(row)) };
		});
	}

	/** Whether a profile has too much to be held. */
	isLong(profile: string): boolean {
		let bytes = 0;
		for (const { detail } of this.ofProfile(profile)) {
			bytes += detail.byteLength;
			if (bytes > this.limits.longBytes) return true;
		}
		return false;
	}

	/** One profile's, as they lie: each with the number of its piece. */
	*pathsOf(profile: string): Generator<{ id: number; stream: string; path: StoredPath }> {
		for (const row of this.ofProfile(profile)) yield { id: row.id, stream: row.stream, path: this.openPath(row) };
	}

	/** @param ids numbers of pieces that are there @returns in their order, as `readDetail` takes them */
	detailsAt(ids: readonly number[]): Uint8Array[] {
		const found = new Map<number, StoredPiece>();
		for (const id of ids) {
			if (found.has(id)) continue;
			for (const row of this.blocks.around(id)) found.set(row.id, row);
		}
		return this.openDetails(ids.map((id) => found.get(id) as StoredPiece));
	}

	protected *ofProfile(profile: string): Generator<StoredPiece> {
		for (const row of this.blocks.within(rangeOfProfile(profile))) if (row.profile === profile) yield row;
	}

	protected openPath({ slot, path }: StoredPiece): StoredPath {
		return loadPath(this.keys.openInPlace(slot, path));
	}

	protected openDetails(rows: readonly StoredPiece[]): Uint8Array[] {
		return unpackDetails(
			rows.map((names) => ({ names, packed: this.keys.openSecondInPlace(names.slot, names.path, names.detail) })),
		);
	}

	private *rowsAfter(after: string, limit: number, wanted: Wanted): Generator<ProfileRows> {
		const { from, to } = rangeOfProfile(after);
		let count = 0;
		/** Of profiles that lie among each other: their ids begin alike. */
		let mixed = new Map<string, OpenProfile>();
		let end = -1;
		for (const row of this.blocks.within({ from, to: PLACE_MAX })) {
			if (row.id <= to && row.profile <= after) continue;
			if (row.id > end) {
				yield* closeAll(mixed);
				mixed = new Map();
				if (count >= limit) return;
				end = rangeOfProfile(row.profile).to;
			}
			count++;
			const known = mixed.get(row.profile);
			const profile = known ?? new OpenProfile(row.profile, wanted);
			if (known === undefined) mixed.set(row.profile, profile);
			profile.add(row);
		}
		yield* closeAll(mixed);
	}
}

/** A profile whose pieces are being met. */
class OpenProfile {
	private readonly profileId: string;
	private readonly wanted: Wanted;
	private rows: StoredPiece[] | null = [];
	private bytes = 0;
	private isMet = false;

	constructor(profileId: string, wanted: Wanted) {
		this.profileId = profileId;
		this.wanted = wanted;
	}

	add(row: StoredPiece): void {
		const { span: { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = {}, bytesMax } = this.wanted;
		this.isMet ||= row.firstAt < to && row.lastAt >= from;
		this.bytes += row.detail.byteLength;
		// A copy of its own, so that the details beside it need not be held.
		if (bytesMax === undefined) this.rows?.push({ ...row, path: row.path.slice(), detail: NOTHING });
		else if (this.bytes > bytesMax) this.rows = null;
		else this.rows?.push(row);
	}

	close(): ProfileRows {
		return { profileId: this.profileId, rows: this.isMet ? (this.rows?.sort(byStreamAndWindow) ?? null) : [] };
	}
}

const NOTHING = new Uint8Array();

function closeAll(profiles: ReadonlyMap<string, OpenProfile>): ProfileRows[] {
	return [...profiles].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, profile]) => profile.close());
}

function detailBytes(rows: readonly StoredPiece[]): number {
	return rows.reduce((sum, { detail }) => sum + detail.byteLength, 0);
}

type Place = Pick<StoredPiece, "stream" | "window">;

export function byStreamAndWindow(a: Place, b: Place): number {
	if (a.stream !== b.stream) return a.stream < b.stream ? -1 : 1;
	return a.window - b.window;
}
