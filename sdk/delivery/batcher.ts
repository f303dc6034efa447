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

/** The longest prefix of `records` that is one batch: at least one record, if there is one. */
export function fitBatch(records: readonly Queued[], eventsMax: number, charsMax: number): Queued[] {
	let chars = 0;
	return records.filter((record, index) => {
		chars += record.json.length;
		return index < eventsMax && (index === 0 || chars <= charsMax);
	});
}

const isObject = (value: Json | undefined): value is JsonObject =>
	typeof value === "object" && value !== null && !Array.isArray(value);

/** The keys that all of `objects` hold with equal values: what one says and another lacks is not shared. */
function findShared(objects: readonly JsonObject[]): JsonObject {
	const shared: JsonObject = {};
	const [first, ...rest] = objects as [JsonObject, ...JsonObject[]];
	for (const key of Object.keys(first)) {
		const value = first[key] as Json;
		const text = JSON.stringify(value);
		if (rest.every((other) => JSON.stringify(other[key]) === text)) shared[key] = value;
		else if (isObject(value) && rest.every((other) => isObject(other[key]))) {
			const part = findShared(objects.map((object) => object[key] as JsonObject));
			if (Object.keys(part).length) shared[key] = part;
		}
	}
	return shared;
}

/** `object` without what `shared` already says, one level deep. */
function subtract(object: JsonObject, shared: JsonObject): JsonObject {
	const rest: JsonObject = {};
	for (const key of Object.keys(object)) {
		const value = object[key] as Json;
		const known = shared[key];
		if (known === undefined) rest[key] = value;
		else if (isObject(value) && isObject(known)) {
			const part = subtract(value, known);
			if (Object.keys(part).length) rest[key] = part;
		}
	}
	return rest;
}

/** Moves what all contexts share to the batch. A lone event keeps its context. */
export function hoistContext(events: WireEvent[]): Pick<Batch, "batch" | "context"> {
	if (events.length < 2) return { batch: events };
	const context = findShared(events.map((event) => event.context || {}));
	return { batch: events.map((event) => ({ ...event, context: subtract(event.context || {}, context) })), context };
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
		(record): WireEvent => ({ ...(JSON.parse(record.json) as WireEvent), originalTimestamp: toIso(record.at) }),
	);
	const body: Batch = { ...hoistContext(events), sentAt: toIso(sentAt), delivery };
	return JSON.stringify(body);
}
