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
	const { attempt, ageMs, evicted, setAside } = value;
	if (!isCount(attempt) || !isCount(evicted) || !isCount(setAside)) return null;
	return {
		attempt,
		ageMs: Math.max(0, ageMs),
		library: value.library.slice(0, LIMITS.idCharsMax),
		evicted: Math.min(evicted, INGEST_LIMITS.reportedLossesMax),
		setAside: Math.min(setAside, INGEST_LIMITS.reportedLossesMax),
	};
}

/**
 * By what a report is known again when its batch is repeated: the first event that the script numbered. The script
 * sends in the order of its queue, so what was not answered comes first again, whatever was added behind it; only
 * the running reading time, which has no number, may stand before it or not.
 *
 * @param events as sent
 * @returns null for a batch without a single event that is an object
 */
export function reportId(events: readonly unknown[]): string | null {
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
