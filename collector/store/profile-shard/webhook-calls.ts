/**
 * Tells webhooks of conversions, signed as Standard Webhooks asks, so that receivers can use its libraries.
 *
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHash, createHmac } from "node:crypto";
import { type Chain, journeyRow, touchpointRow } from "../../journey/index.ts";
import { digestOf, type WaitingCall, type WebhookEndpoint, type WebhookOutbox } from "./webhook-outbox.ts";

/** Calls under way at once, and how long a receiver may take. */
const CALLS_AT_ONCE = 10;
const TIMEOUT_MS = 15_000;
/** Identifiers told of one person; the rest is at `GET /v1/profiles/{id}`. */
const IDENTITIES_MAX = 100;

export interface CallRegister {
	/** `mine`: this shard may call, now and again. */
	claim(id: string): Promise<Claim>;
	/** It has been told, for ever. */
	settle(id: string): Promise<void>;
	/** This shard has nothing to tell: another may. */
	release(id: string): Promise<void>;
}

export type Claim = "mine" | "another's" | "told";

export interface WebhookPorts {
	outbox: WebhookOutbox;
	now(): number;
	readChain(profileId: string): Chain | null;
	/** The workspace's register of calls, so that of a person who moves only one shard tells. */
	register: CallRegister;
}

/** Makes the calls that are due. What fails is due again later; nothing is thrown but by the register. */
export async function makeCalls({ outbox, now, readChain, register }: WebhookPorts): Promise<void> {
	const calls = outbox.dueAt(now(), CALLS_AT_ONCE);
	await Promise.all(
		calls.map(async (call) => {
			const endpoint = outbox.endpoint(call.endpoint);
			const chain = readChain(call.profile);
			const payload = chain === null ? null : payloadOf(call, chain);
			const id = callId(call);
			if (endpoint === undefined || payload === null) {
				await register.release(id);
				return outbox.finish(call, "gone", now());
			}
			const claim = await register.claim(id);
			if (claim === "told") return outbox.finish(call, "told", now());
			const isTaken = claim === "mine" && (await post(endpoint, id, payload, now()));
			if (isTaken) await register.settle(id);
			outbox.finish(call, isTaken ? "delivered" : "failed", now());
		}),
	);
}

/** The same for one conversion and endpoint, whoever it falls to. */
function callId({ endpoint, touchpoint }: WaitingCall): string {
	return `msg_${createHash("sha256").update(`${endpoint} ${touchpoint}`).digest("hex").slice(0, 32)}`;
}

/** Null where the conversion is no longer this person's. */
function payloadOf({ profile, touchpoint: digest }: WaitingCall, chain: Chain): string | null {
	const conversion = chain.conversions.find(({ touchpointId }) => digestOf(touchpointId) === digest);
	const touchpoint = chain.touchpoints.find(({ id }) => id === conversion?.touchpointId);
	if (conversion === undefined || touchpoint === undefined) return null;
	const { identities, firstTouchAt, stage } = journeyRow(profile, chain, 0);
	return JSON.stringify({
		type: "goal.reached",
		timestamp: new Date(conversion.timestamp).toISOString(),
		data: {
			profileId: profile,
			identities: identities.slice(0, IDENTITIES_MAX),
			goal: conversion.goal,
			...(conversion.value === undefined ? {} : { value: conversion.value }),
			touchpoint: touchpointRow(touchpoint),
			touchpointsBefore: chain.touchpoints.indexOf(touchpoint),
			firstTouchAt,
			stage,
		},
	});
}

/** @returns whether the receiver took it: any 2xx; redirects are not followed, since they could lead anywhere */
async function post({ url, secret }: WebhookEndpoint, id: string, body: string, now: number): Promise<boolean> {
	const seconds = Math.floor(now / 1000);
	const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
	const signature = createHmac("sha256", key).update(`${id}.${seconds}.${body}`).digest("base64");
	try {
		const response = await fetch(url, {
			method: "POST",
			body,
			redirect: "manual",
			signal: AbortSignal.timeout(TIMEOUT_MS),
			headers: {
				"content-type": "application/json",
				"webhook-id": id,
				"webhook-timestamp": String(seconds),
				"webhook-signature": `v1,${signature}`,
			},
		});
		await response.body?.cancel();
		return response.ok;
	} catch {
		return false; // Out of reach, too slow, or an address that the runtime forbids: tried again.
	}
}
