/** What a limit of age makes a stream shard do: no more than it asks for, and nothing too soon. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LoggedEvent } from "../../collector/model.ts";
import { NO_SLOT } from "../../collector/store/codec.ts";
import { packEvents } from "../../collector/store/pack-events.ts";
import type { StreamShard } from "../../collector/store/stream-shard/stream-shard.ts";
import { findFaults } from "../simulator/check.ts";
import { NO_FAULTS } from "../simulator/network.ts";
import { createQuietWorld } from "../simulator/quiet.ts";
import { type Step, World } from "../simulator/world.ts";

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

describe("what is logged one row a round, by a limit that holds already", () => {
	const stream = "anonymousId=zoF0piwMP8VmaCR9-_cgnw";
	const copy = (sent: object, daysAgo: number, later = 0): LoggedEvent => ({
		...view("device", daysAgo),
		sent: { anonymousId: "device", ...sent } as never,
		receivedAt: world.now - daysAgo * DAY_MS + later,
	});

	/** Past the door, which refuses what is too old: as if it had been logged just before the limit moved. */
	async function fold(...rows: LoggedEvent[][]): Promise<string[]> {
		const shard = world.streams.get(0) as StreamShard;
		for (const events of rows) {
			const body = packEvents(events);
			shard.append({ segments: [{ stream, count: events.length, body, slot: NO_SLOT }], rejections: [] });
			world.logged.push(...events.map((event) => ({ shard: 0, event })));
		}
		await world.settle();
		return findFaults(world);
	}

	/** @param seed of the course of messages */
	async function begin(seed: number): Promise<void> {
		world.close();
		world = new World({
			seed,
			streamShards: 1,
			profileShards: 1,
			faults: NO_FAULTS,
			oneAtATime: false,
			limits: { stream: { roundRowsMax: 1 }, graph: {} },
		});
		await world.play([{ retentionDays: 30 }, { rest: true }]);
	}

	it("keeps its content while an unlike copy waits to be read, of which the two texts alone tell which counts", async () => {
		await begin(1);
		// Of the two copies the smaller counts: there was no reset.
		const reset = copy({ type: "reset", messageId: "m2" }, 100, 3_600_000);
		const screen = copy({ type: "screen", messageId: "m2", name: "Page" }, 100, 3_601_000);
		const before = copy({ type: "page", messageId: "m1" }, 101);
		const young = copy({ type: "page", messageId: "m3" }, 5);
		expect(await fold([before], [young, reset], [screen])).toEqual([]);
	});
});

it("tells of a visit over midnight its later half as a visit of its own, however its windows lie", async () => {
	world.close();
	const limits = { stream: { windowEventsMax: 2 }, graph: {} };
	world = new World({ seed: 1, streamShards: 1, profileShards: 1, faults: NO_FAULTS, oneAtATime: false, limits });
	// Wherever the limit comes to rest, it parts two of these: one between two windows, and one within a window.
	const visits = Array.from({ length: 40 }, (_, index) =>
		[-600_000, -300_000, 60_000, 300_000, 600_000].slice(index % 2).map((ms, place): LoggedEvent => {
			const timestamp = Math.floor(world.now / DAY_MS - (index >> 1)) * DAY_MS + ms;
			const sent = { type: "page", messageId: `${index} ${place}`, anonymousId: `device-${index}` } as const;
			return { sent, timestamp, receivedAt: timestamp, trust: "server", added: {} };
		}),
	);
	await world.play([...visits.map((events) => ({ events })), { rest: true }, { retentionDays: 10 }, { rest: true }]);
	expect(findFaults(world)).toEqual([]);
	expect(headsOnDisk().size).toBeLessThan(visits.length);
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
