import { describe, expect, it } from "vitest";
import type { Alarm } from "../../collector/store/ports.ts";
import { Pump } from "../../collector/store/pump.ts";

const alarm: Alarm = { now: () => 0, wakeBy: () => {}, pause: async () => {}, elapsed: () => 0 };
const ROUNDS = 100;

describe("a turn that an alarm takes", () => {
	it("ends after a round, though there is more to do, and the rest is done without it", async () => {
		let rounds = 0;
		const pump = new Pump(
			alarm,
			async () => ++rounds < ROUNDS,
			() => {},
		);
		await pump.turn();
		expect(rounds).toBeLessThan(5);
		await pump.poke();
		expect(rounds).toBeGreaterThanOrEqual(ROUNDS);
	});

	it("waits for a round that begins after it", async () => {
		const ends: (() => void)[] = [];
		const pump = new Pump(
			alarm,
			() => new Promise((resolve) => ends.push(() => resolve(false))),
			() => {},
		);
		const run = pump.poke();
		let isDone = false;
		const turn = pump.turn().then(() => {
			isDone = true;
		});
		ends.shift()?.();
		await new Promise((resolve) => setTimeout(resolve));
		expect({ isDone, rounds: ends.length }).toEqual({ isDone: false, rounds: 1 });
		ends.shift()?.();
		await Promise.all([run, turn]);
	});

	it("ends where its round fails, and where the one before it does", async () => {
		const pump = new Pump(
			alarm,
			() => Promise.reject(new Error("out of reach")),
			() => {},
		);
		await Promise.all([pump.turn(), pump.turn()]);
		expect(pump.busy).toBe(false);
		expect(pump.lastError).toContain("out of reach");
	});
});
