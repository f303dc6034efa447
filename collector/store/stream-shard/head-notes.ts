/** What a stream's head notes of each event that is taken in, besides where it lies. */
import type { Statement } from "../../identity/index.ts";
import { hasContent } from "./aging.ts";
import type { Fact } from "./facts.ts";
import type { Head } from "./head.ts";
import { addId } from "./id-span.ts";
import { hashId } from "./message-ids.ts";

/** Whatever lies in the log can be reached by an erasure, and every copy of an `erase` is heard (rule 5). */
export function noteCopy(head: Head, { carried, statement, event }: Fact): void {
	if (hasContent(event, head.cut)) head.contentFrom = Math.min(event.timestamp, head.contentFrom ?? event.timestamp);
	const fresh = carried.filter((node) => !head.nodes.includes(node));
	if (fresh.length > 0) head.nodes = [...head.nodes, ...fresh].sort();
	if (statement?.kind !== "erase") return;
	const isOther = (other: Statement) => sayOf(other) !== sayOf(statement);
	const same = head.statements.find((other) => !isOther(other));
	if (same?.kind === "erase" && same.until >= statement.until) return;
	head.statements = [...head.statements.filter(isOther), statement];
}

/** A messageId that the stream sees for the first time. */
export function noteFirst(head: Head, fact: Fact, tabsMax: number): void {
	head.recent.push(hashId(fact.at.m));
	head.recentSpan = addId(head.recentSpan, fact.at.m);
	noteSequence(head, fact, tabsMax);
}

/**
 * Counts the script's gap-free numbers, so that what never arrived can be told. After a `reset` a tab goes on under another device
 * id and so in another stream, while `strand.device` still says under which one it began.
 */
function noteSequence({ tabs }: Head, { event }: Fact, tabsMax: number): void {
	const { context, anonymousId } = event.sent;
	const strand = context?.strand;
	if (strand === null || typeof strand !== "object" || Array.isArray(strand)) return;
	const { tab, seq, device } = strand;
	if (typeof tab !== "string" || typeof seq !== "number" || !Number.isSafeInteger(seq) || seq < 1) return;
	const known = tabs.findIndex(([name]) => name === tab);
	const unknown: Head["tabs"][number] = device === undefined || device === anonymousId ? [tab, 0, 0] : [tab, 0, 0, seq];
	const [, last, seen, first] = known === -1 ? unknown : (tabs.splice(known, 1)[0] ?? unknown);
	const numbers = [tab, Math.max(last, seq), seen + 1] as const;
	tabs.push(first === undefined ? [...numbers] : [...numbers, Math.min(first, seq)]);
	if (tabs.length > tabsMax) tabs.shift();
}

/** What an `erase` says, without its T. */
function sayOf(statement: Statement): string {
	return JSON.stringify(statement.kind === "erase" ? { ...statement, until: 0 } : statement);
}
