/** Holds what a collector has stored to what follows from its log: `collector/store/replay.ts`, computed from scratch. */

import { createHash } from "node:crypto";
import type { LoggedEvent } from "../model.ts";
import { replay } from "../store/replay.ts";
import type { AdminDoor } from "./admin-door.ts";
import { partsOf } from "./log-parts.ts";

export interface Comparison {
	events: number;
	profiles: number;
	/** What differs, a line each; empty when the store is right. Ids of profiles and hashes only. */
	faults: string[];
	/** Of the set of logged copies, whatever their order. */
	logDigest: string;
}

/** By part of a chain: a digest, and of a list its length. */
type Digests = { [part: string]: string };

/**
 * @param workspaceSecret of the collector, as in `admin.json`
 * @param folder          where the log is spooled meanwhile; it must be as safe as the data
 * @throws Error when the collector does not get on with its work, or does not answer
 */
export async function compareStore(
	door: AdminDoor,
	workspace: string,
	workspaceSecret: string,
	folder: string,
): Promise<Comparison> {
	const status = await door.settle();
	const faults = status.errors.map((error) => `a fault while folding: ${error}`);
	if (status.stuck > 0) faults.push(`${status.stuck} streams could not be folded`);
	const { config } = await door.read();
	const whole = { ...config, secret: `${workspaceSecret}\n${workspace}` };
	const logged = createSetDigest();
	let isCounted = false;
	const readLog = async function* () {
		for await (const event of door.log(config.streamShards)) {
			if (!isCounted) logged.add(event);
			yield event;
		}
		isCounted = true;
	};

	const owners = new Map<string, string>();
	const chains = new Map<string, Digests>();
	for await (const events of partsOf(readLog, whole, folder)) {
		const part = replay(events, whole);
		for (const [node, profile] of part.resolution.clusters.profileOf) owners.set(node, profile);
		for (const [profile, chain] of part.chains) chains.set(profile, digestsOf(chain));
	}
	const profiles = chains.size;

	for await (const { node, profile } of door.owners()) {
		const owed = owners.get(node);
		if (owed !== profile) faults.push(`${node} is held for ${profile}; ${owed ?? "nobody"} owns it`);
		owners.delete(node);
	}
	for (const [node, profile] of owners) faults.push(`${node} of ${profile} is held for nobody`);

	for await (const stored of door.chains(config.profileShards)) {
		const { profileId } = stored;
		const wanted = chains.get(profileId);
		if ("fault" in stored) faults.push(`profile ${profileId} ${stored.fault}`);
		else if (wanted === undefined) faults.push(`profile ${profileId} should not be there`);
		else {
			const parts = differingParts(digestsOf(stored.chain as object), wanted);
			if (parts.length > 0) faults.push(`profile ${profileId} differs in ${parts.join(", ")}`);
		}
		chains.delete(profileId);
	}
	for (const profileId of chains.keys()) faults.push(`profile ${profileId} is missing`);
	return { events: logged.count(), profiles, faults, logDigest: logged.value() };
}

function digestsOf(chain: object): Digests {
	return Object.fromEntries(
		Object.entries(chain)
			.filter(([, value]) => value !== undefined)
			.map(([name, value]) => {
				const digest = createHash("sha256").update(JSON.stringify(value)).digest("base64url").slice(0, 16);
				return [name, Array.isArray(value) ? `${value.length} ${digest}` : digest];
			}),
	);
}

/** Names of the chain's parts that differ, lists with their lengths. */
function differingParts(stored: Digests, wanted: Digests): string[] {
	return [...new Set([...Object.keys(stored), ...Object.keys(wanted)])]
		.filter((name) => stored[name] !== wanted[name])
		.map((name) => {
			const [is, owed] = [stored[name], wanted[name]].map((digest) => digest?.match(/^(\d+) /)?.[1]);
			return is === undefined || owed === undefined ? name : `${name} (${is} stored, ${owed} owed)`;
		});
}

/** Sums hashes, so that neither the order of copies nor their place counts. */
export function createSetDigest(): { add(event: LoggedEvent): void; count(): number; value(): string } {
	let sum = 0n;
	let count = 0;
	return {
		add(event) {
			const hash = createHash("sha256").update(JSON.stringify(event)).digest();
			sum = (sum + hash.readBigUInt64BE()) % 2n ** 64n;
			count++;
		},
		count: () => count,
		value: () => `${count}-${sum.toString(16)}`,
	};
}
