/** The id of an event whose sender gave it none: the same event sent again gets the same id. */
import { createHash } from "node:crypto";
import { isObject, type UnknownObject } from "./json-value.ts";

/**
 * 32 hex digits (128 bits) of the SHA-256 of the event's canonical JSON (keys sorted at every level), without
 * `messageId`, `sentAt`, `receivedAt` and `writeKey`, which a repeat may carry differently.
 *
 * Two events alike in everything, time included, are one: senders who mean two must send a messageId.
 *
 * @param event as sent, no deeper than `eventDepthMax`, before any batch context is merged in
 */
export function hashEvent(event: UnknownObject): string {
	const { messageId: _id, sentAt: _sentAt, receivedAt: _receivedAt, writeKey: _key, ...facts } = event;
	return createHash("sha256").update(printCanonical(facts)).digest("hex").slice(0, 32);
}

/** As RFC 8785 prints it: compact, keys sorted by UTF-16 units; what JSON cannot carry is null. */
function printCanonical(value: unknown): string {
	if (Array.isArray(value)) return `[${value.map(printCanonical).join(",")}]`;
	if (!isObject(value)) return JSON.stringify(value) ?? "null";
	const entries = Object.keys(value)
		.sort()
		.map((key) => `${JSON.stringify(key)}:${printCanonical(value[key])}`);
	return `{${entries.join(",")}}`;
}
