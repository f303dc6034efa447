/** A world without faults, for tests that choose the events themselves. */
import { NO_FAULTS } from "./network.ts";
import { World } from "./world.ts";

export function createQuietWorld(options: { seed?: number; oneAtATime?: boolean; streamShards?: number } = {}): World {
	return new World({
		seed: options.seed ?? 1,
		streamShards: options.streamShards ?? 3,
		profileShards: 2,
		faults: NO_FAULTS,
		oneAtATime: options.oneAtATime ?? false,
		limits: { stream: {}, graph: {} },
	});
}
