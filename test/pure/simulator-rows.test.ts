/**
 * What is billed: rows written over all objects, alarms set among them, when visits come one at a time, so that none shares
 * the cost of a round with another.
 */
import { describe, expect, it } from "vitest";
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

/** Its shards know the settings, and the graph has answered before. */
async function createWarmWorld(): Promise<World> {
	const world = createQuietWorld();
	for (const [index, { length }] of Array.from({ length: 9 }, (_, n) => Array.from({ length: n })).entries())
		await world.play([{ events: visit(-1, { anonymousId: `warm-${index}`, ...(length % 2 > 0 && { userId: `w-${index}` }) }) }]);
	for (const { disk } of world.network.hosts.values()) disk.countRows();
	return world;
}

function countWritten(world: World): number {
	return [...world.network.hosts.values()].reduce(
		(sum, { disk, alarmsSet }) => sum + disk.counters.rowsWritten + alarmsSet,
		0,
	);
}

/** Of one batch, until all is settled; what was due before has gone off. */
async function costOf(world: World, events: LoggedEvent[]): Promise<number> {
	await world.settle();
	const before = countWritten(world);
	await world.play([{ events }]);
	return countWritten(world) - before;
}

describe("rows written", () => {
	it("SOMEHOW", async () => {
		const world = await createWarmWorld();
		try {
			const costs: { [what: string]: number } = {};
			const device = { anonymousId: "device" };
			const ada = { userId: "ada", traits: { email: "ada@example.com" } };
			costs.newDevice = await costOf(world, visit(0, device));
			costs.knownDevice = await costOf(world, visit(1, device));
			costs.goingOn = await costOf(world, visit(1, device, 30));
			const visitor = { anonymousId: "visitor" };
			await costOf(world, visit(2, visitor));
			costs.firstLogin = await costOf(world, login(2, { ...visitor, ...ada }));
			costs.identifiedVisit = await costOf(world, visit(3, { ...visitor, userId: "ada" }));
			costs.identifiedGoingOn = await costOf(world, visit(3, { ...visitor, userId: "ada" }, 30));
			const phone = { anonymousId: "phone" };
			await costOf(world, visit(4, phone));
			costs.secondDevice = await costOf(world, login(4, { ...phone, ...ada }));
			expect(costs).toEqual({});
		} finally {
			world.close();
		}
	});
});
