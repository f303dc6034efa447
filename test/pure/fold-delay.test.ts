/** A quiet shard folds at once, a busy one gathers. */
import { describe, expect, it } from "vitest";
import { FoldDelay } from "../../collector/store/fold-delay.ts";

const AT = 1_700_000_000_000;

describe("the wait before a fold", () => {
	it("is short while fewer than 8 batches a second arrive, and longer from the eighth on", () => {
		const delay = new FoldDelay();
		const waits = Array.from({ length: 9 }, () => delay.next(AT));
		expect(waits).toEqual([25, 25, 25, 25, 25, 25, 25, 250, 250]);
	});

	it("stays long for the second after a busy one, and is short again after a quiet one", () => {
		const delay = new FoldDelay();
		for (let batch = 0; batch < 8; batch++) delay.next(AT);
		expect(delay.next(AT + 1_000)).toBe(250);
		expect(delay.next(AT + 2_000)).toBe(25);
	});

	it("is short after a pause, and where the clock was set back", () => {
		const delay = new FoldDelay();
		for (let batch = 0; batch < 8; batch++) delay.next(AT);
		expect(delay.next(AT + 5_000)).toBe(25);
		expect(delay.next(AT)).toBe(25);
	});
});
