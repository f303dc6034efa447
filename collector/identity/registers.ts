/**
 * Rule 7: `alias`, `link` and `unlink` as one last-writer-wins register per unordered pair.
 */
import { pushTo } from "./multimap.ts";
import { compareText, isDevice, isUser } from "./node-key.ts";
import { comparePositions } from "./position.ts";
import type { NodeKey, PairState, Statement } from "./types.ts";

/**
 * Where a server has spoken of a pair, only servers are heard of it: a stranger's later `link` or `alias` does not undo
 * what the business's own server parted or joined (`design.md` §4; rule 7 knows no trust).
 *
 * @param statements in any order; other kinds are passed over
 * @returns the state in force of each pair that any statement names, sorted by pair
 */
export function foldRegisters(statements: Iterable<Statement>): PairState[] {
	const registers = new Map<string, PairState>();
	for (const statement of statements) {
		if (statement.kind === "consent" || statement.kind === "erase") continue;
		const { kind, at, trust } = statement;
		const [a, b] = [statement.a, statement.b].sort(compareText) as [NodeKey, NodeKey];
		// Kinds hold no line break, so the pair reads one way only.
		const pair = `${a}\n${b}`;
		const before = registers.get(pair);
		if (!before || isOutweighed(before, statement)) registers.set(pair, { kind, a, b, at, trust });
	}
	return [...registers.values()].sort((x, y) => compareText(x.a, y.a) || compareText(x.b, y.b));
}

function isOutweighed(before: PairState, { at, trust }: Statement): boolean {
	if (before.trust !== trust) return trust === "server";
	return comparePositions(before.at, at) < 0;
}

/** @returns groups of two or more devices joined by links in force, each sorted, by their smallest */
export function linkedGroups(registers: Iterable<PairState>): NodeKey[][] {
	const links = [...registers].filter(({ kind, a, b }) => kind === "link" && isDevice(a) && isDevice(b));
	return [...componentsOf(links).values()];
}

export function isUserAlias({ kind, a, b }: PairState): boolean {
	return kind === "alias" && isUser(a) && isUser(b);
}

/**
 * Connected components of pairs.
 *
 * @returns by smallest member, each sorted; only nodes that stand in a pair
 */
export function componentsOf(pairs: Iterable<{ a: NodeKey; b: NodeKey }>): Map<NodeKey, NodeKey[]> {
	const neighbours = new Map<NodeKey, NodeKey[]>();
	for (const { a, b } of pairs) {
		pushTo(neighbours, a, b);
		pushTo(neighbours, b, a);
	}
	const seen = new Set<NodeKey>();
	const components = new Map<NodeKey, NodeKey[]>();
	for (const start of [...neighbours.keys()].sort(compareText)) {
		if (seen.has(start)) continue;
		const members = [start];
		seen.add(start);
		for (let index = 0; index < members.length; index++) {
			for (const next of neighbours.get(members[index] as NodeKey) ?? []) {
				if (seen.has(next)) continue;
				seen.add(next);
				members.push(next);
			}
		}
		components.set(start, members.sort(compareText));
	}
	return components;
}
