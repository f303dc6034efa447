/**
 * From captured to answered, in one sitting: an event is stored, then sent, then forgotten, in that
 * order, and only the collector's answer leads from one to the next. Whatever breaks in between, the
 * event is sent again by this page, by another tab or by the next visit: at least once on the wire;
 * the collector counts it once, by `messageId`.
 */
import type { Clock } from "../page/clock.ts";
import type { Note } from "../page/notes.ts";
import { isHidden, type Page, type Stop } from "../page/page.ts";
import { createUuid } from "../page/uuid.ts";
import { LIBRARY } from "../page/version.ts";
import { backoffMs, paceMs, REQUESTS_A_MINUTE_MAX } from "./backoff.ts";
import { BATCH_LIMITS, fitBatch, formatBatch } from "./batcher.ts";
import { createDeferred, DEFERRED_CHARS_MAX } from "./deferred.ts";
import { withLock } from "./lock.ts";
import { createMemoryQueue } from "./memory-queue.ts";
import { type Queue, type Queued, RANKS } from "./queue.ts";
import type { Answer, Bytes, Transport } from "./transport.ts";

export const DELIVERY_LIMITS = {
	/** Waiting events that are sent without waiting longer. */
	flushEvents: 10,
	/** Waiting UTF-16 units, likewise. */
	flushChars: 32 * 1024,
	flushIntervalMs: 5_000,
	/** The first page view should be seen soon. */
	firstFlushMs: 1_000,
	/** A visible page renews its lease and looks for dead tabs so often. */
	beatMs: 10_000,
	/** Unanswered events kept in memory for a closing page; older ones are on the disk only. */
	tailEventsMax: 300,
} as const;

export interface Delivery {
	/** Of this page load; goes into each event with its sequence number. */
	readonly tab: string;
	/** The number of the last event taken in. */
	readonly seq: number;
	/**
	 * Takes an event in; resolves when it is stored.
	 * @param urgent send at once
	 * @param strict resolve only when it is on the disk
	 */
	add(record: Queued, urgent?: boolean, strict?: boolean): Promise<unknown>;
	/** Sends what waits, as far as pace and backoff allow. */
	flush(): Promise<void>;
	/** The page is being hidden: everything unanswered leaves in this very task. */
	hide(): void;
	/** @param forget delete what is stored, instead of leaving it to the next page */
	stop(forget?: boolean): Promise<unknown>;
}

export interface DeliveryParts {
	/** Where events survive the page; without it they live in memory. */
	disk: Queue | undefined;
	transport: Transport;
	/** Batch address, for the deferred request. */
	url: string;
	clock: Clock;
	page: Page;
	note(note: Note): void;
}

const REFUSED = [401, 403, 410];
const POISONED = [400, 413, 422];
const AT_ONCE_MS = 1;

const keyOf = ({ tab, seq }: Queued): string => tab + seq;

export function createDelivery({ disk, transport, url, clock, page, note }: DeliveryParts): Delivery {
	const tab = createUuid(clock.now());
	const memory = createMemoryQueue();
	const defer = createDeferred(url);
	let queue = disk || memory;
	let seq = 0;
	/** Taken in, not yet given to the queue: the events of one task share a transaction. */
	let pending: Queued[] = [];
	let pendingStrict = false;
	let storing: Promise<unknown> | undefined;
	/** Own events not yet answered, for the moment the page hides. */
	let tail: Queued[] = [];
	/** Reading time so far, on the disk in case the page is killed. */
	let draft: Queued | undefined;
	/** Keys of what a request is carrying right now. */
	const onTheWay = new Set<string>();
	let cancelTimer: Stop | undefined;
	let timerAt = Infinity;
	let sending: Promise<void> | undefined;
	let stopped = false;
	let isLeaving = false;
	let answered = false;
	let held = false;
	let failures = 0;
	let notBefore = 0;
	let made: number[] = [];
	/** Halved while a poisonous event is looked for. */
	let eventsMax: number = BATCH_LIMITS.eventsMax;
	let evicted = 0;
	let setAside = 0;

	/** Once the disk has failed (full, forbidden, broken), this page goes on in memory with all it has. */
	async function ask<T>(work: (queue: Queue) => Promise<T>): Promise<T> {
		const asked = queue;
		try {
			return await work(asked);
		} catch (error) {
			if (asked === memory) throw error;
			if (queue !== memory) {
				queue = memory;
				await memory.put(tail);
			}
			return work(memory);
		}
	}

	function store(): Promise<unknown> {
		const records = pending;
		const strict = pendingStrict;
		const target = queue;
		pending = [];
		pendingStrict = false;
		storing = undefined;
		// Where the disk fails here, these are in the tail, and with it in memory.
		return ask(async (queue) => records[0] && queue === target && queue.put(records, strict));
	}

	function schedule(delayMs: number): void {
		const at = clock.now() + delayMs;
		if (stopped || at >= timerAt) return;
		cancelTimer?.();
		timerAt = at;
		cancelTimer = page.later(delayMs, () => {
			timerAt = Infinity;
			return flush();
		});
	}

	const format = (records: readonly Queued[], sentAt: number): string =>
		formatBatch(records, clock.correct, sentAt, {
			attempt: failures + 1,
			ageMs: sentAt - Math.min(...records.map(({ at }) => at)),
			library: LIBRARY,
			evicted,
			setAside,
		});

	/** One request and what its answer means. The request is begun before this returns. */
	async function exchange(records: readonly Queued[], body: Bytes, sentAt: number): Promise<number> {
		const reported = [evicted, setAside] as const;
		for (const record of records) onTheWay.add(keyOf(record));
		made = [...made, sentAt].slice(-REQUESTS_A_MINUTE_MAX);
		note({ kind: "sent", count: records.length });
		const answer = await transport.send(body);
		for (const record of records) onTheWay.delete(keyOf(record));
		const { status, accepted = 0, rejected = [], receivedAt } = answer;
		note({ kind: "answered", status, accepted, rejected });
		if (receivedAt) clock.learn(sentAt, clock.now(), Date.parse(receivedAt));
		if (status !== 200) return settle(records, answer);
		answered = true;
		failures = notBefore = 0;
		eventsMax = Math.min(BATCH_LIMITS.eventsMax, eventsMax * 2);
		evicted -= reported[0];
		setAside -= reported[1];
		await forget(records);
		return 0;
	}

	async function forget(records: readonly Queued[]): Promise<void> {
		const keys = records.map(keyOf);
		tail = tail.filter((record) => !keys.includes(keyOf(record)));
		await ask((queue) => queue.remove(tab, records));
	}

	/** What a refusal or a failure means. @returns milliseconds until the next try */
	async function settle(records: readonly Queued[], { status, rejected, retryAfterMs }: Answer): Promise<number> {
		// Not with this key, or never again: everything stays stored for a page that may.
		if (REFUSED.includes(status)) stopped = true;
		if (!POISONED.includes(status)) {
			const wait = retryAfterMs || backoffMs(++failures, Math.random());
			notBefore = clock.now() + wait;
			return wait;
		}
		const judged = rejected?.map(({ index }) => records[index]).filter((record) => !!record);
		if (judged?.length) {
			await forget(judged);
		} else if (records[1]) {
			// Refused as a whole, without a word about which event: halve until it stands alone.
			eventsMax = records.length >> 1;
		} else {
			setAside++;
			note({ kind: "setAside", json: (records[0] as Queued).json });
			await forget(records);
		}
		return AT_ONCE_MS;
	}

	/** What this tab says of itself; a page that goes away lets its records go. */
	const lease = () => ({ at: isLeaving ? 0 : clock.now(), evicted, setAside });

	/** Renews the lease and takes over what dead tabs left. */
	async function beat(): Promise<number> {
		const now = clock.now();
		// Adopted by another tab while this one slept: that tab sends it.
		if (!(await ask((queue) => queue.hold(tab, lease()))) && held) tail = [];
		held = true;
		const found = await ask((queue) => queue.adopt(tab, now));
		evicted += found.evicted;
		setAside += found.setAside;
		return found.adopted;
	}

	async function deliver(): Promise<void> {
		await (storing || store());
		await beat();
		const waiting = (await ask((queue) => queue.read(tab, eventsMax))).filter((one) => !onTheWay.has(keyOf(one)));
		const records = fitBatch(waiting, BATCH_LIMITS.charsMax);
		if (!records[0] || stopped) return;
		const sentAt = clock.now();
		const body = await transport.pack(format(records, sentAt));
		// The page was hidden meanwhile, and some of these have left.
		if (records.some((one) => onTheWay.has(keyOf(one)))) return schedule(DELIVERY_LIMITS.firstFlushMs);
		const wait = await exchange(records, body, sentAt);
		if (wait || waiting.length > records.length || eventsMax < BATCH_LIMITS.eventsMax) schedule(wait);
	}

	async function flush(): Promise<void> {
		while (sending) await sending;
		const now = clock.now();
		const wait = Math.max(notBefore - now, eventsMax < BATCH_LIMITS.eventsMax ? 0 : paceMs(made, now));
		if (stopped || isLeaving) return;
		if (wait > 0) return schedule(wait);
		sending = withLock(tab, false, deliver).finally(() => {
			sending = undefined;
		});
		await sending;
	}

	const hide = page.guard((): void => {
		store().catch(page.fault);
		defer("");
		const records = fitBatch(
			tail.filter((one) => !onTheWay.has(keyOf(one))),
			// Room for the envelope and for characters of more than one byte.
			transport.budget() / 2,
		);
		if (!records[0] || stopped) return;
		const sentAt = clock.now();
		const body = transport.pack(format(records, sentAt), true) as Bytes;
		exchange(records, body, sentAt).then((wait) => wait && schedule(wait), page.fault);
	});

	function retryNow(): Promise<void> {
		notBefore = 0;
		return flush();
	}
	page.on(window, "online", retryNow);
	page.on(document, "visibilitychange", () => (isHidden() ? undefined : retryNow()));
	page.on(window, "pageshow pagehide", ({ type }) => {
		// What is under way here must not renew the lease of a page that is gone.
		isLeaving = type === "pagehide";
		return isLeaving && !stopped && ask((queue) => queue.hold(tab, lease()));
	});
	page.every(DELIVERY_LIMITS.beatMs, async () => {
		if (!isHidden() && !sending && !stopped && (await beat())) await flush();
	});
	// What earlier pages left behind leaves now, without needing a new event.
	schedule(0);

	return {
		tab,
		get seq() {
			return seq;
		},
		add(record, urgent, strict) {
			pending.push(record);
			pendingStrict = pendingStrict || !!strict;
			storing = storing || Promise.resolve().then(store);
			if (!record.seq) {
				draft = record;
				const records = fitBatch([draft, ...tail], DEFERRED_CHARS_MAX);
				if (disk) defer(format(records, clock.now()));
				return storing;
			}
			if (record.rank === RANKS.engagement && draft) {
				// The final report says all that the draft did.
				const past = draft;
				draft = undefined;
				ask((queue) => queue.remove(tab, [past])).catch(page.fault);
			}
			seq = record.seq;
			note({ kind: "queued", json: record.json });
			tail = [...tail, record].slice(-DELIVERY_LIMITS.tailEventsMax);
			let chars = 0;
			for (const { json } of tail) chars += json.length;
			const full = tail.length >= DELIVERY_LIMITS.flushEvents || chars >= DELIVERY_LIMITS.flushChars;
			if (isHidden()) storing.then(hide, page.fault);
			else if (urgent || full) schedule(Math.max(0, notBefore - clock.now()));
			else schedule(answered ? DELIVERY_LIMITS.flushIntervalMs : DELIVERY_LIMITS.firstFlushMs);
			return storing;
		},
		flush,
		hide,
		stop(forget) {
			stopped = isLeaving = true;
			cancelTimer?.();
			defer("");
			return ask((queue) => (forget ? queue.remove(tab) : queue.hold(tab, lease())));
		},
	};
}
