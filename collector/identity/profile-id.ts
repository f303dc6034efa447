/**
 * Rule 16: a profile's id follows from the set of events, like everything else.
 */
import type { Position } from "../model.ts";
import { compareText, type Hash, hashOf } from "./node-key.ts";
import type { NodeKey, ProfileId } from "./types.ts";

/**
 * The anonymous profile of a stretch of a device (rule 12): the first is named by its device
 * alone, a later one by the `reset` that opens it.
 *
 * @param devices nodes of the device, at least one; of linked devices the smallest names the profile
 * @param opensAt position of the reset, null for the first segment
 */
export function anonymousProfile(devices: readonly NodeKey[], opensAt: Position | null, hash: Hash): ProfileId {
	if (opensAt !== null) return hash("segment", `${opensAt.s}\n${opensAt.m}`);
	const smallest = devices.reduce((least, device) => (compareText(device, least) < 0 ? device : least));
	return hashOf(smallest);
}

/** Where events go whose sender denied stitching (rule 6): never the device's ordinary profile. */
export function isolatedProfile(device: NodeKey, hash: Hash): ProfileId {
	return hash("isolated", device);
}
