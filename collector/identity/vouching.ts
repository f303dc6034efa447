/**
 * What servers vouch for, so that public events, which anyone can send, never outweigh it (`design.md` §4, Trust).
 * It goes beyond the last line of rule 9, which speaks of identifiers tied to a userId only: a business that
 * knows a lead by mail and phone alone is owed the same.
 */
import { isStrong, isUser } from "./node-key.ts";
import { isUserAlias } from "./registers.ts";
import type { Claim, NodeKey, PairState, Timeline } from "./types.ts";

export interface Vouching {
	/** Identifiers that a server event carries, or its alias names. */
	carried: Set<NodeKey>;
	/** Those of them that it says more of than that there was such a contact: every userId, and what it carries beside another identifier, a device's included. */
	anchored: Set<NodeKey>;
	/** Those of them that a server ties to another strong identifier: its claim or its alias names both. */
	tied: Set<NodeKey>;
}

/** @param registers in force */
export function findVouching(timelines: Iterable<Timeline>, registers: Iterable<PairState>): Vouching {
	const vouching: Vouching = { carried: new Set(), anchored: new Set(), tied: new Set() };
	const vouch = (node: NodeKey, isAnchored: boolean, isTied: boolean): void => {
		vouching.carried.add(node);
		if (isAnchored || isTied || isUser(node)) vouching.anchored.add(node);
		if (isTied) vouching.tied.add(node);
	};
	for (const { devices, visits } of timelines) {
		for (const { claims } of visits) {
			for (const { nodes, serverFirst } of claims) {
				if (serverFirst === null) continue;
				for (const node of nodes) vouch(node, devices.length > 0, nodes.length > 1);
			}
		}
	}
	for (const pair of registers) {
		if (pair.kind !== "alias" || pair.trust !== "server") continue;
		for (const node of [pair.a, pair.b]) if (isStrong(node)) vouch(node, true, isUserAlias(pair));
	}
	return vouching;
}

/**
 * Does the claim count when rule 8 judges the identifier? Of one that servers say anything of, only theirs. A mail or
 * phone that servers only ever name all alone may still be everybody's, as a hotline's is: shared, it
 * keeps the events that carry only it together, and no stranger can take them over.
 */
export function isHeardOfSharing(claim: Claim, node: NodeKey, { anchored }: Vouching): boolean {
	return claim.serverFirst !== null || !anchored.has(node);
}

/** Does the claim count when rule 10 judges the identifier? Of one that any server event carries only server claims do. */
export function isHeardOfContest(claim: Claim, node: NodeKey, { carried }: Vouching): boolean {
	return claim.serverFirst !== null || !carried.has(node);
}
