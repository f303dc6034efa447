/** The Worker's view of a workspace: which object to ask, and questions that go to all of them. */

import type { DeliveryReport } from "../../sdk/wire.ts";
import type { Env } from "../env.ts";
import { createHasher, readIdentifiers, streamOf } from "../identity/index.ts";
import { readLibrary } from "../ingest/index.ts";
import type { LoggedEvent } from "../model.ts";
import { NO_SLOT } from "./codec.ts";
import type { WorkspaceConfig } from "./config.ts";
import type { IdentityGraphObject, ProfileShardObject, StreamShardObject } from "./objects.ts";
import { packEvents } from "./pack-events.ts";
import type { WebhookCounts } from "./profile-shard/webhook-outbox.ts";
import { objectName, shardIndex } from "./sharding.ts";
import type { AppendAnswer, AppendRequest } from "./stream-shard/append.ts";
import type { Rejection } from "./stream-shard/rejections.ts";
import type { ReportedLosses } from "./stream-shard/reported-losses.ts";
import { joinCounts, type SenderCount, type Sending } from "./stream-shard/senders.ts";
import type { DeliveryCounts } from "./stream-shard/shard-rows.ts";

/**
 * An object's calls as its caller sees them. The platform's own stub type follows every value
 * through serialisation, which JSON's recursion defeats; all that is sent here is plain data.
 */
export type Remote<Target> = {
	[Name in keyof Target as Target[Name] extends (...given: never[]) => Promise<unknown> ? Name : never]: Target[Name];
};

export function graphOf(env: Env, workspace: string): Remote<IdentityGraphObject> {
	return env.IDENTITY_GRAPH.getByName(objectName.graph(workspace)) as unknown as Remote<IdentityGraphObject>;
}

export function streamShardOf(env: Env, workspace: string, index: number): Remote<StreamShardObject> {
	return env.STREAM_SHARDS.getByName(objectName.stream(workspace, index)) as unknown as Remote<StreamShardObject>;
}

export function profileShardOf(env: Env, workspace: string, index: number): Remote<ProfileShardObject> {
	return env.PROFILE_SHARDS.getByName(objectName.profile(workspace, index)) as unknown as Remote<ProfileShardObject>;
}

/** The shard that holds a profile's chain. */
export function shardOfProfile(env: Env, config: WorkspaceConfig, profileId: string): Remote<ProfileShardObject> {
	return profileShardOf(env, config.workspace, shardIndex(profileId, config.profileShards));
}

/** The shard that holds a stream's log. */
export function shardOfStream(env: Env, config: WorkspaceConfig, stream: string): Remote<StreamShardObject> {
	return streamShardOf(env, config.workspace, shardIndex(stream, config.streamShards));
}

/**
 * One segment a stream, one request a shard.
 *
 * @param key id of the sender's key, for the count of who sends
 */
export function routeEvents(
	config: WorkspaceConfig,
	events: readonly LoggedEvent[],
	rejections: readonly { stream: string; rejection: Rejection }[],
	key?: string,
): Map<number, AppendRequest> {
	const streams = new Map<string, LoggedEvent[]>();
	const streamOfEvent = createStreamOf(config);
	for (const event of events) {
		const stream = streamOfEvent(event);
		const list = streams.get(stream);
		if (list === undefined) streams.set(stream, [event]);
		else list.push(event);
	}
	const requests = new Map<number, AppendRequest>();
	const requestOf = (stream: string): AppendRequest => {
		const index = shardIndex(stream, config.streamShards);
		const found = requests.get(index) ?? { segments: [], rejections: [] };
		requests.set(index, found);
		return found;
	};
	for (const [stream, list] of streams) {
		requestOf(stream).segments.push({ stream, count: list.length, body: packEvents(list), slot: NO_SLOT });
	}
	for (const { stream, rejection } of rejections) requestOf(stream).rejections.push(rejection);
	if (key !== undefined) {
		for (const event of events) {
			const { libraries } = sendingOf(requestOf(streamOfEvent(event)), key);
			const library = readLibrary(event.sent);
			libraries[library] = (libraries[library] ?? 0) + 1;
		}
		for (const { stream } of rejections) sendingOf(requestOf(stream), key).refused++;
	}
	return requests;
}

function sendingOf(request: AppendRequest, key: string): Sending {
	request.sending ??= { key, libraries: {}, refused: 0 };
	return request.sending;
}

/**
 * Adds to a batch's requests what its sender says of its way here. Losses go to a shard that the report alone decides,
 * so that they meet what the same batch said before, however its events were judged in between.
 *
 * @param id by which the report is known again; null: losses cannot be told from repeats and are not counted
 */
export function addReport(
	config: WorkspaceConfig,
	requests: Map<number, AppendRequest>,
	{ attempt, evicted, setAside }: DeliveryReport,
	id: string | null,
): void {
	const [first] = requests.values();
	if (attempt > 1 && first !== undefined) first.isRetry = true;
	if (id === null || evicted + setAside === 0) return;
	const hash = createHasher(config.secret)("loss report", id);
	const index = shardIndex(hash, config.streamShards);
	requests.set(index, {
		...(requests.get(index) ?? { segments: [], rejections: [] }),
		losses: { id: hash, evicted, setAside },
	});
}

/** A device names its stream alone, so that the rest of such an event need not be read at the door. */
function createStreamOf(config: WorkspaceConfig): (event: LoggedEvent) => string {
	const hash = createHasher(config.secret);
	const settings = config.settings.identity;
	const known = new Map<string, string | null>();
	return (event) => {
		const { anonymousId, messageId, type } = event.sent;
		if (anonymousId !== undefined && type !== "group") {
			let stream = known.get(anonymousId);
			if (stream === undefined) {
				stream = readIdentifiers({ sent: { type, messageId, anonymousId } }, settings, hash).device?.node ?? null;
				known.set(anonymousId, stream);
			}
			if (stream !== null) return stream;
		}
		return streamOf(readIdentifiers(event, settings, hash), messageId, hash);
	};
}

/** Logs a batch; each shard's part is durable when this returns, and the worst answer counts. */
export async function appendEvents(
	env: Env,
	config: WorkspaceConfig,
	requests: Map<number, AppendRequest>,
): Promise<AppendAnswer> {
	const { backlogEventsMax } = config.settings;
	const answers = await Promise.all(
		[...requests].map(([index, request]) =>
			streamShardOf(env, config.workspace, index).append({ ...request, backlogEventsMax }),
		),
	);
	return answers.find((answer) => answer !== "ok") ?? "ok";
}

export interface WorkspaceStatus {
	/** 0: chains show all that was acknowledged. */
	pending: number;
	/** Streams set aside by a fault of ours. */
	stuck: number;
	/** Shards that fold history again under new rules. */
	refolding: number;
	/** Shards that look for content beyond the workspace's limit of age and take it. */
	aging: number;
	erasing: number;
	/** Changes among a very large group of identifiers (over 50,000 claims), which is computed at most once a minute. */
	postponed: number;
	rejections: number;
	backlogEvents: number;
	/** How long the oldest event has waited to be folded, ms; 0: none waits. */
	lagMs: number;
	/** Copies logged (repeats too), repeats among them, numbers that the script gave out, and those that never arrived, and what senders say of their losses. */
	delivery: DeliveryCounts &
		ReportedLosses & {
			/**
			 * Contacts that chains leave out, since one of the same messageId from another stream is shown. Exact once all is
			 * settled; of more than 2,000 changed people a shard the next answer counts the rest.
			 */
			sameMessageIds: number;
		};
	/** Calls that wait, were taken, and were given up. */
	webhooks: WebhookCounts;
	identifiedStreams: number;
	databaseBytes: number;
	rowsRead: number;
	rowsWritten: number;
	/** Rounds that failed last and will be repeated; no personal data. */
	errors: string[];
}

/**
 * Sums over all objects. A sum of 0 is only believed when a second sweep finds 0 again and no object
 * changed in between: work may hop from one that was not asked yet to one that was.
 */
export async function readStatus(env: Env, config: WorkspaceConfig): Promise<WorkspaceStatus> {
	let [first, changes] = await sweep(env, config);
	if (first.pending > 0) return first;
	const [second, changesAgain] = await sweep(env, config);
	if (second.pending === 0 && changes !== changesAgain) second.pending = 1;
	[first, changes] = [second, changesAgain];
	return first;
}

async function sweep(env: Env, config: WorkspaceConfig): Promise<[WorkspaceStatus, number]> {
	const { workspace } = config;
	const streams = range(config.streamShards).map((index) => streamShardOf(env, workspace, index).status());
	const profiles = range(config.profileShards).map((index) => profileShardOf(env, workspace, index).status());
	const graph = await graphOf(env, workspace).status();
	const shards = await Promise.all(streams);
	const chains = await Promise.all(profiles);
	const all = [graph, ...shards, ...chains];
	const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
	const status: WorkspaceStatus = {
		pending: sum(all.map(({ pending }) => pending)),
		stuck: sum(shards.map(({ stuck }) => stuck)),
		refolding: sum(shards.map(({ refolding }) => refolding)),
		aging: sum(shards.map(({ aging }) => aging)),
		erasing: graph.erasing,
		postponed: graph.postponed,
		rejections: sum(shards.map(({ rejections }) => rejections)),
		backlogEvents: sum(shards.map(({ backlogEvents }) => backlogEvents)),
		lagMs: Math.max(0, ...shards.map(({ waitingSince }) => (waitingSince === null ? 0 : Date.now() - waitingSince))),
		delivery: {
			copies: sum(shards.map(({ counts }) => counts.copies)),
			duplicates: sum(shards.map(({ counts }) => counts.duplicates)),
			numbered: sum(shards.map(({ counts }) => counts.numbered)),
			lost: sum(shards.map(({ counts }) => counts.lost)),
			retries: sum(shards.map(({ reported }) => reported.retries)),
			evicted: sum(shards.map(({ reported }) => reported.evicted)),
			setAside: sum(shards.map(({ reported }) => reported.setAside)),
			sameMessageIds: sum(chains.map(({ sameMessageIds }) => sameMessageIds)),
		},
		webhooks: {
			waiting: sum(chains.map(({ webhooks }) => webhooks.waiting)),
			failing: sum(chains.map(({ webhooks }) => webhooks.failing)),
			delivered: sum(chains.map(({ webhooks }) => webhooks.delivered)),
			dropped: sum(chains.map(({ webhooks }) => webhooks.dropped)),
		},
		identifiedStreams: graph.streams,
		databaseBytes: sum(all.map(({ databaseBytes }) => databaseBytes)),
		rowsRead: sum(all.map(({ rowsRead }) => rowsRead)),
		rowsWritten: sum(all.map(({ rowsWritten }) => rowsWritten)),
		errors: all.flatMap(({ lastError }) => (lastError === null ? [] : [lastError])),
	};
	return [status, sum(all.map(({ changes }) => changes))];
}

function range(count: number): number[] {
	return Array.from({ length: count }, (_, index) => index);
}

/** Who sent how much on which day, over all shards. */
export async function readSenders(env: Env, config: WorkspaceConfig): Promise<SenderCount[]> {
	const counts = range(config.streamShards).map((index) => streamShardOf(env, config.workspace, index).senderCounts());
	return joinCounts((await Promise.all(counts)).flat());
}
