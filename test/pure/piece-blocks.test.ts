/** Pieces that share rows are as if each had its own. */
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Piece } from "../../collector/model.ts";
import {
	blockBytes,
	decodeBlock,
	encodeBlock,
	type StoredPiece,
	splitBlock,
} from "../../collector/store/profile-shard/piece-block.ts";
import { PieceRows } from "../../collector/store/profile-shard/piece-rows.ts";
import { PROFILE_SHARD_SCHEMA } from "../../collector/store/profile-shard/schema.ts";
import { Disk } from "../simulator/sqlite.ts";

const hashOf = (text: unknown) => createHash("sha256").update(String(text)).digest("base64url").slice(0, 22);

const name = fc.oneof(fc.string(), fc.nat(3).map(hashOf));
const bytes = fc.uint8Array({ maxLength: 40 });
const stored: fc.Arbitrary<StoredPiece> = fc.record({
	id: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
	profile: name,
	stream: fc.oneof(
		name,
		name.map((text) => `anonymousId=${text}`),
	),
	window: fc.nat(),
	firstAt: fc.integer({ min: 0, max: 2 ** 51 - 1 }),
	lastAt: fc.integer({ min: 0, max: 2 ** 51 - 1 }),
	slot: fc.nat(),
	path: bytes,
	detail: bytes,
});
const block = fc.uniqueArray(stored, { selector: ({ id }) => id }).map((list) => list.sort((a, b) => a.id - b.id));

/** A person's visit, with a text as long as asked for that nothing makes shorter. */
function piece(profileId: string, events: number, chars = 0): Piece {
	let place = "";
	while (place.length < chars) place += hashOf(`${profileId} ${place.length}`);
	const empty = { touchpoints: [], viewIds: [], viewRevs: [], entries: [], parts: [], identities: [], traits: [] };
	return { profileId, ...empty, place, events, firstAt: 1, lastAt: 2 } as unknown as Piece;
}

function openDisk() {
	const disk = new Disk();
	const sql = disk.port({ name: "one", isStopped: false });
	for (const statement of PROFILE_SHARD_SCHEMA) sql.all(statement);
	return { disk, sql, rows: new PieceRows(sql) };
}

describe("a row of pieces", () => {
	it("gives back each as it was", () => {
		fc.assert(fc.property(block, (pieces) => void expect(decodeBlock(encodeBlock(pieces))).toEqual(pieces)));
	});

	it("says names once: a person's next visit takes 16 bytes beside what is sealed", () => {
		const first = { id: 2 ** 52, profile: hashOf(1), stream: `anonymousId=${hashOf(1)}`, window: 1, slot: 700 };
		const times = { firstAt: 1_767_225_600_000, lastAt: 1_767_225_900_000 };
		const content = { path: new Uint8Array(200), detail: new Uint8Array(600) };
		const later = { firstAt: times.firstAt + 86_400_000, lastAt: times.lastAt + 86_400_000 };
		const [one, two] = [
			{ ...first, ...times, ...content },
			{ ...first, id: first.id + 16, window: 2, ...later, ...content },
		];
		const alone = encodeBlock([one]).byteLength;
		expect(alone - 800).toBeLessThanOrEqual(50);
		expect(encodeBlock([one, two]).byteLength - alone - 800).toBeLessThanOrEqual(16);
	});

	it("is cut into parts that have room, in order, and a large piece has its own", () => {
		fc.assert(
			fc.property(fc.array(fc.oneof(fc.nat(800), fc.nat(20_000)), { minLength: 1, maxLength: 40 }), (lengths) => {
				const pieces = lengths.map((length, id) => ({ id, detail: new Uint8Array(length), path: new Uint8Array() }));
				const parts = splitBlock(pieces as unknown as StoredPiece[], 4_000);
				expect(parts.flat()).toEqual(pieces);
				for (const part of parts) expect(part.length === 1 || blockBytes(part) <= 4_000).toBe(true);
			}),
		);
	});
});

describe("pieces in rows of several", () => {
	const edit = fc.record({
		profile: fc.nat(30).map(hashOf),
		stream: fc.constantFrom("s", "t"),
		window: fc.nat(3),
		chars: fc.oneof(fc.nat(2_000), fc.nat(20_000)),
		isDropped: fc.boolean(),
	});

	it("are read as they were saved last, whatever was saved, dropped and sealed anew before", () => {
		fc.assert(
			fc.property(fc.array(fc.array(edit, { maxLength: 12 }), { maxLength: 8 }), (messages) => {
				const { rows } = openDisk();
				const wanted = new Map<string, { profile: string; piece: Piece }>();
				for (const edits of messages) {
					rows.edit(() => {
						for (const [events, { profile, stream, window, chars, isDropped }] of edits.entries()) {
							const key = `${profile} ${stream} ${window}`;
							const one = piece(profile, events, chars);
							if (isDropped) rows.drop(profile, stream, window);
							else rows.save(stream, window, one);
							if (isDropped) wanted.delete(key);
							else wanted.set(key, { profile, piece: one });
						}
						const [first] = edits;
						if (first !== undefined) rows.renew(first.profile, first.stream);
					});
				}
				const found = [...rows.piecesAfter("", 1_000)].flatMap(({ pieces }) => pieces ?? []);
				const sorted = [...wanted].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { piece: one }]) => one);
				expect(found).toEqual(sorted);
			}),
			{ numRuns: 60 },
		);
	});

	it("are one row written for all that a message changes in it, and a tenth more for a message of one each", () => {
		const { disk, sql, rows } = openDisk();
		disk.countRows();
		const written = (work: () => void) => {
			const before = sql.counters.rowsWritten;
			work();
			return sql.counters.rowsWritten - before;
		};
		const people = Array.from({ length: 600 }, (_, n) => hashOf(n));
		const fill = () => {
			for (const person of people) rows.save("s", 1, piece(person, 1, 900));
		};
		// Of 600 pieces, some 80 are where a row is cut; keys take a few more.
		expect(written(fill)).toBeLessThan(720);
		const visits = () => {
			rows.edit(() => {
				for (let window = 2; window < 6; window++) rows.save("s", window, piece(people[0] as string, 1, 900));
			});
		};
		expect(written(visits)).toBeLessThanOrEqual(2);
	});

	it("come apart again where all of a row are dropped", () => {
		const { sql, rows } = openDisk();
		const people = Array.from({ length: 60 }, (_, n) => hashOf(n));
		for (const person of people) rows.save("s", 1, piece(person, 1, 900));
		expect(sql.all("SELECT id FROM piece_blocks").length).toBeGreaterThan(3);
		for (const person of people) rows.drop(person, "s", 1);
		expect(sql.all("SELECT id FROM piece_blocks")).toEqual([{ id: 0 }]);
		expect(rows.profilesAfter("", 100)).toEqual([]);
	});
});
