/**
 * Rule 5: which copies of events an erasure removes, before copies are compared.
 */
import { isStrong } from "./node-key.ts";
import type { NodeKey, Statement } from "./types.ts";

export type EraseStatement = Extract<Statement, { kind: "erase" }>;

/**
 * @param erasures  in any order; those that concern none of the nodes change nothing
 * @param nodes     all that the copy carries (`carriedNodes`)
 * @param timestamp of the copy, ms
 * @returns true where some erasure, whose T is not before the copy, lists one of its nodes; or slices one at that time
 *   and lists or slices every strong node beside it. What is later than T stays, whatever a slice's end.
 */
export function isErased(erasures: Iterable<EraseStatement>, nodes: readonly NodeKey[], timestamp: number): boolean {
	for (const erasure of erasures) {
		if (timestamp > erasure.until) continue;
		if (nodes.some((node) => erasure.nodes.includes(node))) return true;
		const isSliced = erasure.slices.some(
			({ node, from, to }) => nodes.includes(node) && from <= timestamp && timestamp <= to,
		);
		if (!isSliced) continue;
		const isKnown = (node: NodeKey) => erasure.slices.some((slice) => slice.node === node);
		if (nodes.every((node) => !isStrong(node) || isKnown(node))) return true;
	}
	return false;
}
