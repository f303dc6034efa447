/**
 * Erasing a person (`identity.md` rule 5): which identifiers the request lists, which it slices, and
 * the statement that says so with keyed hashes only. From there the ordinary way of an event does
 * the rest: the graph tells every stream that carries them, each stream rewrites its log without
 * the events, and retracts its pieces.
 */

import type { JsonObject } from "../../sdk/wire.ts";
import type { Env } from "../env.ts";
import {
	carriedNodes,
	createHasher,
	DEVICE_KIND,
	hashOf,
	kindOf,
	type NodeKey,
	nodeKey,
	readIdentifiers,
} from "../identity/index.ts";
import type { LoggedEvent } from "../model.ts";
import { appendEvents, graphOf, routeEvents, shardOfProfile, shardOfStream } from "./client.ts";
import type { WorkspaceConfig } from "./config.ts";
import type { AppendAnswer } from "./stream-shard/append.ts";
import type { Rejection } from "./stream-shard/rejections.ts";
import type { Ref } from "./tombstone.ts";

/** A stretch of one identifier's events that one profile owned; ms, bounds inclusive. */
export interface OwnedRun {
	from: number;
	to: number;
}

export interface OwnedRuns {
	/** Of the profile asked for, ascending. */
	runs: OwnedRun[];
	/** Somebody else owns events that carry the identifier, too. */
	isShared: boolean;
}

export interface ErasePlan {
	/** Identifiers that only this profile has used. */
	ids: Ref[];
	/** Identifiers that others used too: the stretches that were this profile's. */
	slices: { id: Ref; from: string; to: string }[];
}

/** @returns null when there is no such profile */
export async function planErasure(env: Env, config: WorkspaceConfig, profileId: string): Promise<ErasePlan | null> {
	const chain = await shardOfProfile(env, config, profileId).readChain(profileId, { bots: true });
	// The graph knows what was named in events whose content is gone by age.
	const { identifiers, evidence } = await graphOf(env, config.workspace).explain(profileId);
	const nodes = new Set<NodeKey>([
		...(chain?.identities ?? []).map(({ kind, hash }) => nodeKey(kind, hash)),
		...identifiers,
		...evidence.map(({ node }) => node),
	]);
	if (nodes.size === 0) return null;
	const plan: ErasePlan = { ids: [], slices: [] };
	for (const node of nodes) {
		const [kind, hash] = [kindOf(node), hashOf(node)];
		const { runs, isShared } = await runsOfNode(env, config, node, profileId);
		if (!isShared) plan.ids.push({ kind, hash });
		for (const { from, to } of isShared ? runs : []) {
			plan.slices.push({ id: { kind, hash }, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
		}
	}
	return plan;
}

async function runsOfNode(env: Env, config: WorkspaceConfig, node: NodeKey, profileId: string): Promise<OwnedRuns> {
	const carriers = await graphOf(env, config.workspace).streamsOf(node);
	// A device that never carried an identifier is unknown to the graph, and its events lie in its own stream alone.
	const streams = new Set(kindOf(node) === DEVICE_KIND ? [node, ...carriers] : carriers);
	const found = await Promise.all(
		[...streams].map((stream) => shardOfStream(env, config, stream).ownedRuns(stream, node, profileId)),
	);
	return { runs: found.flatMap(({ runs }) => runs), isShared: found.some(({ isShared }) => isShared) };
}

/** Logs the statement; the erasure has begun and survives any crash when this returns. */
export async function beginErasure(
	env: Env,
	config: WorkspaceConfig,
	plan: ErasePlan,
	receipt: string,
	now: number,
): Promise<AppendAnswer> {
	const statement: LoggedEvent = {
		sent: { type: "erase", messageId: receipt, ids: plan.ids.map((ref) => ({ ...ref })), slices: plan.slices as never },
		timestamp: now,
		receivedAt: now,
		trust: "server",
		added: {},
	};
	return appendEvents(env, config, routeEvents(config, [statement], []));
}

/**
 * How an erasure finds an event that was refused, as far as it can be read. A late copy of an erased event may be refused for
 * its age: it goes by its own time, so that nothing of it stands among the rejections again.
 *
 * @param event parsed JSON, of any shape
 */
export function readRefused(
	event: unknown,
	context: JsonObject | undefined,
	receivedAt: number,
	config: WorkspaceConfig,
): Rejection["carried"] {
	if (typeof event !== "object" || event === null || Array.isArray(event)) return { nodes: [], t: receivedAt };
	const hash = createHasher(config.secret);
	const settings = config.settings.identity;
	// What it says of itself is read as if it had been accepted: an event of an unknown type carries its identifiers, too.
	const nodesIn = (sent: object): NodeKey[] => {
		const logged = { sent, timestamp: 0, receivedAt: 0, trust: "public", added: {} } as unknown as LoggedEvent;
		return carriedNodes(logged, readIdentifiers(logged, settings, hash), settings, hash);
	};
	const nodes = new Set([...nodesIn(event), ...nodesIn({ ...event, context })]);
	const { originalTimestamp, timestamp } = event as { originalTimestamp?: unknown; timestamp?: unknown };
	const own = originalTimestamp ?? timestamp;
	const t = typeof own === "string" ? Date.parse(own) : Number.NaN;
	return { nodes: [...nodes], t: Number.isNaN(t) ? receivedAt : Math.min(t, receivedAt) };
}
