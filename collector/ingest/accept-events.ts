/**
 * The door of the log: every event of a batch is either accepted, complete with corrected time and what
 * the collector adds, or rejected with a code. One bad event never costs its neighbours.
 */
import { type JsonObject, LIMITS, type Rejected, STATEMENT_TYPES, type WireEvent } from "../../sdk/wire.ts";
import type { LoggedEvent, Trust } from "../model.ts";
import { enrich } from "./enrich.ts";
import { copyFields, type Problem } from "./event-fields.ts";
import { checkNeeds, checkTrust, checkTypeTrust, isEventType } from "./event-rules.ts";
import { correctTime } from "./event-time.ts";
import { isDeeper, isLarger, isObject, printStart, type UnknownObject } from "./json-value.ts";
import { INGEST_LIMITS } from "./limits.ts";
import { hashEvent } from "./message-id.ts";

/** What is known of a request, beside its events. */
export interface Arrival {
	/** ms since the epoch, our clock. */
	receivedAt: number;
	trust: Trust;
	/** The batch's `sentAt`, as sent; an event's own wins. */
	sentAt?: unknown;
	/** The batch's `context`; fills in what an event's own lacks. */
	context?: JsonObject | undefined;
	/** `User-Agent` header. Not read for server senders, whose own program it names. */
	userAgent?: string | undefined;
	/** ISO 3166-1 alpha-2, where the edge knows it. Not used for server senders: it is their place, not the customer's. */
	country?: string | undefined;
	city?: string | undefined;
	/** The workspace keeps no content of events before this, ms; absent or 0: it keeps all. */
	contentFrom?: number | undefined;
	/** Bytes of the whole body after inflating. If they are within one event's limit, no event is measured. */
	bodyBytes?: number | undefined;
}

/** A rejection and the start of what was sent (at most `LIMITS.rejectionBytesMax` bytes of compact JSON). */
export interface RejectedEvent {
	rejected: Rejected;
	bytes: string;
}

/** Both in the order of the batch; together they hold each event exactly once. */
export interface Acceptance {
	accepted: LoggedEvent[];
	rejected: RejectedEvent[];
}

/**
 * Judges each event by itself and never throws, whatever stands in `events`.
 *
 * Codes: `bad_field`, `unknown_type`, `missing_field`, `event_too_large` (measured as compact JSON),
 * `id_too_long`, `bad_timestamp`, `timestamp_too_old`, `older_than_retention`, `needs_secret_key`. An event without `messageId` gets the hash of what
 * was sent. `context` objects are merged key by key, one level deep.
 *
 * @param events parsed JSON; an empty list gives an empty answer
 */
export function acceptEvents(events: readonly unknown[], arrival: Arrival): Acceptance {
	const accepted: LoggedEvent[] = [];
	const rejected: RejectedEvent[] = [];
	const isSmallBody = arrival.bodyBytes !== undefined && arrival.bodyBytes <= LIMITS.eventBytesMax;
	for (const [index, event] of events.entries()) {
		const verdict = judge(event, arrival, isSmallBody);
		if ("sent" in verdict) accepted.push(verdict);
		else rejected.push(reject(index, event, verdict));
	}
	return { accepted, rejected };
}

const STATEMENTS: ReadonlySet<string> = new Set(STATEMENT_TYPES);

function judge(event: unknown, arrival: Arrival, isSmallBody: boolean): LoggedEvent | Problem {
	if (!isObject(event)) return { code: "bad_field", message: "An event must be a JSON object." };
	if (isDeeper(event, INGEST_LIMITS.eventDepthMax)) {
		return { code: "bad_field", message: `The event nests deeper than ${INGEST_LIMITS.eventDepthMax} levels.` };
	}
	if (!isSmallBody && isLarger(event, LIMITS.eventBytesMax)) {
		return { code: "event_too_large", message: `The event is larger than ${LIMITS.eventBytesMax} bytes.` };
	}
	const { type } = event;
	if (type === undefined || type === null)
		return { code: "missing_field", field: "type", message: "`type` is missing." };
	if (!isEventType(type)) return { code: "unknown_type", field: "type", message: "`type` is none of the known types." };

	const forbidden = checkTypeTrust(type, arrival.trust);
	if (forbidden) return forbidden;
	const fields = copyFields(event);
	if (!fields.ok) return fields.problem;
	const { sent } = fields;
	// Some senders name a track as every other type is named.
	if (type === "track" && !sent.event && sent.name) sent.event = sent.name;
	const problem = checkNeeds(sent) ?? checkTrust(sent, arrival.trust);
	if (problem) return problem;
	// What a public alias was let through as must not be read otherwise later.
	if (type === "alias" && arrival.trust === "public") sent.previousIdType = "anonymousId";
	const time = correctTime(event, arrival.sentAt, arrival.receivedAt, arrival.trust);
	if (!time.ok) return time;
	// Its content would go at once, so the sender hears of it. What a statement says does not go by age.
	if (time.timestamp < (arrival.contentFrom ?? 0) && !STATEMENTS.has(type)) {
		const from = new Date(arrival.contentFrom ?? 0).toISOString();
		const message = `The workspace keeps no events before ${from}: raise \`retentionDays\` in its settings and send it again.`;
		const field = event.originalTimestamp != null ? "originalTimestamp" : "timestamp";
		return { code: "older_than_retention", field, message };
	}

	const messageId = sent.messageId ?? hashEvent(event);
	const context = mergeContext(arrival.context, sent.context);
	const logged: WireEvent & { messageId: string } = context ? { ...sent, messageId, context } : { ...sent, messageId };
	return {
		sent: logged,
		timestamp: time.timestamp,
		receivedAt: arrival.receivedAt,
		trust: arrival.trust,
		added: enrich(logged, arrival),
	};
}

function reject(index: number, event: unknown, problem: Problem): RejectedEvent {
	const messageId = isObject(event) ? readMessageId(event) : null;
	return {
		rejected: {
			index,
			messageId,
			code: problem.code,
			message: problem.message,
			...(problem.field ? { field: problem.field } : {}),
		},
		bytes: printStart(event, LIMITS.rejectionBytesMax, INGEST_LIMITS.eventDepthMax),
	};
}

/** Only an id that could have been accepted; senders match verdicts by `index`. */
function readMessageId(event: UnknownObject): string | null {
	const { messageId } = event;
	return typeof messageId === "string" && messageId !== "" && messageId.length <= LIMITS.idCharsMax ? messageId : null;
}

function mergeContext(batch: JsonObject | undefined, own: JsonObject | undefined): JsonObject | undefined {
	if (!batch) return own;
	if (!own) return batch;
	const merged: JsonObject = { ...batch, ...own };
	for (const key of Object.keys(own)) {
		const [mine, theirs] = [own[key], Object.hasOwn(batch, key) ? batch[key] : undefined];
		if (isObject(mine) && isObject(theirs) && key !== "__proto__") merged[key] = { ...theirs, ...mine };
	}
	return merged;
}
