/**
 * Who is forgotten whole (`idleDays`): people of whom nothing was heard for so long. Who hangs together is forgotten together,
 * since what an old stream says of somebody who still comes is what makes him one person.
 */
import type { LoggedEvent } from "../model.ts";
import { pushTo } from "./multimap.ts";
import type { NodeKey } from "./types.ts";

export interface IdleStream {
	stream: string;
	/** Every identifier that its events carry, its own device included. */
	nodes: Iterable<NodeKey>;
	/** No event of it is as young as the limit asks. */
	isIdle: boolean;
}

/** What was decided about somebody's data outlives him: a denial that was forgotten would be no denial. */
const LASTING = new Set<string>(["consent", "erase"]);

/** Whether the event stays where all others of its stream are forgotten. */
export function isLasting({ sent }: LoggedEvent): boolean {
	return LASTING.has(sent.type);
}

/**
 * @param streams those that name somebody, closed under rule 17, in any order
 * @param shared  identifiers that tie nobody (rule 8)
 * @returns streams by who hangs together, by what they carry: the groups of which all are idle
 */
export function findForgotten(streams: Iterable<IdleStream>, shared: ReadonlySet<NodeKey>): string[][] {
	const parents = new Map<string, string>();
	const rootOf = (name: string): string => {
		let root = name;
		for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) root = next;
		parents.set(name, root);
		return root;
	};
	const all = [...streams];
	// A stream may be called as an identifier is, and be tied by it to none.
	const nameOf = (stream: string) => `stream ${stream}`;
	for (const { stream, nodes } of all) {
		for (const node of nodes) if (!shared.has(node)) parents.set(rootOf(node), rootOf(nameOf(stream)));
	}
	const awake = new Set(all.flatMap(({ stream, isIdle }) => (isIdle ? [] : [rootOf(nameOf(stream))])));
	const groups = new Map<string, string[]>();
	for (const { stream } of all) {
		const root = rootOf(nameOf(stream));
		if (!awake.has(root)) pushTo(groups, root, stream);
	}
	return [...groups.values()];
}
