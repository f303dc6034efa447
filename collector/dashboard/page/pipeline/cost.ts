/**
 * What a day costs on Cloudflare's paid plan, beyond what the plan includes; USD. On a machine of one's own only the disk counts.
 * Prices and measured rows: docs/cloudflare.md, "Cost".
 */
const PRICES = {
	/** A million rows written. */
	rowsWritten: 1,
	/** A million requests to the Worker, and a million calls to objects. */
	workerRequests: 0.3,
	objectCalls: 0.15,
	/** A gigabyte for a month. */
	gigabyteMonth: 0.2,
	/** An object that is awake all month. */
	objectMonth: 4.15,
};
const DAYS_A_MONTH = 30;
const SECONDS_A_DAY = 24 * 3600;
/** As a page's script sends them; a server that sends each alone pays for five times as many batches. */
const EVENTS_A_BATCH = 5;
const ROWS_A_BATCH = 4.5;
const CALLS_A_BATCH = 3;
/** An object that hears nothing for so long sleeps, and costs nothing until it hears something. */
const AWAKE_S = 10;

export interface Load {
	eventsADay: number;
	/** Stored. */
	bytes: number;
	streamShards: number;
	profileShards: number;
}

export function estimateCost({ eventsADay, bytes, streamShards, profileShards }: Load): number {
	const batches = eventsADay / EVENTS_A_BATCH;
	const perBatch = ROWS_A_BATCH * PRICES.rowsWritten + PRICES.workerRequests + CALLS_A_BATCH * PRICES.objectCalls;
	const awake =
		streamShards * awakeShare(batches / streamShards) +
		profileShards * awakeShare(batches / profileShards) +
		awakeShare(batches);
	const month = awake * PRICES.objectMonth + (bytes / 1e9) * PRICES.gigabyteMonth;
	return (batches * perBatch) / 1e6 + month / DAYS_A_MONTH;
}

/** Of the day, for an object whose calls come at any time of it. */
function awakeShare(callsADay: number): number {
	return 1 - Math.exp((-callsADay * AWAKE_S) / SECONDS_A_DAY);
}
