/** JSON of a request → the events it holds, for `POST /v1/batch` and for the single-event calls. */
import { type DeliveryReport, type EventType, type Json, type JsonObject, LIMITS } from "../../sdk/wire.ts";
import type { Refusal } from "./body.ts";
import { readDelivery } from "./delivery-report.ts";
import { isDeeper, isLarger, isObject } from "./json-value.ts";
import { INGEST_LIMITS } from "./limits.ts";

export interface ReadBatch {
	ok: true;
	/** As sent and not yet looked at: anything may stand here. */
	events: unknown[];
	/** Sender's clock at the request, as sent. */
	sentAt?: string | number;
	/** Fills in what each event's own `context` lacks. */
	context?: JsonObject;
	/** The key in the body, where no header can be set. */
	writeKey?: string;
	/** Present only where the report is whole and its numbers are counts. */
	delivery?: DeliveryReport;
}

/**
 * Takes a parsed body apart.
 *
 * A single-event call is a batch of one whose type the path decides; a `type` inside the body
 * (Segment's clients send it) is overruled. Faulty `sentAt` and `delivery` are ignored, since they are only
 * about the transport; a `context` that is no object is refused, since every event would lack it.
 *
 * @param path `batch`, or the event type that the path names
 * @returns 400 `missing_field` without a `batch` array, 400 `bad_field` for a body or context of the wrong
 *   kind, 413 `too_many_events`, 413 `body_too_large` for a context above its limit. An empty batch is fine.
 */
export function readBatch(value: Json, path: "batch" | EventType): ReadBatch | Refusal {
	if (!isObject(value)) return refuse(400, "bad_field", "The body must be a JSON object.");
	const { sentAt, writeKey } = value;
	const head = {
		ok: true as const,
		...(typeof sentAt === "string" || typeof sentAt === "number" ? { sentAt } : {}),
		...(typeof writeKey === "string" ? { writeKey } : {}),
	};
	if (path !== "batch") return { ...head, events: [{ ...value, type: path }] };

	const { batch, context } = value;
	if (!Array.isArray(batch)) return refuse(400, "missing_field", "`batch` must be an array of events.", "batch");
	if (batch.length > LIMITS.batchEventsMax) {
		return refuse(413, "too_many_events", `A batch holds at most ${LIMITS.batchEventsMax} events.`, "batch");
	}
	if (context !== undefined && context !== null) {
		if (!isObject(context) || isDeeper(context, INGEST_LIMITS.eventDepthMax - 1)) {
			return refuse(400, "bad_field", "`context` must be an object of few levels.", "context");
		}
		if (isLarger(context, INGEST_LIMITS.contextBytesMax)) {
			const message = `The batch's \`context\` is larger than ${INGEST_LIMITS.contextBytesMax} bytes.`;
			return refuse(413, "body_too_large", message, "context");
		}
	}
	const delivery = readDelivery(value.delivery);
	return {
		...head,
		events: batch.map(readCall),
		...(isObject(context) ? { context: context as JsonObject } : {}),
		...(delivery ? { delivery } : {}),
	};
}

/**
 * A call as the stub in the page writes it down, `[method, arguments, time]`: sent as it is where the script never
 * came. Only of these two methods the arguments are an event; whatever else stands there is judged as it is.
 */
function readCall(event: unknown): unknown {
	if (!Array.isArray(event)) return event;
	const [type, args, timestamp] = event as unknown[];
	if (!isObject(args)) return event;
	// `arguments` is no array: JSON makes an object of it, with numbers for names.
	const { 0: name, 1: facts } = args;
	if (type === "track") return { type, event: name, properties: facts, timestamp };
	return type === "identify" ? { type, userId: name, traits: facts, timestamp } : event;
}

function refuse(status: 400 | 413, code: Refusal["code"], message: string, field?: string): Refusal {
	return { ok: false, status, code, message, ...(field ? { field } : {}) };
}
