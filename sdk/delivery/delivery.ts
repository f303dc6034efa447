/**
 * From captured to answered, in one sitting: an event is stored, then sent, then forgotten, in that
 * order, and only the collector's answer leads from one to the next. Whatever breaks in between, the
 * event is sent again by this page, by another tab or by the next visit: at least once on the wire;
 * the collector counts it once, by `messageId`. What is only needed when something broke stands in
 * `recovery.ts`, which comes a little later.
 */
import type { Clock } from "../page/clock.ts";
import type { Note } from "../page/notes.ts";
import { isHidden, type Page } from "../page/page.ts";
import { BATCH_LIMITS, fitBatch, formatBatch } from "./batcher.ts";
import type { Queue, Queued } from "./queue.ts";
import type { CreateRecovery, Recovery } from "./recovery.ts";
import { type Transport, toBytes } from "./transport.ts";

export const DELIVERY_LIMITS = {
	/** Waiting events that are sent without waiting longer. */
	flushEvents: 10,
	/** Waiting UTF-16 units, likewise. */
	flushChars: 32 * 1024,
	/** Also between two tries, as long as the recovery has not come. */
	flushIntervalMs: 5_000,
	/** The first page view should be seen soon. */
	firstFlushMs: 1_000,
} as const;

export interface Delivery {
	/** Of this page load; goes into each event with its sequence number. */
	readonly tab: string;
	/** The number of the last event taken in. */
	seq: number;
	/**
	 * Takes an event in; resolves when it is stored.
	 * @param urgent send at once
	 * @param strict resolve only when it is on the disk
	 */
	add(record: Queued, urgent?: boolean, strict?: boolean): Promise<unknown>;
	/** The recovery has come. */
	recover(create: CreateRecovery | undefined): void;
	/** Sends what waits, as far as pace and backoff allow. */
	flush(): Promise<void>;
	/** The page is being hidden: everything unanswered leaves in this very task. */
	hide(): void;
	/** @param forget delete what is stored, instead of leaving it to the next page */
	stop(forget?: boolean): Promise<unknown>;
}

export interface DeliveryParts {
	tab: string;
	queue: Queue;
	transport: Pick<Transport, "send" | "budget" | "url">;
	clock: Clock;
	page: Page;
	note(note: Note): void;
	/** Absent as long as the late part has not come. */
	createRecovery?: CreateRecovery | undefined;
}

/** Not with this key, or never again: everything stays stored for a page that may. */
const REFUSED = [401, 403, 410];

export function createDelivery(parts: DeliveryParts): Delivery {
	const { tab, queue, transport, clock, page, note } = parts;
	/** The last event taken in is stored, and with it all before. */
	let stored: Promise<unknown> | undefined;
	/** What a request is carrying right now. */
	let onTheWay: readonly Queued[] = [];
	let timerAt = Infinity;
	let sending: Promise<void> | undefined;
	let stopped = false;
	let answered = false;
	let recovery: Recovery | undefined;

	function schedule(delayMs: number): void {
		const at = clock.now() + delayMs;
		if (at >= timerAt) return;
		timerAt = at;
		page.later(delayMs, () => {
			if (at !== timerAt) return;
			timerAt = Infinity;
			return flush();
		});
	}

	/**
	 * One request with the first of what waits, and what its answer means. It is begun before this returns,
	 * unless it is packed.
	 */
	async function exchange(charsMax: number, pack?: Recovery["pack"]): Promise<void> {
		const waiting = queue.read().filter((record) => !onTheWay.includes(record));
		// A page that is closing has no time to look for a poisonous event.
		const records = fitBatch(waiting, charsMax, pack && recovery?.eventsMax);
		if (!records[0] || stopped) return;
		const report = recovery?.report();
		let body = toBytes(formatBatch(records, clock, report));
		if (pack) body = await pack(body);
		// A page that was hidden meanwhile has sent them already.
		if (onTheWay.includes(records[0])) return schedule(DELIVERY_LIMITS.firstFlushMs);
		const sentAt = clock.now();
		onTheWay = [...onTheWay, ...records];
		note({ kind: "sent", count: records.length });
		const answer = await transport.send(body, !!pack);
		onTheWay = onTheWay.filter((record) => !records.includes(record));
		note(answer);
		stopped = stopped || REFUSED.includes(answer.status);
		const isAccepted = answer.status === 200;
		answered = answered || isAccepted;
		if (isAccepted) await queue.remove(records);
		const waitMs = await recovery?.settle(records, answer, sentAt, report);
		if (!isAccepted || records.length < waiting.length) schedule(waitMs ?? DELIVERY_LIMITS.flushIntervalMs);
	}

	async function deliver(): Promise<void> {
		await stored;
		await exchange(BATCH_LIMITS.charsMax, recovery?.pack);
	}

	async function flush(): Promise<void> {
		while (sending) await sending;
		const waitMs = recovery?.waitMs(clock.now()) || 0;
		if (stopped) return;
		if (waitMs > 0) return schedule(waitMs);
		sending = (recovery?.attend(deliver) || deliver()).finally(() => {
			sending = undefined;
		});
		await sending;
	}

	const hide = page.guard(() => {
		recovery?.armDeferred();
		// Room for the envelope and for characters of more than one byte.
		return exchange(transport.budget / 2);
	});

	const delivery: Delivery = {
		tab,
		seq: 0,
		add(record, urgent, strict) {
			const isStored = queue.put(record, strict);
			stored = isStored;
			if (!record.seq) {
				if (!stopped) recovery?.armDeferred(record);
				return isStored;
			}
			delivery.seq = record.seq;
			note({ kind: "queued", json: record.json });
			const waiting = queue.read();
			const isFull =
				waiting.length >= DELIVERY_LIMITS.flushEvents ||
				waiting.map((record) => record.json).join("").length >= DELIVERY_LIMITS.flushChars;
			if (isHidden()) isStored.then(hide);
			else if (urgent || isFull) schedule(0);
			else schedule(answered ? DELIVERY_LIMITS.flushIntervalMs : DELIVERY_LIMITS.firstFlushMs);
			// What is in memory alone is as short-lived as the page.
			isStored.then((isKept) => isKept || schedule(0));
			return isStored;
		},
		recover(create) {
			recovery = recovery || create?.({ ...parts, flush, fitBatch, formatBatch });
		},
		flush,
		hide,
		async stop(forget) {
			stopped = true;
			await recovery?.end(forget);
			return forget && queue.clear();
		},
	};
	delivery.recover(parts.createRecovery);
	return delivery;
}
