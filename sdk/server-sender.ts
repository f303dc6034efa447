/**
 * The queue of `server.ts` and its way out: one request under way, and no event given up before the collector has
 * answered for it or the sender was closed.
 */
import { backoffMs, retryAfterMs } from "./delivery/backoff.ts";
import { type BatchAnswer, type ErrorCode, LIMITS, type WireEvent } from "./wire.ts";

/** Events that will not arrive, and why. */
export interface Fault {
	/** `not_sent`: closed before an answer came. `queue_full`: see `queueEventsMax`. Else the collector's word. */
	code: ErrorCode | "not_sent" | "queue_full";
	/** For people. */
	message: string;
	/** As they would have been sent. */
	events: WireEvent[];
}

export interface SenderOptions {
	/** Of `/v1/batch`. */
	url: string;
	key: string;
	flushAt: number;
	flushIntervalMs: number;
	queueEventsMax: number;
	closeTimeoutMs: number;
	/** Must not throw. */
	report: (fault: Fault) => void;
	/** Absent: the runtime's own. */
	fetch?: typeof fetch | undefined;
}

export interface Sender {
	add(event: WireEvent): void;
	flush(): Promise<void>;
	close(): Promise<void>;
}

interface Waiting {
	event: WireEvent;
	/** As it travels: what the caller changes afterwards does not matter. */
	json: string;
	/** Called when the event has left the queue. */
	gone?: () => void;
}

interface Answer extends Partial<BatchAnswer> {
	/** 0: no connection, no answer in time, or an answer that is not the collector's. */
	status: number;
	retryAfterMs: number;
	error?: { code?: ErrorCode; message?: string };
}

/** Then an answer is not awaited any longer, and the events are sent again. */
const ANSWER_WAIT_MS = 30_000;
/** UTF-16 units of a batch's events: below the body's limit in bytes even where every one takes three. */
const BATCH_CHARS_MAX = Math.floor(LIMITS.bodyBytesMax / 3) - 1024;

export function createSender(options: SenderOptions): Sender {
	const { report, flushAt, queueEventsMax } = options;
	const queue: Waiting[] = [];
	let timer: ReturnType<typeof setTimeout> | undefined;
	let isSending = false;
	let wake = () => {};
	/** While the collector or a proxy finds batches too large. */
	let batchEventsMax = flushAt;
	let aborter = new AbortController();
	let isClosed = false;
	/** Closed, and its time is over too. */
	let isOver = false;

	function add(event: WireEvent): void {
		const fault = enqueue(event);
		if (fault) report({ ...fault, events: [event] });
		else if (queue.length >= flushAt) start();
		else timer ??= setTimer(start, options.flushIntervalMs);
	}

	/** @returns why the event cannot be taken */
	function enqueue(event: WireEvent): Omit<Fault, "events"> | undefined {
		if (isClosed) return { code: "not_sent", message: "The sender was closed." };
		if (queue.length >= queueEventsMax)
			return { code: "queue_full", message: `${queueEventsMax} events wait already.` };
		let json: string;
		try {
			json = JSON.stringify(event);
		} catch {
			return { code: "not_json", message: "The event is no JSON: it holds itself, or a bigint." };
		}
		if (new TextEncoder().encode(json).length > LIMITS.eventBytesMax) {
			return { code: "event_too_large", message: `An event holds at most ${LIMITS.eventBytesMax} bytes.` };
		}
		queue.push({ event, json });
		return undefined;
	}

	function start(): void {
		clearTimeout(timer);
		timer = undefined;
		if (isSending) return;
		isSending = true;
		void send().finally(() => {
			isSending = false;
			// What was added between the last look at the queue and here.
			if (queue.length > 0) start();
		});
	}

	async function send(): Promise<void> {
		let failures = 0;
		while (queue.length > 0) {
			const batch = takeBatch(queue, batchEventsMax);
			const answer = await post(batch);
			if (isPassing(answer.status)) {
				failures++;
				const waitMs = Math.max(answer.retryAfterMs, backoffMs(failures, Math.random()));
				if (!isOver) await pause(waitMs);
				if (isOver) drop(queue.length, { code: "not_sent", message: "Closed before an answer came." });
				continue;
			}
			failures = 0;
			if (answer.status === 413 && batch.length > 1) {
				batchEventsMax = Math.ceil(batch.length / 2);
				continue;
			}
			batchEventsMax = flushAt;
			if (answer.success) {
				for (const { index, code, message } of answer.rejected ?? []) {
					const rejected = batch[index];
					if (rejected) report({ code, message, events: [rejected.event] });
				}
				drop(batch.length);
			} else {
				const { code = "internal", message = `The collector answered ${answer.status}.` } = answer.error ?? {};
				drop(batch.length, { code, message });
			}
		}
	}

	/** Takes the first events out of the queue, as lost where a reason is given. */
	function drop(count: number, reason?: Omit<Fault, "events">): void {
		const gone = queue.splice(0, count);
		if (reason) report({ ...reason, events: gone.map(({ event }) => event) });
		for (const one of gone) one.gone?.();
	}

	async function post(batch: Waiting[]): Promise<Answer> {
		const sentAt = new Date().toISOString();
		aborter = new AbortController();
		const patience = setTimeout(() => aborter.abort(), ANSWER_WAIT_MS);
		try {
			const response = await (options.fetch ?? fetch)(options.url, {
				method: "POST",
				headers: { authorization: `Bearer ${options.key}`, "content-type": "application/json" },
				body: `{"sentAt":"${sentAt}","batch":[${batch.map(({ json }) => json).join()}]}`,
				signal: aborter.signal,
			});
			const { status, headers } = response;
			const text = await response.text();
			const answer: Answer = { status, retryAfterMs: retryAfterMs(headers.get("retry-after"), Date.now()) };
			try {
				Object.assign(answer, JSON.parse(text), { status });
			} catch {
				// Not the collector's own words: a proxy speaks.
			}
			// Only the collector's own word counts: another's 200 is no answer.
			return response.ok && !answer.success ? { ...answer, status: 0 } : answer;
		} catch {
			// No connection, cut off, or no answer in time.
			return { status: 0, retryAfterMs: 0 };
		} finally {
			clearTimeout(patience);
		}
	}

	/** Waits, but no longer than until `close`. While closing the wait keeps the process alive. */
	function pause(ms: number): Promise<void> {
		return new Promise((resolve) => {
			const waiting = isClosed ? setTimeout(resolve, ms) : setTimer(resolve, ms);
			wake = () => {
				clearTimeout(waiting);
				resolve();
			};
		});
	}

	async function flush(): Promise<void> {
		const last = queue.at(-1);
		if (!last) return;
		const before = last.gone;
		const gone = new Promise<void>((resolve) => {
			last.gone = () => {
				before?.();
				resolve();
			};
		});
		start();
		await gone;
	}

	async function close(): Promise<void> {
		isClosed = true;
		wake();
		const end = setTimeout(() => {
			isOver = true;
			aborter.abort();
			wake();
		}, options.closeTimeoutMs);
		await flush();
		clearTimeout(end);
	}

	return { add, flush, close };
}

/** What may go well another time: no answer, timeouts, too many requests, faults of the server. */
function isPassing(status: number): boolean {
	return status === 0 || status === 408 || status === 425 || status === 429 || status >= 500;
}

function takeBatch(queue: readonly Waiting[], eventsMax: number): Waiting[] {
	let chars = 0;
	const batch: Waiting[] = [];
	for (const one of queue) {
		chars += one.json.length + 1;
		if (batch.length > 0 && (batch.length >= eventsMax || chars > BATCH_CHARS_MAX)) break;
		batch.push(one);
	}
	return batch;
}

/** A timer that keeps no process alive, where the runtime knows such timers: `beforeExit` sends what waits. */
function setTimer(run: () => void, ms: number): ReturnType<typeof setTimeout> {
	const timer: unknown = setTimeout(run, ms);
	(timer as { unref?: () => void }).unref?.();
	return timer as ReturnType<typeof setTimeout>;
}
