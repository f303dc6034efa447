/** The HTTP contract from a client's side, as the e2e tests speak it. */

import type { BatchAnswer, Json, WireEvent } from "../../sdk/wire.ts";

/** A line of `GET /v1/events`. */
export interface EventRow {
	type: string;
	messageId: string;
	name?: string;
	timestamp: string;
	receivedAt: string;
	/** Null for statements and for events without a usable identifier. */
	profileId: string | null;
	[field: string]: Json | undefined;
}

/** A touchpoint of a journey, as far as tests look at it. */
export interface TouchpointRow {
	timestamp: string;
	channel: string;
	type: string;
	traffic?: string;
	sessionId?: string;
	engagedMs?: number;
	visibleMs?: number;
	evidence: string[];
	[field: string]: Json | undefined;
}

/** A line of `GET /v1/journeys`. */
export interface JourneyRow {
	profileId: string;
	identities: { kind: string; value: string }[];
	touchpoints: TouchpointRow[];
	[field: string]: unknown;
}

export function authorise(key: string): { authorization: string } {
	return { authorization: `Bearer ${key}` };
}

/**
 * Sends one batch.
 *
 * @throws TypeError when the connection breaks, Error for any answer but 200
 */
export async function postBatch(url: string, key: string, batch: readonly WireEvent[]): Promise<BatchAnswer> {
	const response = await fetch(`${url}/v1/batch`, {
		method: "POST",
		headers: authorise(key),
		body: JSON.stringify({ batch }),
	});
	if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
	return (await response.json()) as BatchAnswer;
}

/**
 * All rows of an NDJSON export, in the order given.
 *
 * @throws Error for any answer but 200
 */
export async function readRows<Row>(url: string, key: string, path: string): Promise<Row[]> {
	const response = await fetch(`${url}${path}`, { headers: authorise(key) });
	const text = await response.text();
	if (response.status !== 200) throw new Error(`${response.status}: ${text}`);
	return text
		.split("\n")
		.filter((line) => line !== "")
		.map((line) => JSON.parse(line) as Row);
}
