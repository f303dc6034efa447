/** Pieces of form 5 are found where pieces lie now, under the keys that they had. */
import { createHash } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { expect, it } from "vitest";
import type { Piece } from "../../collector/model.ts";
import { ByteWriter } from "../../collector/store/compact-bytes.ts";
import { DETAIL_WORDS_BEFORE } from "../../collector/store/profile-shard/detail-words.ts";
import { rangeOfPiece } from "../../collector/store/profile-shard/piece-place.ts";
import { ProfileShard } from "../../collector/store/profile-shard/profile-shard.ts";
import { PROFILE_SHARD_SCHEMA } from "../../collector/store/profile-shard/schema.ts";
import { writeDetail } from "../../collector/store/profile-shard/stored-detail.ts";
import { storePath } from "../../collector/store/profile-shard/stored-path.ts";
import { KeySlots } from "../../collector/store/sealing/key-slots.ts";
import { shorten } from "../../collector/store/shorthand.ts";
import { Disk } from "../simulator/sqlite.ts";
import { foldAll, happens } from "./journey-scene.ts";

const PIECES_BEFORE = `CREATE TABLE pieces (
	id INTEGER PRIMARY KEY, profile TEXT NOT NULL, stream TEXT NOT NULL, win INTEGER NOT NULL, first_at INTEGER NOT NULL,
	last_at INTEGER NOT NULL, slot INTEGER NOT NULL, path BLOB NOT NULL, detail BLOB NOT NULL
)`;

/** As form 5 packed it. */
function packDetailBefore(text: string): Uint8Array {
	const ids = new ByteWriter();
	const short = new TextEncoder().encode(shorten(text, ids));
	const packed = new ByteWriter();
	packed.number(2);
	packed.number(short.byteLength);
	packed.bytes(ids.finish());
	packed.append(deflateRawSync(short, { level: 6, dictionary: DETAIL_WORDS_BEFORE, finishFlush: 2 }));
	return packed.finish();
}

it.each([4, 5])("brings the pieces of form %i over, and does so once", (form) => {
	const disk = new Disk();
	const sql = disk.port({ name: "one", isStopped: false });
	for (const statement of [...PROFILE_SHARD_SCHEMA, "DROP TABLE piece_blocks", PIECES_BEFORE]) sql.all(statement);
	sql.all("CREATE TABLE form (number INTEGER PRIMARY KEY)");
	sql.all("INSERT INTO form (number) VALUES (?)", form);
	const keys = new KeySlots(sql);
	const pieces = new Map<string, Piece>();
	for (let n = 0; n < 1_200; n++) {
		const profile = createHash("sha256").update(String(n)).digest("base64url").slice(0, 22);
		const [piece] = foldAll([happens({ type: "page" }, { owner: profile, id: `m-${n}` })]) as [Piece];
		const slot = keys.take();
		sql.all(
			"INSERT INTO pieces VALUES (?, ?, 's', 1, ?, ?, ?, ?, ?)",
			rangeOfPiece(profile, "s", 1).from,
			profile,
			piece.firstAt,
			piece.lastAt,
			slot,
			keys.seal(slot, storePath(piece)),
			keys.seal(slot, packDetailBefore(writeDetail(piece))),
		);
		pieces.set(profile, piece);
	}
	for (let life = 0; life < 2; life++) {
		const shard = new ProfileShard(sql, () => 0);
		expect(shard.profilesAfter("", 2_000)).toEqual([...pieces.keys()].sort());
		for (const [profile, piece] of pieces) expect(shard.readPieces(profile)).toEqual([piece]);
	}
	expect(sql.all("SELECT name FROM sqlite_master WHERE name = 'pieces'")).toEqual([]);
	expect(sql.all("SELECT number FROM form")).toEqual([{ number: 6 }]);
});
