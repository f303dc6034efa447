/**
 * What is billed: rows written over all objects, alarms set among them, when visits come one at a time, so that none shares
 * the cost of a round with another.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LoggedEvent, WireEvent } from "../../collector/model.ts";
import { createQuietWorld } from "../simulator/quiet.ts";
import type { World } from "../simulator/world.ts";

const START = Date.parse("2025-01-01T00:00:00Z");
const DAY_MS = 24 * 3600_000;
const VISIT_EVENTS = 20;

let ids = 0;

function view(day: number, second: number, more: Partial<WireEvent>): LoggedEvent {
	const at = START + day * DAY_MS + second * 1_000;
	return {
		sent: { type: "page", properties: { path: "/" }, ...more, messageId: `m${++ids}` },
		timestamp: at,
		receivedAt: at,
		trust: "public",
		added: {},
	};
}

/** @param from seconds after the day's beginning */
function visit(day: number, more: Partial<WireEvent>, from = 0): LoggedEvent[] {
	return Array.from({ length: VISIT_EVENTS }, (_, index) => view(day, from + index, more));
}

function login(day: number, more: Partial<WireEvent>): LoggedEvent[] {
	return [view(day, 60, { type: "identify", ...more })];
}

/** Its shards know the settings, and its graph has answered before. */
async function createWarmWorld(): Promise<World> {
	const world = createQuietWorld();
	for (let index = 0; index < 9; index++) {
		const login = index % 2 === 0 ? {} : { userId: `warm-${index}` };
		await world.play([{ events: visit(-1, { anonymousId: `warm-${index}`, ...login }) }]);
	}
	for (const { disk } of world.network.hosts.values()) disk.countRows();
	return world;
}

function countWritten(world: World): number {
	const hosts = [...world.network.hosts.values()];
	return hosts.reduce((sum, { disk, alarmsSet }) => sum + disk.counters.rowsWritten + alarmsSet, 0);
}

/** Of one batch, until all is settled. Every object has slept before. */
async function costOf(world: World, events: LoggedEvent[]): Promise<number> {
	await world.settle();
	const before = countWritten(world);
	await world.play([{ events }]);
	return countWritten(world) - before;
}

/** Log, head and piece; the round's intent, the profile shard's change, and an alarm. */
const BATCH = 6;
/** Objects that have slept reserve slots for sealing keys anew, each that takes one. */
const RESERVED = 1;

describe("rows written for one batch, with nothing to share them with", () => {
	let world: World;
	const device = { anonymousId: "device" };
	const ada = { userId: "ada", traits: { email: "ada@example.com" } };
	beforeEach(async () => {
		world = await createWarmWorld();
		await costOf(world, visit(0, device));
	});
	afterEach(() => world.close());

	it("are six of a device that nobody was ever named on, whether a visit begins or goes on", async () => {
		expect(await costOf(world, visit(1, device))).toBe(BATCH);
		expect(await costOf(world, visit(1, device, 30))).toBe(BATCH);
		expect(await costOf(world, visit(1, { anonymousId: "new" }))).toBeLessThanOrEqual(BATCH + 2 * RESERVED);
	});

	it("are two more of a visit of somebody who is known: the graph's row of the stream, and its receipt", async () => {
		await costOf(world, login(0, { ...device, ...ada }));
		expect(await costOf(world, visit(1, { ...device, userId: "ada" }))).toBe(BATCH + 2);
		expect(await costOf(world, visit(1, { ...device, userId: "ada" }, 30))).toBe(BATCH);
		expect(await costOf(world, visit(2, device))).toBe(BATCH);
	});

	it("are few more of a first login: who the identifiers are, and a visit that moves from the device to the person", async () => {
		// The piece's old place, its key, and the change there.
		const moved = 3;
		const intentOfNewOwner = 1;
		// Who carries an identifier, and whose it is.
		const most = (identifiers: number) => BATCH + 2 + 2 * identifiers + moved + intentOfNewOwner + 2 * RESERVED;
		expect(await costOf(world, login(0, { ...device, ...ada }))).toBeLessThanOrEqual(most(2));
		const phone = { anonymousId: "phone" };
		await costOf(world, visit(0, phone));
		expect(await costOf(world, login(0, { ...phone, userId: "flo" }))).toBeLessThanOrEqual(most(1));
	});

	it("are no more of a login on a second device", async () => {
		await costOf(world, login(0, { ...device, ...ada }));
		const phone = { anonymousId: "phone" };
		await costOf(world, visit(1, phone));
		const [carriers, moved, intentOfNewOwner] = [2, 3, 1];
		expect(await costOf(world, login(1, { ...phone, ...ada }))).toBeLessThanOrEqual(
			BATCH + 2 + carriers + moved + intentOfNewOwner + 2 * RESERVED,
		);
	});
});
