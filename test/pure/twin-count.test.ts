/** Status counts the contacts that chains leave out for one of the same messageId, over whatever changed since. */
import { beforeEach, expect, it } from "vitest";
import { decodeBlock, encodeBlock } from "../../collector/store/profile-shard/piece-block.ts";
import { CHANGES_AGE_MS, ProfileShard } from "../../collector/store/profile-shard/profile-shard.ts";
import { Disk } from "../simulator/sqlite.ts";
import { foldAll, happens, START } from "./journey-scene.ts";

const LIMITS = { countedMax: 5, unwrittenMax: 100 };

let now: number;
let number: number;
let disk: Disk;
let shard: ProfileShard;

const wake = () => new ProfileShard(disk.port({ name: "object", isStopped: false }), () => now, LIMITS);

beforeEach(() => {
	now = START;
	number = 0;
	disk = new Disk();
	shard = wake();
});

/** A stream's window holds a contact of the person now, and nothing of those it was of. */
async function change(stream: string, messageId: string, owner: string | null, was: string[] = []): Promise<void> {
	const pieces = owner === null ? [] : foldAll([happens({ type: "page" }, { owner, id: messageId })]);
	number++;
	const body = { windows: [{ stream, window: 1, pieces, was }], erased: [] };
	await shard.acceptPieces({ from: "stream/0", number, token: String(number), body } as never);
}

const counted = () => shard.status().sameMessageIds;

it("counts one messageId in two streams of one person once for each that is left out, and not that of two people", async () => {
	await change("phone", "m", "ada");
	await change("laptop", "m", "ben");
	await change("laptop-2", "n", "ada");
	expect(counted()).toBe(0);
	await change("tablet", "m", "ada");
	expect(counted()).toBe(1);
	await change("tv", "m", "ada");
	expect(counted()).toBe(2);
});

it("counts down when people are parted, and when they are erased", async () => {
	await change("phone", "m", "ada");
	await change("tablet", "m", "ada");
	expect(counted()).toBe(1);
	await change("tablet", "m", "ben", ["ada"]);
	expect(counted()).toBe(0);
	await change("tablet", "m", "ada", ["ben"]);
	expect(counted()).toBe(1);
	await change("phone", "m", null, ["ada"]);
	await change("tablet", "m", null, ["ada"]);
	expect(counted()).toBe(0);
});

it("goes on in the next answer where more has changed than one may look at, and after a sleep", async () => {
	for (let person = 0; person < 12; person++) {
		await change(`phone-${person}`, "m", `person-${person}`);
		await change(`tablet-${person}`, "m", `person-${person}`);
	}
	const first = counted();
	expect(first).toBeGreaterThan(0);
	expect(first).toBeLessThan(12);
	shard = wake();
	for (let answer = 0; answer < 12; answer++) shard.status();
	expect(counted()).toBe(12);
});

it("misses nothing that changed longer ago than changes are kept", async () => {
	await change("phone", "m", "ada");
	await change("tablet", "m", "ada");
	now += CHANGES_AGE_MS + 1;
	await change("tv", "m", "cyd");
	expect(shard.changesAfter(0, 10).map(({ profiles }) => profiles)).toEqual([["cyd"]]);
	expect(counted()).toBe(1);
});

it("writes no row for people without such contacts", async () => {
	disk.countRows();
	await change("phone", "m", "ada");
	await change("tablet", "n", "ada");
	const { rowsWritten } = shard.status();
	expect(rowsWritten).toBeGreaterThan(0);
	expect(shard.status().rowsWritten).toBe(rowsWritten);
	expect(disk.all("SELECT * FROM twins", [])).toEqual([]);
	expect(disk.all("SELECT * FROM twins_counted", [])).toEqual([]);
});

it("tells of a piece that cannot be read, takes in others all the same, and loses no count once it can be", async () => {
	await change("phone", "m", "ada");
	await change("tablet", "m", "ada");
	const [block] = disk.all<{ body: Uint8Array }>("SELECT body FROM piece_blocks", []);
	const [whole] = decodeBlock(block?.body ?? new Uint8Array());
	if (whole === undefined) throw new Error("nothing is stored");
	const write = (path: Uint8Array) => {
		const [now] = disk.all<{ body: Uint8Array }>("SELECT body FROM piece_blocks", []);
		const pieces = decodeBlock(now?.body ?? new Uint8Array());
		const changed = pieces.map((piece) => (piece.id === whole.id ? { ...piece, path } : piece));
		disk.all("UPDATE piece_blocks SET body = ?", [encodeBlock(changed)]);
	};
	write(new Uint8Array([1, 2, 3]));
	now += CHANGES_AGE_MS + 1;
	await change("tv", "m", "cyd");
	expect(shard.status()).toMatchObject({ sameMessageIds: 0, lastError: expect.any(String) });
	expect(shard.readPieces("cyd")).toHaveLength(1);
	write(whole.path);
	expect(shard.status()).toMatchObject({ sameMessageIds: 1, lastError: null });
});
