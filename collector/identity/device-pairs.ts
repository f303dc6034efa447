/**
 * Pairs of a userId and a device (rules 7 and 15): an alias says that the device is the user's, an
 * unlink that it is not. What a server claims on the device for somebody who is that user by public events alone counts
 * all the same: otherwise a stranger who ties the user to a customer would take the device from the
 * customer (`design.md` §4, Trust).
 */
import type { Position, Trust } from "../model.ts";
import { pushTo } from "./multimap.ts";
import { isDevice, isUser } from "./node-key.ts";
import { comparePositions } from "./position.ts";
import type { NodeKey, PairState } from "./types.ts";

/** Acts as a claim of the user at the statement's position. */
export interface AliasOfDevice {
	at: Position;
	user: NodeKey;
	trust: Trust;
}

export interface DevicePairs {
	/** Aliases in force of any of the devices, ascending; those of a shared userId link nothing. */
	aliasesOf(devices: readonly NodeKey[]): AliasOfDevice[];
	/** userIds that an unlink in force parts from any of the devices. */
	unlinkedFrom(devices: readonly NodeKey[]): NodeKey[];
	/** userIds that an unlink in force parts from any device. */
	unlinkedUsers(): NodeKey[];
}

export function createDevicePairs(registers: Iterable<PairState>, shared: Set<NodeKey>): DevicePairs {
	const aliases = new Map<NodeKey, AliasOfDevice[]>();
	const unlinks = new Map<NodeKey, NodeKey[]>();
	for (const { kind, a, b, at, trust } of registers) {
		const [device, user] = isDevice(a) ? [a, b] : [b, a];
		if (!isDevice(device) || !isUser(user)) continue;
		if (kind === "alias" && !shared.has(user)) pushTo(aliases, device, { at, user, trust });
		if (kind === "unlink") pushTo(unlinks, device, user);
	}
	return {
		aliasesOf: (devices) => pairsOf(aliases, devices).sort((x, y) => comparePositions(x.at, y.at)),
		unlinkedFrom: (devices) => pairsOf(unlinks, devices),
		unlinkedUsers: () => [...new Set([...unlinks.values()].flat())],
	};
}

/** Most workspaces have no such pair, and most devices none. */
function pairsOf<T>(pairs: Map<NodeKey, T[]>, devices: readonly NodeKey[]): T[] {
	return pairs.size === 0 ? [] : devices.flatMap((device) => pairs.get(device) ?? []);
}
