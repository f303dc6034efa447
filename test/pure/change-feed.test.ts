/** How long the change feed remembers, and what a reader hears who comes later. */

import { expect, it } from "vitest";
import { parseChangeCursor } from "../../collector/routes/change-cursor.ts";
import { CHANGES_AGE_MS, ProfileShard } from "../../collector/store/profile-shard/profile-shard.ts";
import { Disk } from "../simulator/sqlite.ts";
import { foldAll, happens, START } from "./journey-scene.ts";

const DAY_MS = 24 * 3600_000;

it("keeps a change for 30 days, and a cursor from before it is refused with what to do", async () => {
	let now = START;
	const shard = new ProfileShard(new Disk().port({ name: "object", isStopped: false }), () => now);
	let number = 0;
	const change = async (profile: string) => {
		const pieces = foldAll([happens({ type: "page" }, { owner: profile, id: `m${number}` })]);
		const windows = [{ stream: "s", window: 1, pieces, was: [] }];
		number++;
		await shard.acceptPieces({ from: "s", number, token: String(number), body: { windows, erased: [] } } as never);
	};
	const ask = (cursor: string) => parseChangeCursor(cursor, [{ first: shard.firstChange(), last: shard.lastChange() }]);

	await change("ada");
	now += DAY_MS;
	await change("ben");
	now = START + CHANGES_AGE_MS;
	await change("cyd");
	expect(ask("0")).toEqual({ ok: true, numbers: [0] });
	expect(shard.changesAfter(0, 10).map(({ profiles }) => profiles)).toEqual([["ada"], ["ben"], ["cyd"]]);

	now++;
	await change("dan");
	expect(ask("0")).toEqual({ ok: false, message: expect.stringMatching(/^Too old: .*Export everything anew/) });
	expect(ask("1")).toEqual({ ok: true, numbers: [1] });
	expect(ask("4")).toEqual({ ok: true, numbers: [4] });
	expect(ask("5")).toEqual({ ok: false, message: expect.stringContaining("Not a cursor") });
	expect(ask("1.1")).toEqual({ ok: false, message: expect.stringContaining("Not a cursor") });
});
