/** The store under crashes, delays, repeats and reordering equals the pure rules. `npm run sim` plays many more. */
import { expect, it } from "vitest";
import { playOf, run } from "../simulator/run.ts";

const HISTORIES = 500;
/** Fixed, so that a failure here is one for everybody; `npm run sim` begins elsewhere each time. */
const FIRST_SEED = 1;

it(`shows after ${HISTORIES} random histories what the rules say of the events logged`, async () => {
	for (let seed = FIRST_SEED; seed < FIRST_SEED + HISTORIES; seed++) {
		const { faults } = await run(playOf(seed));
		expect(faults, `npm run sim -- --histories 1 --seed ${seed}`).toEqual([]);
	}
}, 600_000);

it("plays the same course of events again from the same seed", async () => {
	const first = await run(playOf(7));
	const second = await run(playOf(7));
	expect(second).toEqual(first);
	expect(first.steps).toBeGreaterThan(10);
});
