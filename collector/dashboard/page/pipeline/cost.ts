/**
 * What a day costs on Cloudflare's paid plan, beyond what the plan includes; USD. On a machine of one's own only the disk counts.
 *
 * @see https://developers.cloudflare.com/durable-objects/platform/pricing/ and https://developers.cloudflare.com/workers/platform/pricing/
 */
const PRICES = {
	/** A million rows written. */
	rowsWritten: 1,
	/** A million requests to the Worker, and a million to objects. */
	workerRequests: 0.3,
	objectRequests: 0.15,
	/** A gigabyte for a month. */
	gigabyteMonth: 0.2,
};
/**
 * Rows written for an event that comes in a batch of five, alarms counted: `npm run bench:ingest` prints it. Events sent alone cost
 * about four times as many, batches of twenty about half.
 */
const ROWS_AN_EVENT = 2;
const EVENTS_A_REQUEST = 5;
/** Calls between objects for one request from outside: append, pieces, claims. */
const CALLS_A_REQUEST = 3;
const DAYS_A_MONTH = 30;

/** @param eventsADay on average @param bytes stored */
export function estimateCost(eventsADay: number, bytes: number): number {
	const requests = eventsADay / EVENTS_A_REQUEST;
	const perMillion =
		eventsADay * ROWS_AN_EVENT * PRICES.rowsWritten +
		requests * (PRICES.workerRequests + CALLS_A_REQUEST * PRICES.objectRequests);
	return perMillion / 1e6 + ((bytes / 1e9) * PRICES.gigabyteMonth) / DAYS_A_MONTH;
}
