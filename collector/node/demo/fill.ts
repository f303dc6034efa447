/** Sends the demo's events through the collector's HTTP door, as any server would. */
import type { BatchAnswer, WireEvent } from "../../../sdk/wire.ts";
import { makeLinMei } from "./known-person.ts";
import { makePerson } from "./people.ts";

export interface FillOptions {
	/** `http://127.0.0.1:8787`, without a slash at the end. */
	origin: string;
	/** Old times need a sender that is trusted. */
	secretKey: string;
	people: number;
	seed: number;
	/** Ms since the epoch. */
	endAt: number;
	/** Called after each batch. */
	onProgress?: (people: number, events: number) => void;
}

/** Well below the contract's 500 events and 512 KiB. */
const BATCH_EVENTS = 400;
const SENDERS = 3;
const TRIES_MAX = 20;
const RETRY_MS = 500;

/**
 * @returns events sent
 * @throws Error when an event is refused: the demo sends nothing but good ones
 */
export async function fillWorkspace(options: FillOptions): Promise<number> {
	const batches = makeBatches(options);
	let events = 0;
	const send = async () => {
		for (const { batch, people } of batches) {
			await postBatch(options.origin, options.secretKey, batch);
			events += batch.length;
			options.onProgress?.(people, events);
		}
	};
	await Promise.all(Array.from({ length: SENDERS }, send));
	return events;
}

/** Persons whole and in order; one generator, which the senders share. */
function* makeBatches({ people, seed, endAt }: FillOptions): Generator<{ batch: WireEvent[]; people: number }> {
	let batch = makeLinMei(endAt);
	for (let index = 0; index < people; index++) {
		const events = makePerson(seed, index, endAt);
		if (batch.length + events.length > BATCH_EVENTS) {
			yield { batch, people: index };
			batch = [];
		}
		batch.push(...events);
	}
	yield { batch, people };
}

async function postBatch(origin: string, key: string, batch: readonly WireEvent[]): Promise<void> {
	for (let tries = 1; ; tries++) {
		const response = await fetch(`${origin}/v1/batch`, {
			method: "POST",
			headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
			body: JSON.stringify({ batch, context: { timezone: "Asia/Shanghai" } }),
		});
		if (response.ok) {
			const { rejected } = (await response.json()) as BatchAnswer;
			const [first] = rejected;
			if (first !== undefined) throw new Error(`event ${first.index} was refused: ${first.code} ${first.message}`);
			return;
		}
		const text = await response.text();
		const isBusy = response.status === 429 || response.status === 503;
		if (!isBusy || tries === TRIES_MAX) throw new Error(`the collector answered ${response.status}: ${text}`);
		const waitMs = Number(response.headers.get("retry-after")) * 1000 || RETRY_MS * tries;
		await new Promise((resolve) => setTimeout(resolve, waitMs));
	}
}

/** Work that is still queued: `pending` is 0 when chains show everything. */
export async function readWork(origin: string, key: string): Promise<{ pending: number; backlogEvents: number }> {
	const response = await fetch(`${origin}/v1/status`, { headers: { authorization: `Bearer ${key}` } });
	if (!response.ok) throw new Error(`the collector answered ${response.status}: ${await response.text()}`);
	return (await response.json()) as { pending: number; backlogEvents: number };
}

/** Whether anybody is known to the workspace that `key` opens. */
export async function isEmpty(origin: string, key: string): Promise<boolean> {
	const response = await fetch(`${origin}/v1/journeys?limit=1`, { headers: { authorization: `Bearer ${key}` } });
	const text = await response.text();
	if (!response.ok) throw new Error(`the collector answered ${response.status}: ${text}`);
	return text.trim() === "";
}

/** Reports of the workspace by the clock of `timeZone`, an IANA name. */
export async function setZone(origin: string, key: string, timeZone: string): Promise<void> {
	const response = await fetch(`${origin}/v1/settings`, {
		method: "PUT",
		headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
		body: JSON.stringify({ timeZone }),
	});
	if (!response.ok) throw new Error(`the collector answered ${response.status}: ${await response.text()}`);
	await response.arrayBuffer();
}
