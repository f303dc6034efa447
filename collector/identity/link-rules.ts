/** The rule that brought each identifier of a person in: that of its first link to another of his. */
import type { ClusterResolution, NodeKey, ProfileId } from "./types.ts";

export type LinkRules = { [node: NodeKey]: string };

/** By profile; an identifier that was linked to nothing has none. */
export function linkRulesOf({ members, links }: ClusterResolution): Map<ProfileId, LinkRules> {
	const rulesOf = new Map<ProfileId, LinkRules>();
	const ownerOf = new Map<NodeKey, LinkRules>();
	for (const [profile, nodes] of members) {
		const rules: LinkRules = {};
		rulesOf.set(profile, rules);
		for (const node of nodes) ownerOf.set(node, rules);
	}
	for (const { a, b, rule } of links) {
		const rules = ownerOf.get(a);
		if (rules === undefined || rules !== ownerOf.get(b)) continue;
		for (const node of [a, b]) rules[node] ??= rule;
	}
	return rulesOf;
}
