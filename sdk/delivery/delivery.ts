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
import { type Bytes, type Transport, toBytes } from "./transport.ts";

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
	/** The recovery may have come. */
	recover(): unknown;
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
	transport: Transport;
	/** Batch address, for the deferred request. */
	url: string;
	clock: Clock;
	page: Page;
	note(note: Note): void;
	/** What comes later. */
	late: { createRecovery?: CreateRecovery };
}

/** Not with this key, or never again: everything stays stored for a page that may. */
const REFUSED = [401, 403, 410];

export function createDelivery(parts: DeliveryParts): Delivery {
	const { tab, queue, transport, clock, page, note, late } = parts;
	/** Taken in, not yet given to the queue: the events of one task share a transaction. */
	let pending: Queued[] = [];
	let isStrict = false;
	let storing: Promise<unknown> | undefined;
	/** What a request is carrying right now. */
	let onTheWay: readonly Queued[] = [];
	let timerAt = Infinity;
	let sending: Promise<void> | undefined;
	let stopped = false;
	let answered = false;
	let recovery: Recovery | undefined;

	/** `undefined` as long as that part of the script has not come. */
	function recover(): Recovery | undefined {
		recovery = recovery || late.createRecovery?.({ ...parts, flush });
		return recovery;
	}

	async function store(): Promise<unknown> {
		const records = pending;
		const strict = isStrict;
		pending = [];
		storing = undefined;
		isStrict = false;
		return records[0] && queue.put(records, strict);
	}

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

	const select = (eventsMax: number, charsMax: number): Queued[] =>
		fitBatch(
			queue
				.read()
				.filter((record) => !onTheWay.includes(record))
				.slice(0, eventsMax),
			charsMax,
		);

	/** One request and what its answer means. The request is begun before this returns. */
	async function exchange(
		records: readonly Queued[],
		body: Bytes,
		report: Recovery["report"] | undefined,
	): Promise<void> {
		const sentAt = clock.now();
		onTheWay = [...onTheWay, ...records];
		const isMore = queue.read().length > onTheWay.length;
		note({ kind: "sent", count: records.length });
		const answer = await transport.send(body);
		onTheWay = onTheWay.filter((record) => !records.includes(record));
		note(answer);
		if (REFUSED.includes(answer.status)) stopped = true;
		const isAccepted = answer.status === 200;
		if (isAccepted) await queue.remove(records);
		answered = answered || isAccepted;
		const waitMs = await recover()?.settle(records, answer, sentAt, report);
		if (isMore || !isAccepted) schedule(waitMs ?? DELIVERY_LIMITS.flushIntervalMs);
	}

	async function deliver(): Promise<void> {
		await (storing || store());
		const records = select(recovery?.eventsMax || BATCH_LIMITS.eventsMax, BATCH_LIMITS.charsMax);
		if (!records[0] || stopped) return;
		const report = recovery?.report;
		const body = toBytes(formatBatch(records, clock, report));
		const packed = (await recovery?.pack(body)) || body;
		// The page was hidden meanwhile, and some of these have left.
		if (records.some((one) => onTheWay.includes(one))) schedule(DELIVERY_LIMITS.firstFlushMs);
		else await exchange(records, packed, report);
	}

	async function flush(): Promise<void> {
		while (sending) await sending;
		const waitMs = recover()?.waitMs(clock.now()) || 0;
		if (stopped) return;
		if (waitMs > 0) return schedule(waitMs);
		sending = (recovery?.attend(deliver) || deliver()).finally(() => {
			sending = undefined;
		});
		await sending;
	}

	const hide = page.guard((): unknown => {
		store();
		recovery?.defer();
		// Room for the envelope and for characters of more than one byte.
		const records = select(BATCH_LIMITS.eventsMax, transport.budget() / 2);
		const report = recovery?.report;
		return records[0] && !stopped && exchange(records, toBytes(formatBatch(records, clock, report)), report);
	});

	const delivery: Delivery = {
		tab,
		seq: 0,
		add(record, urgent, strict) {
			pending.push(record);
			isStrict = isStrict || !!strict;
			storing = storing || Promise.resolve().then(store);
			if (!record.seq) {
				recover()?.defer(record);
				return storing;
			}
			delivery.seq = record.seq;
			note({ kind: "queued", json: record.json });
			const waiting = [...queue.read(), ...pending];
			const isFull =
				waiting.length >= DELIVERY_LIMITS.flushEvents ||
				waiting.map(({ json }) => json).join("").length >= DELIVERY_LIMITS.flushChars;
			if (isHidden()) storing.then(hide);
			else if (urgent || isFull) schedule(0);
			else schedule(answered ? DELIVERY_LIMITS.flushIntervalMs : DELIVERY_LIMITS.firstFlushMs);
			return storing;
		},
		recover,
		flush,
		hide,
		async stop(forget) {
			stopped = true;
			await recovery?.end(forget);
			return forget && queue.remove();
		},
	};
	recover();
	return delivery;
}
