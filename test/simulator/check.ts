/** Holds a world that has come to rest to the reference. */
import { canonicalJson } from "../../collector/identity/index.ts";
import { assembleChain } from "../../collector/journey/index.ts";
import type { LoggedEvent, Piece } from "../../collector/model.ts";
import { decodeRow, unpackEvents } from "../../collector/store/codec.ts";
import { unpackDetails } from "../../collector/store/profile-shard/detail-codec.ts";
import { readDetail } from "../../collector/store/profile-shard/stored-detail.ts";
import { readStream } from "../../collector/store/stream-shard/fold-stream.ts";
import { referenceOf } from "./reference.ts";
import type { World } from "./world.ts";

/** @returns what differs, most telling first; empty when the store is right */
export function findFaults(world: World): string[] {
	const faults: string[] = world.errors.map(
		(error) => `error: ${error instanceof Error ? error.stack : String(error)}`,
	);
	const config = world.graph?.readConfig();
	if (config === undefined || config === null) return ["the workspace is gone"];
	if (world.pending() > 0) faults.push(`pending: ${world.pending()} after all has come to rest`);
	const logged = world.logged.map(({ event }) => event);
	const reference = referenceOf(logged, config);
	const { placed, unattributed, excluded, clusters } = reference.resolution;

	// 1: every data event once, with its owner.
	const wanted = new Map<string, string | null>();
	for (const { stream, messageId, profileId } of placed) wanted.set(`${stream} ${messageId}`, profileId);
	for (const { stream, messageId } of unattributed) wanted.set(`${stream} ${messageId}`, null);
	const mayBeExcluded = new Set(excluded.map(({ stream, messageId }) => `${stream} ${messageId}`));
	for (const shard of world.streams.values()) {
		const rules = shard.rules(config);
		for (const stream of shard.streamsAfter("", 10_000)) {
			const { head, loadEvents } = shard.loadStream(stream);
			for (const { fact, owner, isExcluded } of readStream(head, rules, loadEvents)) {
				if (!fact.isData) continue;
				const key = `${stream} ${fact.event.sent.messageId}`;
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
	for (const key of wanted.keys()) faults.push(`event ${key} is lost`);

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

	// 2: every chain, and no stray piece.
	const pieces: Piece[] = [];
	for (const host of world.network.hosts.values()) {
		if (!host.name.startsWith("profile/")) continue;
		const rows = host.disk.all<{ profile: string; detail: Uint8Array }>("SELECT profile, detail FROM pieces", []);
		pieces.push(...unpackDetails(rows.map(({ detail }) => detail)).map(readDetail));
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

	// 4: the log holds what was logged and not erased, and nothing else.
	const distinct = new Set(reference.kept.map(copyKey));
	for (const host of world.network.hosts.values()) {
		if (!host.name.startsWith("stream/")) continue;
		for (const { stream, error } of host.disk.all<{ stream: string; error: string }>("SELECT * FROM stuck", [])) {
			faults.push(`stuck: ${stream}: ${error}`);
		}
		for (const event of loggedOf(host.disk.all<{ body: Uint8Array }>("SELECT body FROM log", []))) {
			if (!distinct.has(copyKey(event))) faults.push(`log: holds ${copyKey(event)}, which is erased`);
		}
	}
	return faults;
}

function loggedOf(rows: { body: Uint8Array }[]): LoggedEvent[] {
	return rows.flatMap(({ body }) => decodeRow(body).flatMap((segment) => unpackEvents(segment.body)));
}

function copyKey({ sent, timestamp, trust, added }: LoggedEvent): string {
	return canonicalJson([timestamp, trust, sent, added]);
}
