/** Holds a world that has come to rest to the reference. */
import {
	anonymousProfile,
	canonicalJson,
	comparePositions,
	createHasher,
	cutAt,
	isolatedProfile,
	isUnattributed,
	linkedGroups,
	readIdentifiers,
	readStatement,
	resolveClusters,
	segmentAt,
	streamOf,
	type Timeline,
} from "../../collector/identity/index.ts";
import { assembleChain } from "../../collector/journey/index.ts";
import type { LoggedEvent, Piece } from "../../collector/model.ts";
import type { WorkspaceConfig } from "../../collector/store/config.ts";
import { readMemories } from "../../collector/store/identity-graph/device-memory.ts";
import { SharedDevice } from "../../collector/store/identity-graph/shared-device.ts";
import { shardIndex } from "../../collector/store/sharding.ts";
import { readStream } from "../../collector/store/stream-shard/fold-stream.ts";
import { readSegmentOwner } from "../../collector/store/stream-shard/read-events.ts";
import type { StreamShard } from "../../collector/store/stream-shard/stream-shard.ts";
import { type Reference, referenceOf } from "./reference.ts";
import { STATEMENTS, type World } from "./world.ts";

/** @returns what differs, most telling first; empty when the store is right */
export function findFaults(world: World): string[] {
	const faults: string[] = world.errors.map(
		(error) => `error: ${error instanceof Error ? error.stack : String(error)}`,
	);
	const config = world.graph?.readConfig();
	if (config === undefined || config === null) return ["the workspace is gone"];
	if (world.pending() > 0) faults.push(`pending: ${world.pending()} after all has come to rest`);
	const logged = world.logged.map(({ event }) => event);
	const cut = cutAt(world.now, config.settings.retentionDays);
	const reference = referenceOf(logged, config, cut);
	const { placed, unattributed, excluded, clusters } = reference.resolution;

	// 1: every data event once, with its owner.
	const wanted = new Map<string, string | null>();
	for (const { stream, messageId, profileId } of placed) wanted.set(`${stream} ${messageId}`, profileId);
	for (const { stream, messageId } of unattributed) wanted.set(`${stream} ${messageId}`, null);
	const mayBeGone = new Set(
		[...placed, ...unattributed]
			.filter(({ event }) => event.timestamp < cut && !namesSomebody(event, config))
			.map(({ stream, messageId }) => `${stream} ${messageId}`),
	);
	const stated = new Set<string>();
	const mayBeExcluded = new Set(excluded.map(({ stream, messageId }) => `${stream} ${messageId}`));
	for (const shard of world.streams.values()) {
		const rules = shard.rules(config);
		for (const stream of shard.streamsAfter("", 10_000)) {
			const { head, loadEvents } = shard.loadStream(stream);
			for (const { fact, owner, isExcluded } of readStream(head, rules, loadEvents)) {
				const key = `${stream} ${fact.event.sent.messageId}`;
				if (!fact.isData) {
					stated.add(key);
					continue;
				}
				if (isExcluded) {
					if (!mayBeExcluded.has(key)) faults.push(`event ${key} is excluded without reason`);
					continue;
				}
				const owed = wanted.get(key);
				if (owed === undefined) faults.push(`event ${key} is shown twice or should not be`);
				else if (owed !== owner)
					faults.push(`event ${key} (${fact.event.sent.type}) is owned by ${owner}, not ${owed}`);
				wanted.delete(key);
			}
		}
	}
	for (const [key, owner] of wanted) {
		// Of an old event that nobody but its device was ever named beside, nothing need be left.
		if (!mayBeGone.has(key)) faults.push(`event ${key} of ${owner} is lost`);
	}

	// 1b: every statement that says something.
	for (const { stream, messageId, event } of reference.resolution.told) {
		const isLost = !stated.has(`${stream} ${messageId}`);
		if (isLost && saysSomething(event, config)) faults.push(`${event.sent.type} ${stream} ${messageId} is lost`);
	}

	// 3: the graph's owners.
	const owners = new Map(
		world.network
			.host("graph")
			.disk.all<{ kind: string; hash: string; profile: string }>("SELECT kind, hash, profile FROM owners", [])
			.map(({ kind, hash, profile }) => [`${kind}=${hash}`, profile]),
	);
	for (const [node, profile] of clusters.profileOf) {
		if (owners.get(node) !== profile) faults.push(`owners: ${node} is ${owners.get(node)}, not ${profile}`);
		owners.delete(node);
	}
	for (const node of owners.keys()) faults.push(`owners: ${node} should be gone`);

	// 3b: what the graph keeps besides is true, and of use.
	const graphRows = (query: string) =>
		world.network
			.host("graph")
			.disk.all<{ name: string }>(query, [])
			.map(({ name }) => name);
	for (const node of graphRows("SELECT node AS name FROM shared")) {
		if (!clusters.sharedNodes.has(node)) faults.push(`shared: ${node} is marked and is not`);
	}
	const idle =
		"SELECT stream AS name FROM streams WHERE claims IS NULL AND stream NOT IN (SELECT node FROM statements)";
	for (const stream of graphRows(idle)) faults.push(`streams: ${stream} claims nothing and is still kept`);

	faults.push(...findDeviceFaults(world, reference));

	// 3c: the graph finds each stretch in which somebody is named, by the id that its anonymous profile had.
	faults.push(...findSegmentFaults(world, config, reference, mayBeGone));

	// 2: every chain, and no stray piece.
	const pieces: Piece[] = [];
	for (const shard of world.profiles.values()) {
		for (const chain of shard.pieces.piecesAfter("", 100_000))
			pieces.push(...(chain.pieces ?? shard.readPieces(chain.profileId)));
	}
	const chains = new Map(reference.chains);
	for (const [profile, own] of Map.groupBy(pieces, ({ profileId }) => profileId)) {
		const wantedChain = chains.get(profile);
		const chain = JSON.stringify(assembleChain(own));
		if (wantedChain === undefined) faults.push(`chain of ${profile} is a stray: ${chain}`);
		else if (chain !== wantedChain) faults.push(`chain of ${profile} is\n${chain}\nnot\n${wantedChain}`);
		chains.delete(profile);
	}
	for (const [profile, chain] of chains) faults.push(`chain of ${profile} is missing: ${chain}`);

	// 2b: what chains leave out is counted.
	let twins = 0;
	for (const shard of world.profiles.values()) {
		while (shard.twins.countedSeq < shard.lastChange() && shard.twins.lastError === null) shard.twins.countUntil();
		const { sameMessageIds, lastError } = shard.status();
		if (lastError !== null) faults.push(`twins: ${lastError}`);
		twins += sameMessageIds;
	}
	if (twins !== reference.twins) faults.push(`twins: ${twins} are counted, not ${reference.twins}`);

	// 4: the log holds what was logged and not erased, and nothing else.
	const distinct = new Set(reference.kept.map(copyKey));
	for (const [index, shard] of world.streams) {
		const host = world.network.host(`stream/${index}`);
		for (const { stream, error } of host.disk.all<{ stream: string; error: string }>("SELECT * FROM stuck", [])) {
			faults.push(`stuck: ${stream}: ${error}`);
		}
		for (const event of loggedOf(shard)) {
			if (!distinct.has(copyKey(event))) faults.push(`log: holds ${copyKey(event)}, which is erased`);
		}
	}
	return [...faults, ...findRemains(world, config, cut)];
}

/** Of a device that nobody was named beside and nothing was stated of, nothing is left when all its events are too old. */
function findRemains(world: World, config: WorkspaceConfig, cut: number): string[] {
	const hash = createHasher(config.secret);
	const logged = world.logged.map(({ event }) => event);
	const stated = logged.filter(({ sent }) => STATEMENTS.has(sent.type)).map(({ sent }) => JSON.stringify(sent));
	const byDevice = Map.groupBy(logged, ({ sent }) => sent.anonymousId);
	return [...byDevice].flatMap(([device, events]) => {
		const isSilent = device !== undefined && !stated.some((text) => text.includes(JSON.stringify(device)));
		if (!isSilent || events.some((event) => event.timestamp >= cut || namesSomebody(event, config))) return [];
		const [stream] = events.map((event) =>
			streamOf(readIdentifiers(event, config.settings.identity, hash), event.sent.messageId, hash),
		) as [string];
		if (isUnattributed(stream)) return [];
		const { rows } = world.streams.get(shardIndex(stream, config.streamShards)) as StreamShard;
		const copies = rows.rowsAfter(0, 100_000).flatMap(({ segments }) => segments.map((segment) => segment.stream));
		const isKept = copies.includes(stream) || rows.keys.find(stream) !== undefined;
		return isKept ? [`remains: ${stream}, of ${device}, is too old as a whole and is still kept`] : [];
	});
}

/** What the graph remembers of shared devices is what the rules find of them, and of each that joins nobody it remembers all. */
function findDeviceFaults(
	world: World,
	{ resolution: { timelines: cut, registers, ...resolved } }: Reference,
): string[] {
	const faults: string[] = [];
	const sql = world.network.host("graph").disk.port({ name: "check", isStopped: false });
	const stored = sql.all<{ device: string }>("SELECT device FROM shared_devices").map(({ device }) => device);
	const memories = readMemories(sql, stored);
	// A device of which no event counts may be shared all the same, by aliases: no chain can tell.
	const counted = new Set(cut.flatMap(({ devices }) => devices));
	const linked = new Set(linkedGroups(registers).flat());
	const silent = stored
		.filter((device) => !counted.has(device) && !linked.has(device))
		.map((key): Timeline => ({ key, devices: [key], segments: [{ opensAt: null }], visits: [] }));
	const timelines = [...cut, ...silent];
	const clusters = silent.length === 0 ? resolved.clusters : resolveClusters(timelines, registers);
	for (const timeline of timelines) {
		const { key, devices } = timeline;
		const memory = memories.get(key);
		memories.delete(key);
		const isAlone = devices.length === 1 && clusters.known.has(key);
		if (isAlone !== (memory !== undefined)) faults.push(`devices: ${key} is remembered: ${!isAlone}`);
		if (!isAlone || memory === undefined) continue;
		const pairs = registers.filter(({ a, b }) => a === key || b === key);
		const wanted = new SharedDevice(timeline, pairs).remember(new Set(), clusters);
		for (const [digest, fact] of wanted) {
			const found = memory.get(digest);
			// Of servers' turns nobody asks before there are several.
			const isRight =
				(fact.people === null) === (found?.people == null) &&
				canonicalJson({ ...fact, people: { ...fact.people, ...found?.people } }) ===
					canonicalJson({ ...found, people: { ...found?.people, ...fact.people } });
			if (!isRight)
				faults.push(`devices: of ${key} is remembered ${JSON.stringify(found)}, not ${JSON.stringify(fact)}`);
		}
		if (memory.size !== wanted.size)
			faults.push(`devices: of ${key} ${memory.size} facts are remembered, not ${wanted.size}`);
	}
	for (const device of memories.keys()) faults.push(`devices: ${device} is remembered and does not count`);
	return faults;
}

/** Of stretches that a reset opened: what the graph keeps, and whom their streams name. */
function findSegmentFaults(
	world: World,
	config: WorkspaceConfig,
	{ resolution }: Reference,
	mayBeGone: ReadonlySet<string>,
): string[] {
	const faults: string[] = [];
	const hash = createHasher(config.secret);
	const rows = world.network
		.host("graph")
		.disk.all<{ id: string; stream: string }>("SELECT id, stream FROM segments", []);
	const stored = new Map(rows.map(({ id, stream }) => [id, stream]));
	const resets = resolution.told.filter(({ event }) => event.sent.type === "reset");
	const possible = new Set(resets.map(({ stream: s, messageId: m }) => anonymousProfile([], { t: 0, m, s }, hash)));
	for (const id of stored.keys()) if (!possible.has(id)) faults.push(`segments: ${id} is of no reset that counts`);
	for (const { key, devices, segments, visits } of resolution.timelines) {
		const named = new Set(visits.filter(({ claims }) => claims.length > 0).map(({ segment }) => segment));
		for (const { at } of resolution.clusters.answers.get(key)?.aliasClaims ?? []) named.add(segmentAt(segments, at));
		for (const [index, { opensAt }] of segments.entries()) {
			if (opensAt === null) continue;
			const id = anonymousProfile(devices, opensAt, hash);
			const stream = stored.get(id);
			if (named.has(index) !== (stream !== undefined))
				faults.push(`segments: ${id} is ${stream}, named: ${named.has(index)}`);
			if (stream === undefined) continue;
			const isolated = devices.map((device) => isolatedProfile(device, hash));
			const inside = resolution.placed
				.map(({ stream: s, messageId: m, profileId, event }) => ({ at: { t: event.timestamp, m, s }, profileId }))
				.filter(({ at, profileId }) => devices.includes(at.s) && !isolated.includes(profileId))
				.filter(({ at }) => segmentAt(segments, at) === index)
				.sort((a, b) => comparePositions(a.at, b.at));
			if (inside.some(({ at }) => mayBeGone.has(`${at.s} ${at.m}`))) continue;
			const wanted = inside.at(-1)?.profileId;
			const found = devices
				.flatMap((device) => {
					const shard = world.streams.get(shardIndex(device, config.streamShards)) as StreamShard;
					return readSegmentOwner(shard, shard.rules(config), device, id).latest ?? [];
				})
				.sort((a, b) => comparePositions(a.at, b.at))
				.at(-1)?.owner;
			if (found !== wanted) faults.push(`segments: ${id} is owned by ${found}, not ${wanted}`);
		}
	}
	return faults;
}

function loggedOf({ rows }: StreamShard): LoggedEvent[] {
	return rows
		.rowsAfter(0, 100_000)
		.flatMap(({ segments }) => segments.flatMap((segment) => rows.eventsOf(segment.stream, [segment])));
}

function namesSomebody(event: LoggedEvent, { settings, secret }: WorkspaceConfig): boolean {
	return readIdentifiers(event, settings.identity, createHasher(secret)).strong.length > 0;
}

function saysSomething(event: LoggedEvent, { settings, secret }: WorkspaceConfig): boolean {
	const hash = createHasher(secret);
	const ids = readIdentifiers(event, settings.identity, hash);
	const isCut = event.sent.type === "reset" && ids.device !== null;
	return isCut || readStatement(event, ids, settings.identity, hash) !== null;
}

/** Which copy counts is no part of what it says. */
function copyKey({ sent, timestamp, trust, added: { kept, ...rest } }: LoggedEvent): string {
	const { lost: _, ...said } = kept ?? {};
	const added = kept === undefined ? rest : { kept: said };
	return canonicalJson([timestamp, trust, sent, added]);
}
