/**
 * The batch resolver: `identity.md` whole, over a set of logged events. It is the definition of
 * right; the store delivers the same answer incrementally. Each step is one rule's function.
 *
 * Among events of server trust it is the letter of `identity.md`. Where public events stand beside them it goes
 * further than the letter, so that a stranger with the public key can add noise to a customer whom
 * servers vouch for and no more (`design.md` §4); each departure is written where it is made:
 *
 * - a server's copy of an event counts before a public one (`copies.ts`);
 * - of a pair that a server spoke of only servers are heard (`registers.ts`);
 * - of a server event that names somebody only servers' consent is heard (`consent.ts`);
 * - in a stream without a device, servers' events are cut into claims by themselves (`timeline.ts`);
 * - public events make nothing contested that a server names, and nothing shared that a server names beside anything
 *   else (`vouching.ts`);
 * - all that servers say is tried before anything public, and no public event joins two people whom servers
 *   know by more than one identifier each (`settle-clusters.ts`, `clusters.ts`);
 * - people whom servers know make a device a shared one by what servers say of them (`device-people.ts`);
 * - whom an unlink parts from a device is, among servers' claims on it, for servers to say (`device-pairs.ts`).
 *
 * Where the text leaves something open, it is read so:
 *
 * - an erasure reaches an `alias`, `link` or `unlink` by what that names, too, and no other `erase` (`statements.ts`);
 * - events without consent to stitching take no part in visits and claims, like excluded ones;
 * - an alias of a userId and a device is a claim of the user there, at the time of the statement (`device-pairs.ts`);
 * - a stream without a device is cut into visits and claims as a device is; an event that carries a contested
 *   identifier alone is then placed by itself, since no device makes a visit of it (`timeline.ts`, `visit-plan.ts`);
 * - userIds aliased to each other are one user, and only strong identifiers are counted (rule 8, `shared-identifiers.ts`);
 * - shared identifiers are dropped before a claim's hub is chosen, shared userIds too (`strong-edges.ts`);
 * - people are known by what their clusters hold, wherever that was said (rule 13, `device-people.ts`);
 * - rule 15 takes out the claims of whoever is one person with the userId.
 *
 * `test/cases/identity-clauses.ts` holds all of it to the text, clause by clause.
 */
import type { LoggedEvent, Position } from "../model.ts";
import { createConsentAt } from "./consent.ts";
import { createReadField, rememberFields } from "./identifiers.ts";
import { type Copy, chooseCopies, readCopy, readErasures, removeErased } from "./log-copies.ts";
import { pushTo } from "./multimap.ts";
import { compareText, createHasher, isDevice } from "./node-key.ts";
import { comparePositions } from "./position.ts";
import { isolatedProfile } from "./profile-id.ts";
import { foldRegisters, linkedGroups } from "./registers.ts";
import { resolveClusters } from "./resolve-clusters.ts";
import { nodesOf, readStatement } from "./statements.ts";
import { isUnattributed } from "./stream-key.ts";
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
	/** Statements, none erased; ascending likewise. */
	told: (EventKey & { event: LoggedEvent })[];
	/** Data events of which every copy is erased (rule 5), or whose sender denied analytics (rule 6). */
	excluded: EventKey[];
	/** What is said and not erased, ascending by position; with it every `erase`, as a tombstone. */
	statements: Statement[];
	registers: PairState[];
	timelines: Timeline[];
	clusters: ClusterResolution;
}

const STATEMENT_TYPES = new Set<string>(["alias", "reset", "consent", "link", "unlink", "erase"]);

/**
 * @param events any set of logged events: in any order, with any duplicates, statements among them
 * @param secret of the workspace
 */
export function resolve(events: readonly LoggedEvent[], settings: IdentitySettings, secret: string): Resolution {
	const hash = createHasher(secret);
	const readField = rememberFields(createReadField(settings, hash));
	const copies = events.map((event) => readCopy(event, settings, hash, readField));

	// Rules 5 and 1: erasure removes copies, then the smallest copy of each event counts.
	const erasures = readErasures(copies, settings, hash);
	const { kept, removed } = removeErased(copies, erasures, settings, hash);
	const chosen = chooseCopies(kept);
	const excluded = withoutEvents(chooseCopies(removed), chosen);

	// Rule 7, and the rest of what statements say.
	const statements: Statement[] = [...erasures];
	const resets: Position[] = [];
	const said: Copy[] = [];
	for (const copy of chosen) {
		const { event, ids, light } = copy;
		if (!isStatement(copy)) said.push(copy);
		else if (event.sent.type === "reset" && ids.device !== null) resets.push(light.at);
		const statement = readStatement(event, ids, settings, hash);
		if (statement && statement.kind !== "erase") statements.push(statement);
	}
	statements.sort((x, y) => comparePositions(x.at, y.at));
	const registers = foldRegisters(statements);

	// Rule 6: who is left out, and who stays alone.
	const consentOf = createConsentAt(statements.filter((statement) => statement.kind === "consent"));
	const counting: Copy[] = [];
	const isolated = new Set<Copy>();
	for (const copy of said) {
		const consent = consentOf({ nodes: nodesOf(copy.ids), at: copy.light.at, trust: copy.light.trust });
		if (!consent.analytics) excluded.push(copy);
		else if (consent.stitching) counting.push(copy);
		else isolated.add(copy);
	}
	const denied = new Set(excluded);

	// Rules 8 to 16.
	const timelineKeyOf = createTimelineKeyOf(registers);
	const lights = counting.map((copy) => copy.light).filter(({ at }) => !isUnattributed(at.s));
	const timelines = cutTimelines(lights, resets, registers);
	const clusters = resolveClusters(timelines, registers);
	const ownerAt = new Map<string, (light: LightEvent) => ProfileId | null>();
	for (const timeline of timelines) {
		const answer = clusters.answers.get(timeline.key);
		if (answer) ownerAt.set(timeline.key, createOwnerAt(timeline, answer, hash));
	}

	const placed: Resolution["placed"] = [];
	const unattributed: Resolution["unattributed"] = [];
	for (const copy of said) {
		if (denied.has(copy)) continue;
		const { event, ids, light } = copy;
		const profileId = isolated.has(copy)
			? ids.device && isolatedProfile(ids.device.node, hash)
			: (ownerAt.get(timelineKeyOf(light.at.s))?.(light) ?? null);
		const { s: stream, m: messageId } = light.at;
		if (profileId === null) unattributed.push({ stream, messageId, event });
		else placed.push({ stream, messageId, event, profileId });
	}

	return {
		placed,
		unattributed,
		told: chosen.filter(isStatement).map(({ event, light }) => ({ stream: light.at.s, messageId: light.at.m, event })),
		excluded: excluded
			.filter((copy) => !isStatement(copy))
			.map(({ light }) => ({ stream: light.at.s, messageId: light.at.m }))
			.sort((x, y) => compareText(x.stream, y.stream) || compareText(x.messageId, y.messageId)),
		statements,
		registers,
		timelines,
		clusters,
	};
}

/** One timeline a device, linked devices being one, and one a stream without a device; sorted by key. */
function cutTimelines(
	lights: readonly LightEvent[],
	resets: readonly Position[],
	registers: readonly PairState[],
): Timeline[] {
	const keyOfStream = createTimelineKeyOf(registers);
	const groups = new Map(linkedGroups(registers).map((group) => [group[0], group]));
	const lightsOf = new Map<string, LightEvent[]>();
	for (const light of lights) pushTo(lightsOf, keyOfStream(light.at.s), light);
	const resetsOf = new Map<string, Position[]>();
	for (const at of resets) pushTo(resetsOf, keyOfStream(at.s), at);
	return [...lightsOf.keys()].sort(compareText).map((key) =>
		cutTimeline({
			key,
			devices: groups.get(key) ?? (isDevice(key) ? [key] : []),
			lights: (lightsOf.get(key) ?? []).sort((x, y) => comparePositions(x.at, y.at)),
			resets: (resetsOf.get(key) ?? []).sort(comparePositions),
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

function isStatement({ event }: Copy): boolean {
	return STATEMENT_TYPES.has(event.sent.type);
}

/** @returns those of the copies whose event has no copy among the others */
function withoutEvents(copies: Copy[], others: readonly Copy[]): Copy[] {
	if (copies.length === 0) return [];
	const keyOf = ({ light }: Copy) => `${light.at.s}\n${light.at.m}`;
	const known = new Set(others.map(keyOf));
	return copies.filter((copy) => !known.has(keyOf(copy)));
}
