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
import { VERSION } from "../page/version.ts";
import { backoffMs, createPace } from "./backoff.ts";
import { BATCH_LIMITS, fitBatch, formatBatch } from "./batcher.ts";
import { createDeferred, DEFERRED_CHARS_MAX } from "./deferred.ts";
import { withLock } from "./lock.ts";
import { DRAFT_SEQ, type Losses, type Queue, type Queued, RANKS } from "./queue.ts";
import type { Answer, Bytes, Transport } from "./transport.ts";

export const DELIVERY_LIMITS = {
	/** Waiting events that are sent without waiting longer. */
	flushEvents: 10,
	/** Waiting UTF-16 units, likewise. */
	flushChars: 32 * 1024,
	flushIntervalMs: 5_000,
	/** The first page view should be seen soon. */
	firstFlushMs: 1_000,
	/** Own leases are renewed and dead tabs looked for so often while the page is visible. */
	beatMs: 10_000,
	/** Unanswered events kept in memory for a closing page; older ones are on the disk only. */
	tailEventsMax: 300,
} as const;

export interface Delivery {
	/** Where the next event stands; {@link Delivery.add} uses the number up. */
	position(): { tab: string; seq: number };
	/**
	 * Takes an event in; resolves when it is stored.
	 * @param urgent send at once
	 * @param strict resolve only when it is flushed to the disk
	 */
	add(record: Queued, urgent?: boolean, strict?: boolean): Promise<void>;
	/** Sends what waits, as far as pace and backoff allow. */
	flush(): Promise<void>;
	/** The page is being hidden: everything unanswered leaves in this very task. */
	hide(): void;
	/** @param forget delete what is stored, instead of leaving it to the next page */
	stop(forget: boolean): Promise<void>;
}

export interface DeliveryParts {
	queue: Queue;
	transport: Transport;
	/** Batch address, for the deferred request; empty forgoes it. */
	deferredUrl: string;
	clock: Clock;
	page: Page;
	note(note: Note): void;
}

const REFUSED = [401, 403, 410];
const POISONED = [400, 413, 422];
const NO_LOSSES: Losses = { evicted: 0, setAside: 0 };

const keyOf = (record: Queued): string => `${record.tab}/${record.seq}`;

export function createDelivery({ queue, transport, deferredUrl, clock, page, note }: DeliveryParts): Delivery {
	const pace = createPace();
	const deferred = createDeferred(deferredUrl);
	let tab = createUuid(clock.now());
	let seq = 0;
	/** Taken in, not yet given to the queue: the events of one task share a transaction. */
	let pending: Queued[] = [];
	let pendingStrict = false;
	let storing: Promise<void> | undefined;
	/** Own events not yet answered, for the moment the page hides. */
	let tail: Queued[] = [];
	/** Keys of what a request is carrying right now. */
	const onTheWay = new Set<string>();
	let draft: Queued | undefined;
	let timer: Stop | undefined;
	let timerAt = Infinity;
	let sending: Promise<void> | undefined;
	let stopped = false;
	let refused = false;
	let answered = false;
	let failures = 0;
	let notBefore = 0;
	let eventsMax: number = BATCH_LIMITS.eventsMax;
	let searching = false;

	function store(): Promise<void> {
		const records = pending;
		pending = [];
		storing = undefined;
		const strict = pendingStrict;
		pendingStrict = false;
		return records.length ? queue.put(records, strict) : Promise.resolve();
	}

	function schedule(delayMs: number): void {
		const at = clock.now() + delayMs;
		if (stopped || refused || at >= timerAt) return;
		timer?.();
		timerAt = at;
		timer = page.later(delayMs, () => {
			timerAt = Infinity;
			return flush();
		});
	}

	/** Another tab adopted this one while it slept: that tab sends what was ours, and we begin anew. */
	function begin(): void {
		tab = createUuid(clock.now());
		seq = 0;
		tail = [];
		draft = undefined;
	}

	const formatFor = (records: readonly Queued[], losses: Losses, now: number): string =>
		formatBatch(records, clock.correct, now, {
			attempt: failures + 1,
			ageMs: now - Math.min(...records.map((record) => record.at)),
			library: `strand.js/${VERSION}`,
			evicted: losses.evicted,
			setAside: losses.setAside,
		});

	/** One request and what it means. The request is begun before this returns. */
	async function exchange(
		records: readonly Queued[],
		losses: Losses,
		body: Bytes | string,
		sentAt: number,
		hiding: boolean,
	): Promise<number> {
		for (const record of records) onTheWay.add(keyOf(record));
		pace.note(sentAt);
		note({ kind: "sent", count: records.length });
		const answer = await transport.send(body, hiding);
		for (const record of records) onTheWay.delete(keyOf(record));
		const { status, body: words } = answer;
		note({ kind: "answered", status, accepted: words?.accepted || 0, rejected: words?.rejected || [] });
		if (words?.receivedAt) clock.learn(sentAt, clock.now(), Date.parse(words.receivedAt));
		return settle(records, losses, answer);
	}

	async function forget(records: readonly Queued[], change?: Losses): Promise<void> {
		const keys = new Set(records.map(keyOf));
		tail = tail.filter((record) => !keys.has(keyOf(record)));
		await queue.remove(records, change);
	}

	/** @returns milliseconds until the next try */
	function retryIn(answer: Answer): number {
		failures++;
		const wait = answer.retryAfterMs || backoffMs(failures, Math.random());
		notBefore = clock.now() + wait;
		return wait;
	}

	/** What the collector's answer means for `records`. @returns milliseconds until the next try */
	async function settle(records: readonly Queued[], losses: Losses, answer: Answer): Promise<number> {
		const { status, body } = answer;
		if (status === 200) {
			answered = true;
			failures = notBefore = 0;
			eventsMax = Math.min(BATCH_LIMITS.eventsMax, eventsMax * 2);
			searching = searching && eventsMax < BATCH_LIMITS.eventsMax;
			await forget(records, { evicted: -losses.evicted, setAside: -losses.setAside });
			return 0;
		}
		if (REFUSED.includes(status)) {
			refused = true;
			return Infinity;
		}
		if (!POISONED.includes(status)) return retryIn(answer);
		const verdicts = (body?.rejected || []).map(({ index }) => records[index]).filter((record) => !!record);
		if (verdicts.length) {
			await forget(verdicts);
			return 0;
		}
		// Refused as a whole, without a word about which event: halve until it stands alone.
		searching = true;
		eventsMax = records.length >> 1;
		if (!eventsMax) {
			eventsMax = 1;
			await forget(records, { evicted: 0, setAside: 1 });
			note({ kind: "setAside", json: (records[0] as Queued).json });
		}
		return 0;
	}

	async function deliver(): Promise<void> {
		await store();
		const now = clock.now();
		const held = await queue.hold(tab, now);
		if (held.lost) begin();
		const waiting = (await queue.read(tab, eventsMax)).filter((record) => !onTheWay.has(keyOf(record)));
		const records = fitBatch(waiting, eventsMax, BATCH_LIMITS.charsMax);
		if (!records.length || stopped) return;
		const sentAt = clock.now();
		const body = await transport.pack(formatFor(records, held, sentAt));
		// The page was hidden meanwhile, and some of these have left.
		if (records.some((record) => onTheWay.has(keyOf(record)))) return schedule(DELIVERY_LIMITS.firstFlushMs);
		const wait = await exchange(records, held, body, sentAt, false);
		if (wait || searching || waiting.length > records.length || waiting.length >= eventsMax) schedule(wait);
	}

	async function flush(): Promise<void> {
		if (stopped || refused) return;
		if (sending) return sending;
		const now = clock.now();
		const wait = Math.max(notBefore - now, searching ? 0 : pace.waitMs(now));
		if (wait > 0) return schedule(wait);
		sending = withLock(tab, false, deliver);
		try {
			await sending;
		} finally {
			sending = undefined;
		}
	}

	const hide = page.guard((): void => {
		store().catch(page.fault);
		const records = fitBatch(
			tail.filter((record) => !onTheWay.has(keyOf(record))),
			BATCH_LIMITS.eventsMax,
			// Room for the envelope and for characters of more than one byte.
			transport.budget() / 2,
		);
		deferred.disarm();
		if (!records.length || refused || stopped) return;
		const sentAt = clock.now();
		exchange(records, NO_LOSSES, formatFor(records, NO_LOSSES, sentAt), sentAt, true).then(schedule, page.fault);
	});

	/** Chromium sends this when the page's process dies. */
	function arm(): void {
		const records = fitBatch([...(draft ? [draft] : []), ...tail], BATCH_LIMITS.eventsMax, DEFERRED_CHARS_MAX);
		if (records.length && deferredUrl) deferred.arm(formatFor(records, NO_LOSSES, clock.now()));
	}

	function retryNow(): Promise<void> {
		notBefore = 0;
		return flush();
	}

	const stopListening = [
		page.on(window, "online", retryNow),
		page.on(document, "visibilitychange", () => (isHidden() ? undefined : retryNow())),
		page.on(window, "pagehide", () => queue.release(tab)),
		// Whatever this page stored may have been adopted while it lay in the back/forward cache.
		page.on<PageTransitionEvent>(window, "pageshow", ({ persisted }) => persisted && begin()),
		page.every(DELIVERY_LIMITS.beatMs, async () => {
			if (isHidden() || sending || stopped) return;
			const { lost, adopted } = await queue.hold(tab, clock.now());
			if (lost) begin();
			if (adopted) await flush();
		}),
	];
	// What earlier pages left behind leaves now, without needing a new event.
	schedule(0);

	return {
		position: () => ({ tab, seq: seq + 1 }),
		add(record, urgent = false, strict = false) {
			pending.push(record);
			pendingStrict = pendingStrict || strict;
			storing = storing || Promise.resolve().then(store);
			const stored = storing;
			if (record.seq === DRAFT_SEQ) {
				draft = record;
				stored.then(arm, () => undefined);
				return stored;
			}
			if (record.rank === RANKS.engagement && draft) {
				// The final report says all that the draft did.
				queue.remove([draft]).catch(page.fault);
				draft = undefined;
			}
			seq = record.seq;
			note({ kind: "queued", json: record.json });
			tail = [...tail, record].slice(-DELIVERY_LIMITS.tailEventsMax);
			let chars = 0;
			for (const { json } of tail) chars += json.length;
			const full = tail.length >= DELIVERY_LIMITS.flushEvents || chars >= DELIVERY_LIMITS.flushChars;
			if (isHidden()) Promise.resolve().then(hide);
			else if (failures) schedule(Math.max(0, notBefore - clock.now()));
			else if (urgent || full) schedule(0);
			else schedule(answered ? DELIVERY_LIMITS.flushIntervalMs : DELIVERY_LIMITS.firstFlushMs);
			return stored;
		},
		flush,
		hide,
		async stop(forgetAll) {
			stopped = true;
			timer?.();
			for (const stop of stopListening) stop();
			deferred.disarm();
			await queue.release(tab, forgetAll);
		},
	};
}
