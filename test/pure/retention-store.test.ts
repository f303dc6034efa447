/** What a change of settings makes a stream shard do: no more than it asks for. */
import { afterEach, beforeEach, expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import { createQuietWorld } from "../simulator/quiet.ts";
import type { Step, World } from "../simulator/world.ts";

const DAY_MS = 24 * 3600_000;
/** More than a step takes. */
const OLD = Array.from({ length: 12 }, (_, index) => `old-${index}`);
const YOUNG = ["young-0", "young-1"];

let world: World;

function view(anonymousId: string, daysAgo: number): LoggedEvent {
	const timestamp = world.now - daysAgo * DAY_MS;
	const sent = { type: "page", messageId: `of ${anonymousId}`, anonymousId, properties: { path: "/" } } as const;
	return { sent, timestamp, receivedAt: timestamp, trust: "server", added: {} };
}

/** By stream. Sealed anew each time it is written, so equal only where it was not. */
function headsOnDisk(): Map<string, string> {
	const { disk } = world.network.host("stream/0");
	const rows = disk.all<{ stream: string; body: Uint8Array }>("SELECT stream, body FROM heads", []);
	return new Map(rows.map(({ stream, body }) => [stream, Buffer.from(body).toString("hex")]));
}

beforeEach(async () => {
	world = createQuietWorld({ streamShards: 1 });
	await world.play([
		{ events: [...OLD.map((device) => view(device, 100)), ...YOUNG.map((device) => view(device, 5))] },
	]);
	expect(headsOnDisk().size).toBe(OLD.length + YOUNG.length);
});
afterEach(() => world.close());

it("takes by a first limit of age what is too old, all of it, and writes nothing else", async () => {
	const before = headsOnDisk();
	await world.play([{ retentionDays: 30 }, { rest: true }]);
	const after = headsOnDisk();
	expect(after.size).toBe(YOUNG.length);
	expect(before).toEqual(new Map([...before, ...after]));
});

it("writes nothing for a limit that nothing is too old for, nor for a higher one after it", async () => {
	const before = headsOnDisk();
	await world.play([{ retentionDays: 200 }, { rest: true }, { retentionDays: 300 }, { rest: true }]);
	expect(headsOnDisk()).toEqual(before);
	// And what grows too old later is found. Coming to rest takes days of the simulated clock.
	await world.play([{ days: 210 }, { rest: true }]);
	const after = headsOnDisk();
	expect(after.size).toBe(YOUNG.length);
	expect(before).toEqual(new Map([...before, ...after]));
});

it.each([
	["another currency", [{ currency: "SEK" }]],
	["a limit of idle days", [{ retentionDays: 300, idleDays: 300 }]],
	["a lower limit of age", [{ retentionDays: 300 }, { rest: true }, { retentionDays: 250 }]],
	["no limit any more", [{ retentionDays: 300 }, { rest: true }, { retentionDays: null }]],
] as [string, Step[]][])("folds all again for %s", async (_, steps) => {
	const before = headsOnDisk();
	await world.play([...steps, { rest: true }]);
	const after = headsOnDisk();
	expect([...after.keys()].sort()).toEqual([...before.keys()].sort());
	for (const [stream, body] of after) expect(body).not.toBe(before.get(stream));
});
