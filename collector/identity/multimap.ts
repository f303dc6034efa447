/** Maps to lists, and statements by the identifiers that they are about. */
import type { NodeKey } from "./types.ts";

/** Appends without copying what is there. */
export function pushTo<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
	const list = lists.get(key);
	if (list) list.push(value);
	else lists.set(key, [value]);
}

export function indexByNode<T>(items: Iterable<T>, nodesOfItem: (item: T) => readonly NodeKey[]): Map<NodeKey, T[]> {
	const index = new Map<NodeKey, T[]>();
	for (const item of items) for (const node of nodesOfItem(item)) pushTo(index, node, item);
	return index;
}

/** @returns each item that any of the nodes leads to, once */
export function concerning<T>(index: Map<NodeKey, T[]>, nodes: readonly NodeKey[]): Set<T> {
	return new Set(index.size === 0 ? [] : nodes.flatMap((node) => index.get(node) ?? []));
}
