/**
 * Records into the body of one `POST /v1/batch`: what every event of the batch says the same is said
 * once, and times are corrected.
 */
import type { Batch, DeliveryReport, Json, JsonObject, WireEvent } from "../wire.ts";
import type { Queued } from "./queue.ts";

export const BATCH_LIMITS = {
	/** Events of one request; more wait for the next. */
	eventsMax: 250,
	/** UTF-16 units of JSON: at three bytes each still below the collector's 512 KiB. */
	charsMax: 150 * 1024,
} as const;

/** The beginning of `records` that makes one batch: at least one record, if there is one. */
export function fitBatch(records: readonly Queued[], charsMax: number): Queued[] {
	let chars = 0;
	return records.slice(0, BATCH_LIMITS.eventsMax).filter(({ json }, index) => {
		chars += json.length;
		return !index || chars <= charsMax;
	});
}

/** Takes out what all `objects` say alike, and returns it: what one lacks is not shared. */
function takeShared(objects: readonly JsonObject[]): JsonObject {
	const shared: JsonObject = {};
	for (const [key, value] of Object.entries(objects[0] as JsonObject)) {
		const text = JSON.stringify(value);
		if (objects.some((object) => JSON.stringify(object[key]) !== text)) continue;
		shared[key] = value;
		for (const object of objects) delete object[key];
	}
	return shared;
}

/** Moves what all contexts share to the batch: whole keys, and parts of `page` and `strand`. */
export function hoistContext(batch: WireEvent[]): Pick<Batch, "batch" | "context"> {
	const contexts = batch.map((event) => {
		event.context = event.context || {};
		return event.context;
	});
	const context = takeShared(contexts);
	for (const key of ["page", "strand"]) {
		const parts = contexts.map((one): Json => one[key] as Json);
		if (parts.every((part) => part && typeof part === "object")) context[key] = takeShared(parts as JsonObject[]);
	}
	return { batch, context };
}

/**
 * @param correct device time → corrected time
 * @param sentAt  device time of the request
 */
export function formatBatch(
	records: readonly Queued[],
	correct: (at: number) => number,
	sentAt: number,
	delivery: DeliveryReport,
): string {
	const toIso = (at: number): string => new Date(correct(at)).toISOString();
	const events = records.map(
		({ json, at }): WireEvent => ({ ...(JSON.parse(json) as WireEvent), originalTimestamp: toIso(at) }),
	);
	const body: Batch = { ...hoistContext(events), sentAt: toIso(sentAt), delivery };
	return JSON.stringify(body);
}
