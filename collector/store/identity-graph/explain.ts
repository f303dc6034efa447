/** Why a profile's identifiers are one person: each with the event and the rule that brought it in, and what was refused. */
import {
	bestNode,
	claimKey,
	comparePositions,
	createCounts,
	isDevice,
	type Link,
	type NodeKey,
	type Refusal,
} from "../../identity/index.ts";
import type { Position } from "../../model.ts";
import type { Resolved } from "./resolve-component.ts";

/** One reason for one identifier. */
export interface Evidence {
	node: NodeKey;
	/**
	 * Of a strong identifier the tier of the edge (`alias`, `server`, `public`, `complement`); of a device `claim` (somebody was
	 * named on it), `alias`, or `link` (to another device).
	 */
	rule: Link["rule"] | "claim" | "link";
	with: NodeKey;
	/** Of the earliest event that says so. */
	at: Position;
}

export interface Explanation {
	/** Strong ones. */
	identifiers: NodeKey[];
	/** Ascending by identifier, then by position; none for an identifier that stands alone. */
	evidence: Evidence[];
	links: Link[];
	refusals: Refusal[];
	shared: NodeKey[];
	contested: NodeKey[];
}

/** @param resolved what hangs together with the profile's identifiers */
export function explainProfile(resolved: Resolved, profileId: string): Explanation {
	const { resolution } = resolved;
	const members = new Set(resolution.members.get(profileId) ?? []);
	const links = resolution.links.filter(({ a, b }) => members.has(a) && members.has(b));
	const evidence = [
		...links.flatMap(({ a, b, rule, at }) => [
			{ node: a, rule, with: b, at },
			{ node: b, rule, with: a, at },
		]),
		...explainDevices(resolved, members, profileId),
	];
	return {
		identifiers: [...members].sort(),
		evidence: evidence.sort((x, y) => (x.node < y.node ? -1 : x.node > y.node ? 1 : comparePositions(x.at, y.at))),
		links,
		refusals: resolution.refusals.filter(({ a, b }) => members.has(a) || members.has(b)),
		shared: [...members].filter((node) => resolution.sharedNodes.has(node)),
		contested: [...members].filter((node) => resolution.contested.has(node)),
	};
}

/** Why devices are this person's: claims that count on them (rule 15 leaves some out), aliases, and links to such devices. */
function explainDevices(
	{ resolution, timelines, registers }: Resolved,
	members: ReadonlySet<NodeKey>,
	profileId: string,
): Evidence[] {
	const found = new Map<string, Evidence>();
	const keep = (one: Evidence): void => {
		const key = `${one.node}\n${one.rule}\n${one.with}`;
		const known = found.get(key);
		if (known === undefined || comparePositions(one.at, known.at) < 0) found.set(key, one);
	};
	const own = new Set<NodeKey>();
	for (const { key, devices, visits } of timelines) {
		const answer = resolution.answers.get(key);
		if (devices.length === 0 || answer === undefined) continue;
		const counts = createCounts(answer);
		for (const claim of visits.flatMap((visit) => visit.claims)) {
			const claimed = claimKey(claim);
			if (answer.owners[claimed] !== profileId || !counts(profileId, claimed)) continue;
			const named = bestNode(claim.nodes.filter((node) => members.has(node))) ?? bestNode(claim.nodes);
			if (named !== null) keep({ node: claim.first.s, rule: "claim", with: named, at: claim.first });
			for (const device of devices) own.add(device);
		}
		if (counts(profileId) && answer.aliasClaims.some(({ owner }) => owner === profileId))
			for (const device of devices) own.add(device);
	}
	for (const { kind, a, b, at } of registers) {
		const [device, other] = isDevice(a) ? [a, b] : [b, a];
		if (!isDevice(device) || !own.has(device)) continue;
		if (kind === "alias" && members.has(other)) keep({ node: device, rule: "alias", with: other, at });
		if (kind !== "link") continue;
		keep({ node: device, rule: "link", with: other, at });
		keep({ node: other, rule: "link", with: device, at });
	}
	return [...found.values()];
}
