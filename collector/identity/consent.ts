/**
 * Rule 6: what the people behind an event allowed at its time.
 */
import type { Position, Trust } from "../model.ts";
import { pushTo } from "./multimap.ts";
import { isStrong } from "./node-key.ts";
import { comparePositions, lastWhere } from "./position.ts";
import type { NodeKey, Statement } from "./types.ts";

export type ConsentStatement = Extract<Statement, { kind: "consent" }>;

export interface Consent {
	analytics: boolean;
	stitching: boolean;
}

interface Said {
	at: Position;
	value: boolean;
}

/** An event, as far as consent looks at it. */
export interface Consenting {
	/** All that it carries, device and strong. */
	nodes: readonly NodeKey[];
	at: Position;
	trust: Trust;
}

/**
 * For each key the latest statement at or before the event's time decides, over all identifiers
 * that the event carries. Same time: the larger `messageId` (then stream), also where it is
 * larger than the event's.
 *
 * Of an event of server trust that carries a strong identifier only servers decide (rule 6 knows no trust): a
 * public `consent` speaks for what its own browser sends, and for what is known of that device alone. Otherwise
 * whoever learns a customer's `anonymousId` could take the orders and calls that servers logged with
 * it out of the customer's chain (`design.md` §4). A server that hears of a denial says so itself.
 *
 * @param consents in any order; statements and events may both be many: an event costs O(log n) for each of its nodes
 * @returns a function of an event; true for what nobody spoke of
 */
export function createConsentAt(consents: Iterable<ConsentStatement>): (event: Consenting) => Consent {
	const all = [...consents];
	const decideAll = createDecider(all);
	const byServers = all.filter(({ trust }) => trust === "server");
	const decideServers = byServers.length === all.length ? decideAll : createDecider(byServers);
	return (event) => (isServersOwn(event) ? decideServers : decideAll)(event);
}

/** Is it for servers alone to say what becomes of the event? */
function isServersOwn({ trust, nodes }: Consenting): boolean {
	return trust === "server" && nodes.some(isStrong);
}

function createDecider(consents: readonly ConsentStatement[]): (event: Consenting) => Consent {
	const said = { analytics: new Map<NodeKey, Said[]>(), stitching: new Map<NodeKey, Said[]>() };
	for (const consent of consents) {
		for (const key of ["analytics", "stitching"] as const) {
			const value = consent[key];
			if (value === undefined) continue;
			for (const node of consent.nodes) pushTo(said[key], node, { at: consent.at, value });
		}
	}
	for (const byNode of Object.values(said)) {
		for (const list of byNode.values()) list.sort((x, y) => comparePositions(x.at, y.at));
	}
	const decide = (byNode: Map<NodeKey, Said[]>, { nodes, at }: Consenting): boolean => {
		let latest: Said | undefined;
		for (const node of byNode.size === 0 ? [] : nodes) {
			const list = byNode.get(node) ?? [];
			const last = list[lastWhere(list, (item) => item.at.t <= at.t)];
			if (last && (!latest || comparePositions(latest.at, last.at) < 0)) latest = last;
		}
		return latest?.value ?? true;
	};
	return (event) => ({ analytics: decide(said.analytics, event), stitching: decide(said.stitching, event) });
}

/** One event's consent; for many events make one {@link createConsentAt}. */
export function consentAt(consents: Iterable<ConsentStatement>, event: Consenting): Consent {
	const concerning = [...consents].filter(
		(consent) => consent.at.t <= event.at.t && consent.nodes.some((node) => event.nodes.includes(node)),
	);
	return createConsentAt(concerning)(event);
}
