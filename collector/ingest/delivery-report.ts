/** What a sender says of a batch's way here, `delivery` of `POST /v1/batch`. */
import { type DeliveryReport, type Json, LIMITS } from "../../sdk/wire.ts";
import { isObject } from "./json-value.ts";
import { INGEST_LIMITS } from "./limits.ts";

/**
 * @returns null where the report is not whole, or its counts are none. An age below zero (the clock of the page that
 *   captured ran ahead of this one's) is no reason to lose the counts: it reads as 0.
 */
export function readDelivery(value: unknown): DeliveryReport | null {
	if (!isObject(value) || typeof value.library !== "string" || typeof value.ageMs !== "number") return null;
	const { attempt, ageMs, evicted, setAside, tab } = value;
	if (!isCount(attempt) || !isCount(evicted) || !isCount(setAside)) return null;
	return {
		attempt,
		ageMs: Math.max(0, ageMs),
		library: value.library.slice(0, LIMITS.idCharsMax),
		evicted: Math.min(evicted, INGEST_LIMITS.reportedLossesMax),
		setAside: Math.min(setAside, INGEST_LIMITS.reportedLossesMax),
		...(typeof tab === "string" && { tab: tab.slice(0, LIMITS.idCharsMax) }),
	};
}

/**
 * By what a report is known again when its losses are told again: the page load that it names. A report that names none
 * is known by the first event that was numbered: what was not answered comes first again, whatever was added behind
 * it; only the running reading time, which has no number, may stand before it or not.
 *
 * @param events as sent
 * @returns null for a batch that names no page load, without a single event that is an object
 */
export function reportId({ tab }: Pick<DeliveryReport, "tab">, events: readonly unknown[]): string | null {
	if (tab !== undefined) return JSON.stringify([tab]);
	const objects = events.filter(isObject);
	for (const { context } of objects) {
		const strand = isObject(context) ? context.strand : undefined;
		if (isObject(strand) && typeof strand.seq === "number") return JSON.stringify([strand.tab, strand.seq] as Json);
	}
	const [first] = objects;
	return first === undefined ? null : JSON.stringify(first.messageId ?? first);
}

function isCount(value: unknown): value is number {
	return Number.isSafeInteger(value) && (value as number) >= 0;
}
