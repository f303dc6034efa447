/** Where the walk stops at a shared device, whoever it did not come by stays as he was (rule 17). */
import { expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import { findFaults } from "../simulator/check.ts";
import { createQuietWorld } from "../simulator/quiet.ts";

const HOUR_MS = 3_600_000;

interface Stretch {
	/** What differs from the rules then. */
	faults: string[];
	/** That the graph has read for it. */
	rowsRead: number;
}

/** Plays stretches of events, an hour apart, each to its end. */
async function playOn(...stretches: object[][]): Promise<Stretch[]> {
	const world = createQuietWorld({ oneAtATime: true });
	const played: Stretch[] = [];
	let at = world.now - 1000 * HOUR_MS;
	try {
		for (const sents of stretches) {
			const events = sents.map((sent): LoggedEvent => {
				at += HOUR_MS;
				return {
					sent: { messageId: `m${at}`, ...sent } as never,
					timestamp: at,
					receivedAt: at,
					trust: "server",
					added: {},
				};
			});
			const { disk } = world.network.host("graph");
			disk.countRows();
			const before = disk.counters.rowsRead;
			await world.play([...events.map((event) => ({ events: [event] })), { rest: true }]);
			const rowsRead = disk.counters.rowsRead - before;
			played.push({ faults: findFaults(world), rowsRead });
		}
	} finally {
		world.close();
	}
	return played;
}

const login = (userId: string) => ({ type: "identify", anonymousId: "tablet", userId });

const owns = (userId: string) => ({ type: "alias", userId, anonymousId: "tablet", previousId: "tablet" });

it("leaves users who are one person so when another logs in at the tablet that both were said to use", async () => {
	const played = await playOn(
		[login("ann"), login("bob"), login("cai")],
		[{ type: "alias", userId: "dan", previousId: "eve" }, owns("dan"), owns("eve")],
		[login("ann")],
	);
	expect(played.flatMap(({ faults }) => faults)).toEqual([]);
});

it("reads at a login no more of 40 others who were said to use the tablet than of 4", async () => {
	const cost = async (count: number) => {
		const others = Array.from({ length: count }, (_, index) => owns(`user-${index}`));
		const played = await playOn([login("ann"), login("bob"), login("cai"), ...others], [login("ann")]);
		expect(played.flatMap(({ faults }) => faults)).toEqual([]);
		return played.at(-1)?.rowsRead ?? 0;
	};
	// Of each of those no more than what was said, for the tablet and beside it.
	expect((await cost(40)) - (await cost(4))).toBeLessThan(36 * 3);
});
