/** A component of very many claims is computed at most once a minute, and shown; whoever is apart from it is not held up. */
import { describe, expect, it } from "vitest";
import { createHasher, nodeKey } from "../../collector/identity/index.ts";
import type { LoggedEvent, WireEvent } from "../../collector/model.ts";
import { findFaults } from "../simulator/check.ts";
import { NO_FAULTS } from "../simulator/network.ts";
import { World } from "../simulator/world.ts";

const START = Date.parse("2025-01-01T00:00:00Z");
const HOUR_MS = 3_600_000;
const CLAIMS_MAX = 20;
const PAUSE_MS = 60_000;

let ids = 0;

function login(fields: Partial<WireEvent>): LoggedEvent {
	const timestamp = START + ++ids * HOUR_MS;
	return {
		sent: { type: "identify", ...fields, messageId: `m${ids}` },
		timestamp,
		receivedAt: timestamp,
		trust: "server",
		added: {},
	};
}

/** Somebody who logs in day after day. */
const regular = () => login({ anonymousId: "device", userId: "regular" });

function createWorld(): World {
	return new World({
		seed: 1,
		streamShards: 2,
		profileShards: 2,
		faults: NO_FAULTS,
		oneAtATime: true,
		limits: { stream: {}, graph: { claimsMax: CLAIMS_MAX, largePauseMs: PAUSE_MS } },
	});
}

/** Steps until all is at rest or so much time has passed; alarms make time leap. */
async function restUntil(world: World, until: number): Promise<void> {
	const { scheduler } = world.network;
	while (scheduler.now < until && world.pending() > 0 && (await world.network.step()));
}

const postponed = ({ graph }: World) => graph?.status().postponed;
const ownerOf = ({ graph, config }: World, kind: string, value: string) =>
	graph?.questions.profileOfNode(nodeKey(kind, createHasher(config.secret)(kind, value)));

describe("a component above the limit of claims", () => {
	it("waits a minute for its next recompute, while others are answered at once", async () => {
		const world = createWorld();
		const { scheduler } = world.network;
		try {
			await world.play([{ events: Array.from({ length: CLAIMS_MAX + 1 }, regular) }]);
			world.send({ events: [regular()] });
			do await world.network.step();
			while (world.pending() > 0);
			const computedAt = scheduler.now;
			expect(postponed(world)).toBe(0);

			world.send({ events: [regular()] });
			world.send({ events: [login({ userId: "apart", externalIds: [{ type: "crm", id: "1" }] })] });
			do await world.network.step();
			while (ownerOf(world, "ext:crm", "1") === null);
			expect(scheduler.now).toBeLessThan(computedAt + PAUSE_MS / 2);
			expect(ownerOf(world, "ext:crm", "1")).toBe(ownerOf(world, "userId", "apart"));
			await restUntil(world, computedAt + PAUSE_MS / 2);
			expect(postponed(world)).toBe(1);
			expect(world.pending()).toBeGreaterThan(0);

			await restUntil(world, Number.POSITIVE_INFINITY);
			expect(scheduler.now).toBeGreaterThanOrEqual(computedAt + PAUSE_MS - 1_000);
			expect(postponed(world)).toBe(0);
			await world.settle();
			expect(findFaults(world)).toEqual([]);
		} finally {
			world.close();
		}
	});
});
