/**
 * What the delivery does when not everything goes well: when to try again and with how much, what was
 * refused for good, what dead tabs left, what is above the caps, and a request that survives a crash.
 * It also compresses. All of it may come late: until then the queue keeps what it has.
 */
import { type Clock, learnOffset } from "../page/clock.ts";
import type { Note } from "../page/notes.ts";
import { every, isHidden, type Page } from "../page/page.ts";
import { removeRecord } from "../page/storage.ts";
import type { DeliveryReport } from "../wire.ts";
import { createTenancy } from "./adoption.ts";
import { backoffMs, paceMs, REQUESTS_A_MINUTE_MAX, retryAfterMs } from "./backoff.ts";
import { BATCH_LIMITS, type fitBatch, type formatBatch } from "./batcher.ts";
import { chooseEvicted } from "./caps.ts";
import { createDeferred, DEFERRED_CHARS_MAX } from "./deferred.ts";
import { LEFT_KEY } from "./idb-queue.ts";
import { withLock } from "./lock.ts";
import type { Losses, Queue, Queued } from "./queue.ts";
import type { Answer, Bytes, Transport } from "./transport.ts";

/** A visible page renews its lease and looks for dead tabs so often. */
const BEAT_MS = 10_000;
/** Shorter bodies grow or hardly shrink. */
export const GZIP_BYTES_MIN = 1024;
const POISONED = [400, 413, 422];

type Report = Readonly<Pick<DeliveryReport, "attempt"> & Losses>;

export interface Recovery {
	/** What the next batch says of itself. */
	report(): Report;
	/** Events that the next batch may hold: halved while a poisonous one is looked for. */
	readonly eventsMax: number;
	/** @returns milliseconds until a request may be made, 0 or less for now */
	waitMs(now: number): number;
	/** Runs `work` so that no other tab takes this one for dead meanwhile, after a look at what dead ones left. */
	attend(work: () => Promise<void>): Promise<void>;
	/** Compressed where that pays. The collector knows gzip by its first bytes; the header that says so would force a preflight. */
	pack(bytes: Bytes): Promise<Bytes>;
	/**
	 * Draws the conclusions from an answer.
	 * @param told what the batch said of itself
	 * @returns milliseconds until the next request may be made
	 */
	settle(records: readonly Queued[], answer: Answer, sentAt: number, told: Report | undefined): Promise<number>;
	/** Arms the request that survives a crash with the draft and all that is not answered; without a draft withdraws it. */
	armDeferred(draft?: Queued): void;
	/** This tab will not send any more. @param forget nobody else will either */
	end(forget?: boolean): unknown;
}

/** What the recovery is handed by the delivery that it stands beside, code that both need included. */
export interface RecoveryParts {
	tab: string;
	transport: Pick<Transport, "url">;
	queue: Queue;
	clock: Clock;
	page: Page;
	note(note: Note): void;
	flush(): Promise<void>;
	fitBatch: typeof fitBatch;
	formatBatch: typeof formatBatch;
}

export type CreateRecovery = (parts: RecoveryParts) => Recovery;

export const createRecovery: CreateRecovery = (parts) => {
	const { tab, transport, queue, clock, page, note, flush, fitBatch, formatBatch } = parts;
	const own = { tab, evicted: 0, setAside: 0 };
	/** Those of dead tabs come first, each until it was told. */
	const losses: Losses[] = [own];
	const tenancy = createTenancy(queue, tab, losses);
	const defer = createDeferred(transport.url);
	let eventsMax: number = BATCH_LIMITS.eventsMax;
	let failures = 0;
	let notBefore = 0;
	let made: number[] = [];
	let isLeaving = false;
	let hasEnded = false;
	let isBusy = false;

	const report = (): Report => ({ attempt: failures + 1, ...(losses[0] as Losses) });

	/** @returns how many events were taken over from dead tabs */
	async function tend(): Promise<number> {
		// A page that is gone must not renew its lease.
		if (isLeaving || hasEnded) return 0;
		const now = clock.now();
		const adopted = await tenancy.renew(now);
		const evicted = chooseEvicted(queue.read(), now);
		own.evicted += evicted.length;
		if (evicted[0]) await tenancy.giveUp(evicted, now);
		return adopted;
	}

	/** A refusal that is about the events themselves: sent again as they are, they would be refused again. */
	async function judge(records: readonly Queued[], rejected: Answer["rejected"]): Promise<void> {
		const judged = records.filter((_, place) => rejected?.some(({ index }) => index === place));
		if (judged[0]) {
			await queue.remove(judged);
		} else if (records[1]) {
			// Refused as a whole, without a word about which event: halve until it stands alone.
			eventsMax = records.length >> 1;
		} else {
			own.setAside++;
			note({ kind: "setAside", json: (records[0] as Queued).json });
			await tenancy.giveUp(records, clock.now());
			// The next search begins at the usual pace: where everything is refused, little is lost in an hour.
			eventsMax = BATCH_LIMITS.eventsMax;
		}
	}

	function retry(): Promise<void> {
		notBefore = 0;
		return flush();
	}
	page.on("online", retry);
	page.on("visibilitychange", () => !isHidden() && retry());
	page.on("pageshow pagehide", ({ type }) => {
		isLeaving = type === "pagehide";
		if (!isLeaving) removeRecord(LEFT_KEY + tab);
	});
	const beat = page.guard(async () => {
		// What earlier pages left behind leaves now, without needing a new event.
		if (!isBusy && (await tend())) await flush();
	});
	every(page, BEAT_MS, () => isHidden() || beat());
	beat();

	return {
		report,
		get eventsMax() {
			return eventsMax;
		},
		waitMs: (now) => Math.max(notBefore - now, eventsMax < BATCH_LIMITS.eventsMax ? 0 : paceMs(made, now)),
		async attend(work) {
			isBusy = true;
			try {
				await withLock(tab, false, async () => {
					await tend();
					await work();
				});
			} finally {
				isBusy = false;
			}
		},
		async pack(bytes) {
			if (bytes.length < GZIP_BYTES_MIN) return bytes;
			try {
				// A response's stream is of this process; a blob's waits for the browser's, three times as long.
				const stream = (new Response(bytes).body as ReadableStream).pipeThrough(new CompressionStream("gzip"));
				return new Uint8Array(await new Response(stream).arrayBuffer());
			} catch {
				// No CompressionStream here, or a page that replaced one of these.
				return bytes;
			}
		},
		async settle(records, answer, sentAt, told) {
			const { status, receivedAt, retryAfter } = answer;
			const now = clock.now();
			made = [...made, sentAt].slice(-REQUESTS_A_MINUTE_MAX);
			learnOffset(clock, sentAt, now, Date.parse(receivedAt as string));
			if (status === 200) {
				failures = notBefore = 0;
				eventsMax = Math.min(BATCH_LIMITS.eventsMax, eventsMax * 2);
				if (losses[1] && losses[0]?.tab === told?.tab) losses.shift();
			} else if (POISONED.includes(status)) {
				await judge(records, answer.rejected);
			} else {
				failures++;
				notBefore = now + (retryAfterMs(retryAfter, now) || backoffMs(failures, Math.random()));
			}
			return Math.max(0, notBefore - now);
		},
		armDeferred: (draft) =>
			defer(draft ? formatBatch(fitBatch([draft, ...queue.read()], DEFERRED_CHARS_MAX), clock, report()) : ""),
		end(forget) {
			hasEnded = true;
			defer("");
			return tenancy.end(forget);
		},
	};
};
