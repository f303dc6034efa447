/** The plain function from a log to chains, which `strand verify` holds a store to: whole, and in parts. */

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { partsOf } from "../../collector/node/log-parts.ts";
import { replay } from "../../collector/store/replay.ts";
import { createQuietWorld } from "../simulator/quiet.ts";
import { referenceOf } from "../simulator/reference.ts";
import { playOf } from "../simulator/run.ts";

const HISTORIES = 150;

const histories = Array.from({ length: HISTORIES }, (_, seed) =>
	playOf(seed + 1).steps.flatMap((step) => ("events" in step ? step.events : [])),
);
const world = createQuietWorld();
const { config } = world;
world.close();

const chainsOf = (events: (typeof histories)[number]) =>
	[...replay(events, config).chains].map(([id, chain]): [string, string] => [id, JSON.stringify(chain)]);

it("gives what the simulator holds the store to", () => {
	for (const [seed, events] of histories.entries()) {
		expect(new Map(chainsOf(events)), `seed ${seed + 1}`).toEqual(referenceOf(events, config).chains);
	}
});

it("gives the same part by part: whoever may be one person is in one part", async () => {
	const folder = mkdtempSync(join(tmpdir(), "strand-parts-"));
	let split = 0;
	for (const [seed, events] of histories.entries()) {
		const log = async function* () {
			yield* events;
		};
		const chains: [string, string][] = [];
		let parts = 0;
		for await (const part of partsOf(log, config, folder, 3)) {
			chains.push(...chainsOf(part));
			parts++;
		}
		if (parts > 1) split++;
		expect(new Map(chains), `seed ${seed + 1}`).toEqual(new Map(chainsOf(events)));
		expect(chains.length, "no profile in two parts").toBe(new Set(chains.map(([id]) => id)).size);
	}
	expect(split).toBeGreaterThan(HISTORIES / 10);
	expect(readdirSync(folder)).toEqual([]);
	rmSync(folder, { recursive: true });
});
