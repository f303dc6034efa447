/** Pieces lie where their names say, in the order of profiles, and whoever else lies there is told apart. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Piece } from "../../collector/model.ts";
import {
	PLACE_MAX,
	PLACES,
	rangeOfPiece,
	rangeOfProfile,
	rangeOfStream,
} from "../../collector/store/profile-shard/piece-place.ts";
import { PieceRows } from "../../collector/store/profile-shard/piece-rows.ts";
import { PROFILE_SHARD_SCHEMA } from "../../collector/store/profile-shard/schema.ts";
import { Disk } from "../simulator/sqlite.ts";

const WINDOWS_MAX = 2 ** 20;

function openRows() {
	const sql = new Disk().port({ name: "one", isStopped: false });
	for (const statement of PROFILE_SHARD_SCHEMA) sql.all(statement);
	return new PieceRows(sql);
}

function piece(profileId: string, events: number): Piece {
	const empty = { touchpoints: [], viewIds: [], viewRevs: [], entries: [], parts: [], identities: [], traits: [] };
	return { profileId, ...empty, events, firstAt: 1, lastAt: 2 } as unknown as Piece;
}

const id = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);
const name = fc.oneof(
	id,
	id.map((text) => text.slice(0, 6)),
	fc.string(),
);

describe("the place of a piece", () => {
	it("is within what its stream and its profile have, and before those of every greater profile", () => {
		fc.assert(
			fc.property(name, name, name, fc.nat(WINDOWS_MAX * 2), (a, b, stream, window) => {
				const [profile, other] = [rangeOfProfile(a), rangeOfProfile(b)];
				const [own, place] = [rangeOfStream(a, stream), rangeOfPiece(a, stream, window)];
				expect(profile.from <= own.from && own.to <= profile.to).toBe(true);
				expect(own.from <= place.from && place.to <= own.to).toBe(true);
				expect(Number.isSafeInteger(profile.to)).toBe(true);
				if (a < b) expect(profile.from).toBeLessThanOrEqual(other.from);
			}),
			{ numRuns: 2000 },
		);
	});

	it("is another for each window of a stream", () => {
		const places = new Set(Array.from({ length: 65_535 }, (_, window) => rangeOfPiece("p", "s", window).from));
		expect(places.size).toBe(65_535);
		expect(rangeOfPiece("p", "s", 65_535)).toEqual(rangeOfPiece("p", "s", 0));
	});
});

describe("pieces on one place", () => {
	const takenBy = (rows: PieceRows, at: number) => {
		const place = { id: at, profile: "else", stream: "s", window: 1, firstAt: 0, lastAt: 0, slot: 9 };
		rows.put(place, new Uint8Array(1), new Uint8Array(1));
	};
	const stored = (rows: PieceRows) =>
		[...rows.blocks.within({ from: 0, to: PLACE_MAX })].map(({ id, profile }) => ({ id, profile }));

	it("lie side by side, and are read, replaced and dropped each for itself", () => {
		const rows = openRows();
		const { from } = rangeOfPiece("p", "s", 1);
		takenBy(rows, from);
		rows.save("s", 1, piece("p", 1));
		rows.save("s", 1, piece("p", 2));
		expect(stored(rows)).toEqual([
			{ id: from, profile: "else" },
			{ id: from + 1, profile: "p" },
		]);
		expect(rows.of("p").map((one) => one.piece.events)).toEqual([2]);
		// A place that falls free before it does not hide it.
		rows.blocks.remove(from);
		rows.save("s", 1, piece("p", 3));
		expect(rows.of("p").map((one) => one.piece.events)).toEqual([3]);
		rows.drop("p", "s", 1);
		expect(rows.of("p")).toEqual([]);
	});

	it("are refused where every place is taken, and nothing is overwritten", () => {
		const rows = openRows();
		const { from } = rangeOfPiece("p", "s", 1);
		for (let at = from; at < from + PLACES - 1; at++) takenBy(rows, at);
		rows.save("s", 1, piece("p", 1));
		expect(rows.of("p")).toHaveLength(1);
		rows.drop("p", "s", 1);
		takenBy(rows, from + PLACES - 1);
		expect(() => rows.save("s", 1, piece("p", 1))).toThrow("no place");
	});
});

describe("pages of profiles", () => {
	it("give each profile once, whole and ascending, however small the page and alike the ids", () => {
		const rows = openRows();
		const profiles = ["AAAAA", "AAAAAb", "AAAAAa", "AAAAAB", "zz", "-x", "_", "0", "AAAAB"];
		for (const [n, profile] of profiles.entries()) {
			for (const stream of ["t", "s"])
				for (let window = 3; window > 0; window--) rows.save(stream, window, piece(profile, n));
		}
		const wanted = profiles.map((profile, n) => ({ profile, events: [n, n, n, n, n, n] }));
		wanted.sort((a, b) => (a.profile < b.profile ? -1 : 1));
		for (const limit of [1, 2, 5, 6, 7, 24, 1000]) {
			const read: typeof wanted = [];
			for (let after = ""; ; ) {
				const page = [...rows.piecesAfter(after, limit)];
				if (page.length === 0) break;
				for (const { profileId, pieces } of page)
					read.push({ profile: profileId, events: (pieces ?? []).map((one) => one.events) });
				after = read.at(-1)?.profile ?? "";
			}
			expect(read).toEqual(wanted);
		}
		expect(rows.of("AAAAA").map(({ stream }) => stream)).toEqual(["s", "s", "s", "t", "t", "t"]);
	});
});
