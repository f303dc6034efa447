/** A profile shard of form 5 goes on with the receipts that it kept, and tells of the changes that it had. */
import { expect, it } from "vitest";
import { ProfileShard } from "../../collector/store/profile-shard/profile-shard.ts";
import { PROFILE_SHARD_SCHEMA } from "../../collector/store/profile-shard/schema.ts";
import { Disk } from "../simulator/sqlite.ts";
import { foldAll, happens, START } from "./journey-scene.ts";

it("takes the next message of each sender and none that it had", async () => {
	const disk = new Disk();
	const port = () => disk.port({ name: "object", isStopped: false });
	const sql = port();
	for (const statement of [...PROFILE_SHARD_SCHEMA, "DROP TABLE changes"]) sql.all(statement);
	sql.all("CREATE TABLE changes (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, profiles TEXT NOT NULL)");
	sql.all("INSERT INTO changes (at, profiles) VALUES (?, ?)", START, '["ada"]');
	sql.all("INSERT INTO inbox (sender, number, token) VALUES ('stream/0', 7, 'before')");
	sql.all("CREATE TABLE form (number INTEGER PRIMARY KEY)");
	sql.all("INSERT INTO form (number) VALUES (5)");

	let shard = new ProfileShard(port(), () => START, undefined, undefined, 3);
	const send = (from: string, number: number) => {
		const pieces = foldAll([happens({ type: "page" }, { owner: `${from} ${number}`, id: `m${number}` })]);
		const body = { windows: [{ stream: from, window: number, pieces, was: [] }], erased: [] };
		return shard.acceptPieces({ from, number, token: `token ${number}`, body });
	};
	expect(await send("stream/0", 7)).toEqual({ number: 7, token: "before" });
	expect(await send("stream/1", 1)).toEqual({ number: 1, token: "token 1" });
	for (let number = 8; number < 14; number++) {
		expect(await send("stream/0", number)).toEqual({ number, token: `token ${number}` });
		shard = new ProfileShard(port(), () => START, undefined, undefined, 3);
		expect(await send("stream/0", number)).toEqual({ number, token: `token ${number}` });
		expect(await send("stream/1", 1)).toEqual({ number: 1, token: "token 1" });
	}
	expect(shard.changesAfter(0, 100).map(({ profiles }) => profiles)).toEqual([
		["ada"],
		["stream/1 1"],
		...[8, 9, 10, 11, 12, 13].map((number) => [`stream/0 ${number}`]),
	]);
});
