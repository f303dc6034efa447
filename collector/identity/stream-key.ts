/**
 * Rule 1: which stream an event lies in.
 */
import type { EventIdentifiers } from "./identifiers.ts";
import { UNATTRIBUTED_STREAMS } from "./limits.ts";
import { bestNode, type Hash, nodeKey } from "./node-key.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const UNATTRIBUTED_KIND = "none";

/**
 * @returns the device's node; else the best strong node; else `none=0` to `none=63` by hash of
 *   `messageId`. A key of the last form is no identifier: see {@link isUnattributed}.
 */
export function streamOf(ids: EventIdentifiers, messageId: string, hash: Hash): string {
	if (ids.device !== null) return ids.device.node;
	const best = bestNode(ids.strong.map((identifier) => identifier.node));
	if (best !== null) return best;
	const index = ALPHABET.indexOf(hash(UNATTRIBUTED_KIND, messageId).charAt(0)) % UNATTRIBUTED_STREAMS;
	return nodeKey(UNATTRIBUTED_KIND, String(index));
}

/** Does the stream hold events without any usable identifier? */
export function isUnattributed(stream: string): boolean {
	return stream.startsWith(`${UNATTRIBUTED_KIND}=`);
}
