/** Who hangs together on a shared device alone is forgotten together all the same. */
import { expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import { findFaults } from "../simulator/check.ts";
import { createQuietWorld } from "../simulator/quiet.ts";

const DAY_MS = 24 * 3600_000;

it("keeps a shared tablet's people while one of them is still heard of elsewhere", async () => {
	const world = createQuietWorld();
	const start = world.now - 100 * DAY_MS;
	const login = (day: number, anonymousId: string, userId: string): LoggedEvent => ({
		sent: { type: "identify", anonymousId, userId, messageId: `${day} ${userId}` },
		timestamp: start + day * DAY_MS,
		receivedAt: start + day * DAY_MS,
		trust: "public",
		added: {},
	});
	try {
		await world.play([
			{ events: ["ann", "bob", "cai"].map((user, day) => login(day, "tablet", user)) },
			{ rest: true },
			{ events: [login(60, "phone", "cai")] },
			{ rest: true },
			{ retentionDays: 60, idleDays: 60 },
			{ rest: true },
			{ days: 1 },
			{ rest: true },
		]);
		expect(world.forgotten).toBe(0);
		expect(findFaults(world)).toEqual([]);
		await world.play([{ days: 60 }, { rest: true }]);
		expect(world.forgotten).toBe(4);
		expect(findFaults(world)).toEqual([]);
	} finally {
		world.close();
	}
});
