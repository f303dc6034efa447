/**
 * Rules 5 to 7: what a statement says, and what it carries.
 */
import type { LoggedEvent } from "../model.ts";
import { type EventIdentifiers, readId, readRef } from "./identifiers.ts";
import { compareText, DEVICE_KIND, type Hash, USER_KIND } from "./node-key.ts";
import { streamOf } from "./stream-key.ts";
import type { Identifier, IdentitySettings, NodeKey, Statement } from "./types.ts";

/**
 * @param ids what `readIdentifiers` found in the event
 * @returns null for data events, for `reset` (it cuts its device's timeline and says nothing else), and for
 *   a statement that names nothing usable or that its trust does not cover: with a public key `consent` is about
 *   the event's own device only, `alias` joins only that device to a userId, `unlink` and `erase` are not heard.
 */
export function readStatement(
	event: LoggedEvent,
	ids: EventIdentifiers,
	settings: IdentitySettings,
	hash: Hash,
): Statement | null {
	const { sent, timestamp, receivedAt, trust, added } = event;
	if (added.kept !== undefined) return (added.kept.statement as Statement | undefined) ?? null;
	const head = { at: { t: timestamp, m: sent.messageId, s: streamOf(ids, sent.messageId, hash) }, trust };
	switch (sent.type) {
		case "alias":
		case "link":
		case "unlink": {
			if (sent.type === "unlink" && trust === "public") return null;
			const [one, other] = namedBy(event, ids, settings, hash);
			if (one === undefined || other === undefined || one.node === other.node) return null;
			const isOwnDevice = other.kind === DEVICE_KIND && other.node === ids.device?.node;
			if (sent.type === "alias" && trust === "public" && !isOwnDevice) return null;
			const [a, b] = [one.node, other.node].sort(compareText) as [NodeKey, NodeKey];
			return { kind: sent.type, ...head, a, b };
		}
		case "consent": {
			const nodes = trust === "public" ? ownDevice(ids) : nodesOf(ids);
			const traits: { [key: string]: unknown } = { ...sent.traits };
			const says = {
				...(typeof traits.analytics === "boolean" && { analytics: traits.analytics }),
				...(typeof traits.stitching === "boolean" && { stitching: traits.stitching }),
			};
			return nodes.length === 0 || Object.keys(says).length === 0 ? null : { kind: "consent", ...head, nodes, ...says };
		}
		case "erase": {
			if (trust === "public") return null;
			const nodes = namedBy(event, ids, settings, hash).map((identifier) => identifier.node);
			const slices = readSlices(sent.slices, settings, hash);
			if (nodes.length === 0 && slices.length === 0) return null;
			return { kind: "erase", ...head, nodes, slices, until: Math.min(timestamp, receivedAt) };
		}
		default:
			return null;
	}
}

/**
 * Every identifier by which an erasure (rule 5) reaches the event: its own, and for `alias`,
 * `link` and `unlink` also what they name. An `erase` is its own tombstone and carries nothing.
 *
 * @returns unique nodes, the device's among them, sorted
 */
export function carriedNodes(
	event: LoggedEvent,
	ids: EventIdentifiers,
	settings: IdentitySettings,
	hash: Hash,
): NodeKey[] {
	if (event.sent.type === "erase") return [];
	if (event.added.kept !== undefined) return event.added.kept.carried ?? nodesOf(ids).sort(compareText);
	const named = namedBy(event, ids, settings, hash).map((identifier) => identifier.node);
	return [...new Set([...nodesOf(ids), ...named])].sort(compareText);
}

/** The event's own nodes, device first. */
export function nodesOf(ids: EventIdentifiers): NodeKey[] {
	return [...ownDevice(ids), ...ids.strong.map((identifier) => identifier.node)];
}

function ownDevice(ids: EventIdentifiers): NodeKey[] {
	return ids.device === null ? [] : [ids.device.node];
}

/** What the statement is about: a pair (for `alias` the userId first), or the list of an `erase`. An `unlink` of anything but two names nothing. */
function namedBy(event: LoggedEvent, ids: EventIdentifiers, settings: IdentitySettings, hash: Hash): Identifier[] {
	const { sent } = event;
	const isIdentifier = (identifier: Identifier | null): identifier is Identifier => identifier !== null;
	switch (sent.type) {
		case "alias":
			return [
				readId(USER_KIND, sent.userId, settings, hash),
				readId(previousKind(event, ids, settings, hash), sent.previousId, settings, hash),
			].filter(isIdentifier);
		case "link":
			return [ids.device, readId(DEVICE_KIND, sent.previousId, settings, hash)].filter(isIdentifier);
		case "unlink":
		case "erase": {
			const refs: unknown[] = Array.isArray(sent.ids) ? sent.ids : [];
			if (sent.type === "unlink" && refs.length !== 2) return [];
			return refs.map((ref) => readRef(ref, settings, hash)).filter(isIdentifier);
		}
		default:
			return [];
	}
}

/** Segment's client aliases from its own `anonymousId` without saying so (rule 7). */
function previousKind(
	event: LoggedEvent,
	ids: EventIdentifiers,
	settings: IdentitySettings,
	hash: Hash,
): "userId" | "anonymousId" {
	const { previousIdType, previousId } = event.sent;
	if (previousIdType === USER_KIND || previousIdType === DEVICE_KIND) return previousIdType;
	const asDevice = readId(DEVICE_KIND, previousId, settings, hash);
	return asDevice !== null && asDevice.node === ids.device?.node ? DEVICE_KIND : USER_KIND;
}

/** Slices without a usable identifier or with a bound that is no time are left out. */
function readSlices(
	raw: unknown,
	settings: IdentitySettings,
	hash: Hash,
): { node: NodeKey; from: number; to: number }[] {
	return (Array.isArray(raw) ? raw : []).flatMap((slice: { [key: string]: unknown } | null) => {
		const identifier = readRef(slice?.id, settings, hash);
		const from = Date.parse(String(slice?.from));
		const to = Date.parse(String(slice?.to));
		return identifier === null || Number.isNaN(from) || Number.isNaN(to) ? [] : [{ node: identifier.node, from, to }];
	});
}
