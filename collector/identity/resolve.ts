/**
 * The batch resolver: `identity.md` whole, over a set of logged events. It is the definition of
 * right; the store delivers the same answer incrementally. Each step is one rule's function.
 */
import type { LoggedEvent, Position } from "../model.ts";
import { canonicalJson } from "./canonical-json.ts";
import { consentAt } from "./consent.ts";
import { compareCopies } from "./copies.ts";
import { type EraseStatement, isErased } from "./erasure.ts";
import { type EventIdentifiers, readIdentifiers } from "./identifiers.ts";
import { pushTo } from "./multimap.ts";
import { compareText, createHasher, type Hash } from "./node-key.ts";
import { comparePositions } from "./position.ts";
import { isolatedProfile } from "./profile-id.ts";
import { foldRegisters, linkedGroups } from "./registers.ts";
import { resolveClusters } from "./resolve-clusters.ts";
import { carriedNodes, nodesOf, readStatement } from "./statements.ts";
import { isUnattributed, streamOf } from "./stream-key.ts";
import { cutTimeline } from "./timeline.ts";
import type {
	ClusterResolution,
	IdentitySettings,
	LightEvent,
	NodeKey,
	PairState,
	ProfileId,
	Statement,
	Timeline,
} from "./types.ts";
import { createOwnerAt } from "./visit-plan.ts";

/** An event by rule 1: one `messageId` in one stream. */
export interface EventKey {
	stream: string;
	messageId: string;
}

/** Where every data event belongs: in exactly one of the three. Each ascending by stream, then `messageId`. */
export interface Resolution {
	/** Data events that belong to a profile. */
	placed: (EventKey & { profileId: ProfileId; event: LoggedEvent })[];
	/** Data events without a usable identifier, and those without a device whose sender denied stitching. */
	unattributed: (EventKey & { event: LoggedEvent })[];
	/** Data events of which every copy is erased (rule 5), or whose sender denied analytics (rule 6). */
	excluded: EventKey[];
	/** What is said and not erased, ascending by position; with it every `erase`, as a tombstone. */
	statements: Statement[];
	registers: PairState[];
	timelines: Timeline[];
	clusters: ClusterResolution;
}

/** One copy of an event as it lies in the log. */
interface Copy {
	event: LoggedEvent;
	ids: EventIdentifiers;
	at: Position;
}

const STATEMENTS = new Set<string>(["alias", "reset", "consent", "link", "unlink", "erase"]);

/**
 * @param events any set of logged events: in any order, with any duplicates, statements among them
 * @param secret of the workspace
 */
export function resolve(events: readonly LoggedEvent[], settings: IdentitySettings, secret: string): Resolution {
	const hash = rememberHashes(createHasher(secret));
	const copies = events.map((event) => readCopy(event, settings, hash));

	// Rules 5 and 1: erasure removes copies, then the smallest copy of each event counts.
	const kept = removeErased(copies, settings, hash);
	const chosen = chooseCopies(kept);
	const excluded = [...chooseCopies(copies)].filter(([key]) => !chosen.has(key)).map(([, copy]) => copy);

	// Rule 7, and the rest of what statements say.
	const statements: Statement[] = eraseStatements(copies, settings, hash);
	for (const { event, ids } of chosen.values()) {
		const statement = readStatement(event, ids, settings, hash);
		if (statement && statement.kind !== "erase") statements.push(statement);
	}
	statements.sort((x, y) => comparePositions(x.at, y.at));
	const registers = foldRegisters(statements);

	// Rule 6: who is left out, and who stays alone.
	const consents = indexByNode(
		statements.filter((statement) => statement.kind === "consent"),
		({ nodes }) => nodes,
	);
	const counting: Copy[] = [];
	const isolated: Copy[] = [];
	for (const copy of chosen.values()) {
		if (STATEMENTS.has(copy.event.sent.type)) continue;
		const nodes = nodesOf(copy.ids);
		const consent = consentAt(concerning(consents, nodes), nodes, copy.at);
		if (!consent.analytics) excluded.push(copy);
		else (consent.stitching ? counting : isolated).push(copy);
	}

	// Rules 8 to 16.
	const resets = [...chosen.values()].filter(({ event, ids }) => event.sent.type === "reset" && ids.device !== null);
	const timelines = cutTimelines(counting, resets, registers);
	const clusters = resolveClusters(timelines, registers);

	const placed: Resolution["placed"] = [];
	const unattributed: Resolution["unattributed"] = [];
	const place = (copy: Copy, profileId: ProfileId | null) => {
		const { event } = copy;
		if (profileId === null) unattributed.push({ ...keyOf(copy), event });
		else placed.push({ ...keyOf(copy), event, profileId });
	};
	const timelineOf = new Map(timelines.map((timeline) => [timeline.key, timeline]));
	const ownerAt = new Map(
		[...timelineOf].map(([key, timeline]) => {
			const answer = clusters.answers.get(key);
			if (!answer) throw new Error("every timeline is answered");
			return [key, createOwnerAt(timeline, answer, hash)];
		}),
	);
	const timelineKeyOf = createTimelineKeyOf(registers);
	for (const copy of counting) place(copy, ownerAt.get(timelineKeyOf(copy.at.s))?.(toLight(copy)) ?? null);
	for (const copy of isolated) place(copy, copy.ids.device && isolatedProfile(copy.ids.device.node, hash));

	return {
		placed: placed.sort(compareKeys),
		unattributed: unattributed.sort(compareKeys),
		excluded: excluded
			.filter(({ event }) => !STATEMENTS.has(event.sent.type))
			.map(keyOf)
			.sort(compareKeys),
		statements,
		registers,
		timelines,
		clusters,
	};
}

function readCopy(event: LoggedEvent, settings: IdentitySettings, hash: Hash): Copy {
	const { sent, timestamp } = event;
	const ids = readIdentifiers(event, settings, hash);
	return { event, ids, at: { t: timestamp, m: sent.messageId, s: streamOf(ids, sent.messageId, hash) } };
}

/**
 * Every copy of every `erase`, those that say the same once: each is a tombstone at once, before
 * copies are compared, and nothing erases it.
 */
function eraseStatements(copies: Iterable<Copy>, settings: IdentitySettings, hash: Hash): EraseStatement[] {
	const found = new Map<string, EraseStatement>();
	for (const { event, ids } of copies) {
		if (event.sent.type !== "erase") continue;
		const statement = readStatement(event, ids, settings, hash);
		if (statement?.kind === "erase") found.set(canonicalJson(statement), statement);
	}
	return [...found].sort(([x], [y]) => compareText(x, y)).map(([, statement]) => statement);
}

function removeErased(copies: readonly Copy[], settings: IdentitySettings, hash: Hash): Copy[] {
	const erasures = indexByNode(eraseStatements(copies, settings, hash), (erasure) => [
		...erasure.nodes,
		...erasure.slices.map((slice) => slice.node),
	]);
	if (erasures.size === 0) return [...copies];
	return copies.filter(({ event, ids, at }) => {
		const nodes = carriedNodes(event, ids, settings, hash);
		return !isErased(concerning(erasures, nodes), nodes, at.t);
	});
}

/** The copy of each event that counts, by stream and `messageId`. */
function chooseCopies(copies: Iterable<Copy>): Map<string, Copy> {
	const chosen = new Map<string, Copy>();
	for (const copy of copies) {
		const key = `${copy.at.s}\n${copy.at.m}`;
		const known = chosen.get(key);
		if (!known || compareCopies(copy.event, known.event) < 0) chosen.set(key, copy);
	}
	return chosen;
}

/** One timeline a device, linked devices and streams without a device among them; unattributed streams have none. */
function cutTimelines(counting: readonly Copy[], resets: readonly Copy[], registers: readonly PairState[]): Timeline[] {
	const keyOfStream = createTimelineKeyOf(registers);
	const groups = new Map(linkedGroups(registers).map((group) => [group[0], group]));
	const lights = new Map<string, LightEvent[]>();
	for (const copy of counting) if (!isUnattributed(copy.at.s)) pushTo(lights, keyOfStream(copy.at.s), toLight(copy));
	const cuts = new Map<string, Position[]>();
	for (const { at } of resets) pushTo(cuts, keyOfStream(at.s), at);
	const isDevice = new Set(counting.map((copy) => copy.ids.device?.node));
	return [...lights.keys()].sort(compareText).map((key) =>
		cutTimeline({
			key,
			devices: groups.get(key) ?? (isDevice.has(key) ? [key] : []),
			lights: (lights.get(key) ?? []).sort((x, y) => comparePositions(x.at, y.at)),
			resets: (cuts.get(key) ?? []).sort(comparePositions),
		}),
	);
}

/** Streams of linked devices lie in the timeline of the smallest of them. */
function createTimelineKeyOf(registers: readonly PairState[]): (stream: string) => string {
	const keys = new Map(
		linkedGroups(registers).flatMap((group) => group.map((device) => [device, group[0] as NodeKey])),
	);
	return (stream) => keys.get(stream) ?? stream;
}

function toLight({ event, ids, at }: Copy): LightEvent {
	return { at, nodes: ids.strong.map((identifier) => identifier.node), trust: event.trust };
}

function keyOf({ at }: Copy): EventKey {
	return { stream: at.s, messageId: at.m };
}

function compareKeys(x: EventKey, y: EventKey): number {
	return compareText(x.stream, y.stream) || compareText(x.messageId, y.messageId);
}

function indexByNode<T>(
	statements: Iterable<T>,
	nodesOfStatement: (statement: T) => readonly NodeKey[],
): Map<NodeKey, T[]> {
	const index = new Map<NodeKey, T[]>();
	for (const statement of statements) for (const node of nodesOfStatement(statement)) pushTo(index, node, statement);
	return index;
}

function concerning<T>(index: Map<NodeKey, T[]>, nodes: readonly NodeKey[]): Set<T> {
	return new Set(nodes.flatMap((node) => index.get(node) ?? []));
}

/** A batch names the same identifiers again and again. */
function rememberHashes(hash: Hash): Hash {
	const known = new Map<string, string>();
	return (kind, value) => {
		const key = `${kind}\n${value}`;
		let hashed = known.get(key);
		if (hashed === undefined) {
			hashed = hash(kind, value);
			known.set(key, hashed);
		}
		return hashed;
	};
}
