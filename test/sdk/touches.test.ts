/** The arrivals that a device remembers. */
import { expect, it } from "vitest";
import type { Memory } from "../../sdk/visitor/memory.ts";
import { rememberTouch } from "../../sdk/visitor/touches.ts";

it("are the first and the last twenty, with their ids", () => {
	const memory = {
		record: { anonymousId: "a" },
		write(fields: object) {
			memory.record = { ...memory.record, ...fields };
		},
	} as Memory;
	const ids = Array.from({ length: 30 }, (_, index) => `m${index + 1}`);
	for (const [index, id] of ids.entries()) {
		rememberTouch(memory, { id, at: "", url: "", referrer: "" });
		expect(memory.record.touches?.map((touch) => touch.id)).toEqual(
			index < 21 ? ids.slice(0, index + 1) : ["m1", ...ids.slice(index - 19, index + 1)],
		);
	}
});
