/** Heads of form 4 are found where heads lie now. */
import { describe, expect, it } from "vitest";
import { keepForm } from "../../collector/store/form.ts";
import { bringHeadsOver } from "../../collector/store/stream-shard/form-4-heads.ts";
import { HeadStore } from "../../collector/store/stream-shard/head-store.ts";
import { STREAM_LIMITS } from "../../collector/store/stream-shard/limits.ts";
import { STREAM_SHARD_SCHEMA } from "../../collector/store/stream-shard/schema.ts";
import { ShardRows } from "../../collector/store/stream-shard/shard-rows.ts";
import { Disk } from "../simulator/sqlite.ts";

const HEADS_BEFORE = `CREATE TABLE heads (
	stream TEXT NOT NULL, page INTEGER NOT NULL, part INTEGER NOT NULL, slot INTEGER NOT NULL, due INTEGER, body BLOB NOT NULL,
	PRIMARY KEY (stream, page, part)
) WITHOUT ROWID`;

describe("a stream shard of form 4", () => {
	it("has its heads, their further pages and what goes from stream to stream brought over", () => {
		const sql = new Disk().port({ name: "one", isStopped: false });
		for (const statement of [...STREAM_SHARD_SCHEMA, "DROP TABLE heads", "DROP TABLE head_pages", HEADS_BEFORE])
			sql.all(statement);
		sql.all("CREATE TABLE form (number INTEGER PRIMARY KEY)");
		sql.all("INSERT INTO form (number) VALUES (4)");
		const streams = Array.from({ length: 1_200 }, (_, n) => `anonymousId=${n}`);
		for (const [slot, stream] of streams.entries()) {
			sql.all(
				"INSERT INTO heads VALUES (?, 0, 0, ?, ?, ?)",
				stream,
				slot,
				slot % 2 === 0 ? null : slot,
				new Uint8Array([slot % 251]),
			);
		}
		for (const part of [0, 1]) sql.all("INSERT INTO heads VALUES ('anonymousId=7', 2, ?, 7, NULL, x'00')", part);
		sql.all("INSERT INTO meta (key, value) VALUES ('refold', 'anonymousId=5'), ('aging', '{}')");

		keepForm(sql, "log", () => bringHeadsOver(sql));
		keepForm(sql, "log", () => {
			throw new Error("brought over twice");
		});

		const rows = new ShardRows(sql);
		const found: string[] = [];
		for (let page = rows.streamsAfter("", 100); page.length > 0; page = rows.streamsAfter(page.at(-1) as string, 100))
			found.push(...page);
		expect(found.toSorted()).toEqual(streams.toSorted());
		expect(streams.map((stream) => rows.keys.find(stream))).toEqual([...streams.keys()]);
		expect(sql.all("SELECT page, part FROM head_pages")).toEqual([
			{ page: 2, part: 0 },
			{ page: 2, part: 1 },
		]);
		expect(new HeadStore(sql, rows.keys, STREAM_LIMITS).agedAfter("", 11, 2_000, 100).streams.toSorted()).toEqual(
			["1", "11", "3", "5", "7", "9"].map((n) => `anonymousId=${n}`),
		);
		expect(rows.meta("refold")).toBe("");
		expect(rows.aging().after).toBe(null);
		expect(sql.all("SELECT name FROM sqlite_master WHERE name = 'heads_before'")).toEqual([]);
	});
});
