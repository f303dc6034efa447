/**
 * Records into the body of one `POST /v1/batch`: the context that they share is said once, and times
 * are corrected. Records are kept as JSON and put together as text, since a page that closes with a full
 * queue has no time to parse it.
 */
import type { Clock } from "../page/clock.ts";
import { LIBRARY } from "../page/version.ts";
import type { DeliveryReport } from "../wire.ts";
import type { Queued } from "./queue.ts";

export const BATCH_LIMITS = {
	/** Events of one request; more wait for the next. */
	eventsMax: 250,
	/** UTF-16 units of JSON: at three bytes each still below the collector's 512 KiB. */
	charsMax: 150 * 1024,
} as const;

/**
 * The beginning of `records` that makes one batch: at least one record, if there is one, and only such as
 * share their context with it.
 */
export function fitBatch(
	records: readonly Queued[],
	charsMax: number,
	eventsMax: number = BATCH_LIMITS.eventsMax,
): Queued[] {
	let chars = 0;
	return records.slice(0, eventsMax).filter((record, index) => {
		chars += record.shared === records[0]?.shared ? record.json.length : Infinity;
		return !index || chars <= charsMax;
	});
}

/**
 * @param records as `fitBatch` chose them, at least one
 * @param report  what differs from a first try
 */
export function formatBatch(records: readonly Queued[], clock: Clock, report?: Partial<DeliveryReport>): string {
	const now = clock.now();
	const toIso = (at: number): string => JSON.stringify(new Date(at + (clock.offset || 0)));
	const events = records.map((record) => `{"originalTimestamp":${toIso(record.at)},${record.json.slice(1)}`);
	const ageMs = now - Math.min(...records.map((record) => record.at));
	const delivery: DeliveryReport = { attempt: 1, ageMs, library: LIBRARY, evicted: 0, setAside: 0, ...report };
	return `{"batch":[${events}],"context":${records[0]?.shared},"sentAt":${toIso(now)},"delivery":${JSON.stringify(delivery)}}`;
}
