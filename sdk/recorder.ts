/**
 * From fact to event: who, when and in which view is added here, and here the visitor's consent
 * decides whether the event waits, is stored and sent, is sent without a trace, or never was.
 */
import { formatBatch } from "./delivery/batcher.ts";
import { createDelivery, type Delivery } from "./delivery/delivery.ts";
import { createIdbQueue } from "./delivery/idb-queue.ts";
import { DRAFT_SEQ, RANKS, type Rank } from "./delivery/queue.ts";
import { type Bytes, createTransport } from "./delivery/transport.ts";
import type { Options } from "./options.ts";
import type { Clock } from "./page/clock.ts";
import type { Note } from "./page/notes.ts";
import type { Page } from "./page/page.ts";
import { createUuid } from "./page/uuid.ts";
import { LIBRARY, VERSION } from "./page/version.ts";
import type { ConsentState, Memory } from "./visitor/memory.ts";
import { continueSession, SESSION_WRITE_MS } from "./visitor/session.ts";
import type { WireEvent } from "./wire.ts";

/** Facts kept in memory until the visitor decides; later ones are not kept. */
export const UNDECIDED_EVENTS_MAX = 200;

export interface Manner {
	rank: Rank;
	/** Device time, ms since the epoch. */
	at: number;
	/** Replaces the tab's draft. */
	draft?: boolean;
	/** Sent without waiting for a batch. */
	urgent?: boolean;
	/** Stored only when flushed to the disk. */
	strict?: boolean;
	/** Told the `messageId` once the event is made. */
	made?: (messageId: string) => void;
}

export interface Recorder {
	readonly consent: ConsentState;
	/** Resolves when the event is stored, or at once when it never will be. */
	record(fact: WireEvent, manner: Manner): Promise<unknown>;
	/** @param decided somebody chose; false for the state at start */
	allow(state: ConsentState, decided: boolean): Promise<void>;
	/** Goes on under a new tab id: nothing ties what comes to what was. */
	restart(): Promise<unknown>;
	/** The delivery at hand; none as long as nothing may be stored or sent. */
	readonly delivery: Delivery | undefined;
	/** Sends one event past the queue, once: the script's last word. */
	sendAlone(fact: WireEvent): void;
}

export interface RecorderParts {
	options: Options & { endpoint: string };
	memory: Memory;
	clock: Clock;
	page: Page;
	hasGpc: boolean;
	note(note: Note): void;
	/** A new session began. */
	rolledOver(): void;
}

export function createRecorder({ options, memory, clock, page, hasGpc, note, rolledOver }: RecorderParts): Recorder {
	const { beforeSend, onError, writeKey } = options;
	const url = `${options.endpoint}/v1/batch?writeKey=${encodeURIComponent(writeKey)}`;
	/** A collector on the page's own origin renews the id cookie, which then outlives what scripts may store. */
	const transport = createTransport(() =>
		location.origin === options.endpoint && consent === "granted" ? `${url}&cookie=${memory.cookieDomain}` : url,
	);
	const { width, height } = screen;
	/** What holds for the whole page load. */
	const surroundings = {
		locale: navigator.language,
		timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
		screen: { width, height, density: devicePixelRatio },
		...(hasGpc && { gpc: true }),
	};
	let consent: ConsentState = "denied";
	let delivery: Delivery | undefined;
	/** Facts of the time before a decision; `undefined` once it was made. */
	let undecided: [WireEvent, Manner][] | undefined = [];
	/** The id that the device had when the running tab began. */
	let device = "";

	function open(): void {
		device = memory.record.anonymousId;
		const disk = consent === "granted" ? createIdbQueue(`strand-${writeKey}`) : undefined;
		delivery = createDelivery({ disk, transport, url, clock, page, note });
	}

	/** @returns `null` when the page's `beforeSend` dropped it */
	function makeEvent(fact: WireEvent, at: number): WireEvent | null {
		const { anonymousId, userId } = memory.record;
		const event: WireEvent = {
			messageId: createUuid(at),
			...(consent === "granted" && { anonymousId, ...(userId && { userId }) }),
			...fact,
			context: { ...surroundings, consent, ...fact.context },
		};
		// A filter that fails must not leak what it was to remove: its throw drops the event.
		return beforeSend ? beforeSend(event) : event;
	}

	function continueVisit(at: number): void {
		const { session: before } = memory.record;
		const session = continueSession(before, at, createUuid);
		if (session.id === before?.id && at - before.lastAt < SESSION_WRITE_MS) return;
		memory.write({ session });
		if (session.id !== before?.id) rolledOver();
	}

	async function record(fact: WireEvent, manner: Manner): Promise<unknown> {
		const { rank, at, draft, urgent, strict, made } = manner;
		if (!delivery) {
			if (undecided && undecided.length < UNDECIDED_EVENTS_MAX && !draft) undecided.push([fact, manner]);
			return;
		}
		if (consent === "granted") continueVisit(at);
		const { tab } = delivery;
		const seq = draft ? DRAFT_SEQ : delivery.seq + 1;
		let event: WireEvent | null;
		let json: string;
		try {
			event = makeEvent(fact, at);
			if (!event) return;
			const strand = { ...(consent === "granted" && { device }), tab, ...(seq && { seq }), version: VERSION };
			const context = event.context as { strand?: object };
			json = JSON.stringify({ ...event, context: { ...context, strand: { ...strand, ...context.strand } } });
		} catch (error) {
			// The page's own `beforeSend` threw, or its properties are circular: not our fault.
			onError?.(error);
			return;
		}
		made?.(event.messageId as string);
		return delivery.add({ tab, seq, at, rank, json }, urgent, strict);
	}

	function sendAlone(fact: WireEvent): void {
		const at = clock.now();
		const event = makeEvent(fact, at);
		if (!event) return;
		const alone = { tab: "", seq: 1, at, rank: RANKS.identity, json: JSON.stringify(event) };
		const report = { attempt: 1, ageMs: 0, library: LIBRARY, evicted: 0, setAside: 0 };
		transport.send(transport.pack(formatBatch([alone], clock.correct, at, report), true) as Bytes);
	}

	return {
		get consent() {
			return consent;
		},
		get delivery() {
			return delivery;
		},
		record,
		sendAlone,
		async restart() {
			await delivery?.stop();
			if (delivery) open();
		},
		async allow(next, decided) {
			const wasGranted = consent === "granted";
			const isGranted = next === "granted";
			if (next === consent && delivery) return;
			const statement: WireEvent = {
				type: "consent",
				traits: { analytics: next !== "denied", stitching: isGranted },
			};
			// The last word under the old id: after it nothing may tell who this was.
			if (wasGranted) sendAlone(statement);
			consent = next;
			const stopping = delivery?.stop(wasGranted);
			delivery = undefined;
			if (wasGranted) memory.forget();
			memory.persist(isGranted);
			if (stopping) await stopping;
			// Somebody chose again meanwhile.
			if (consent !== next) return;
			if (next !== "denied") open();
			if (isGranted && decided) {
				memory.write({ consent });
				record(statement, { rank: RANKS.identity, at: clock.now() }).catch(page.fault);
			}
			const waiting = undecided || [];
			if (decided || delivery) undecided = undefined;
			if (delivery) for (const [fact, manner] of waiting) record(fact, manner).catch(page.fault);
		},
	};
}
