/**
 * From fact to event: who, when and in which view is added here, and here the visitor's consent
 * decides whether the event waits, is stored and sent, is sent without a trace, or never was.
 */

import { formatBatch } from "./delivery/batcher.ts";
import { createDelivery, type Delivery } from "./delivery/delivery.ts";
import { createFallbackQueue } from "./delivery/fallback-queue.ts";
import { createIdbQueue } from "./delivery/idb-queue.ts";
import { createMemoryQueue } from "./delivery/memory-queue.ts";
import { DRAFT_SEQ, RANKS, type Rank } from "./delivery/queue.ts";
import { createTransport } from "./delivery/transport.ts";
import type { Options } from "./options.ts";
import type { Clock } from "./page/clock.ts";
import type { Note } from "./page/notes.ts";
import type { Page } from "./page/page.ts";
import { createUuid } from "./page/uuid.ts";
import { VERSION } from "./page/version.ts";
import type { ConsentState, Memory } from "./visitor/memory.ts";
import { continueSession } from "./visitor/session.ts";
import type { JsonObject, WireEvent } from "./wire.ts";

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
	record(fact: WireEvent, manner: Manner): Promise<void>;
	/** @param decided somebody chose; false for the state at start */
	allow(state: ConsentState, decided: boolean): Promise<void>;
	/** Goes on under a new tab id: nothing ties what comes to what was. */
	restart(): Promise<void>;
	flush(): Promise<void>;
	hide(): void;
	/** Sends one event past the queue, once: the script's last word. */
	sendAlone(fact: WireEvent): void;
	stop(): Promise<void>;
}

export interface RecorderParts {
	options: Options & { endpoint: string };
	memory: Memory;
	clock: Clock;
	page: Page;
	note(note: Note): void;
	/** A new session began. */
	rolledOver(): void;
}

/** What holds for the whole page load. */
function readSurroundings(gpc: boolean): JsonObject {
	const { width, height } = screen;
	return {
		locale: navigator.language,
		timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
		screen: { width, height, density: window.devicePixelRatio || 1 },
		...(gpc && { gpc }),
	};
}

export function createRecorder(
	{ options, memory, clock, page, note, rolledOver }: RecorderParts,
	gpc: boolean,
): Recorder {
	const url = `${options.endpoint}/v1/batch?writeKey=${encodeURIComponent(options.writeKey)}`;
	const transport = createTransport(url);
	const surroundings = readSurroundings(gpc);
	let state: ConsentState = "denied";
	let delivery: Delivery | undefined;
	/** Facts of the time before a decision; `undefined` once it was made. */
	let undecided: [WireEvent, Manner][] | undefined = [];
	/** The tab as last numbered, and the id that the device had when that tab began. */
	let tab = "";
	let device = "";

	function open(): Delivery {
		const granted = state === "granted";
		const memoryQueue = createMemoryQueue();
		const queue = granted
			? createFallbackQueue(createIdbQueue(`strand-${options.writeKey}`), memoryQueue)
			: memoryQueue;
		return createDelivery({ queue, transport, deferredUrl: granted ? url : "", clock, page, note });
	}

	/** @returns `null` when the page's `beforeSend` dropped it */
	function makeEvent(fact: WireEvent, at: number): WireEvent | null {
		const { anonymousId, userId } = memory.record;
		const who = state === "granted" && { anonymousId, ...(userId !== undefined && { userId }) };
		const event: WireEvent = {
			messageId: createUuid(at),
			...who,
			...fact,
			context: { ...surroundings, consent: state, ...fact.context },
		};
		if (!options.beforeSend) return event;
		try {
			return options.beforeSend(event);
		} catch (error) {
			// A filter that fails must not leak what it was to remove: the event is dropped.
			options.onError?.(error);
			return null;
		}
	}

	function touchSession(at: number): void {
		const before = memory.record.session;
		const session = continueSession(before, at, () => createUuid(at));
		// Writing every event would be a storage write each; the last minute may be forgotten.
		if (session.id === before?.id && at - before.lastAt < 60_000) return;
		memory.write({ session });
		if (session.id !== before?.id) rolledOver();
	}

	async function record(fact: WireEvent, manner: Manner): Promise<void> {
		const { rank, at, draft, urgent, strict, made } = manner;
		if (!delivery) {
			if (undecided && undecided.length < UNDECIDED_EVENTS_MAX && !draft) undecided.push([fact, manner]);
			return;
		}
		if (state === "granted") touchSession(at);
		const event = makeEvent(fact, at);
		if (!event) return;
		const position = delivery.position();
		if (position.tab !== tab) {
			tab = position.tab;
			device = memory.record.anonymousId;
		}
		const seq = draft ? DRAFT_SEQ : position.seq;
		const strand = {
			...(state === "granted" && { device }),
			tab,
			...(!draft && { seq }),
			version: VERSION,
			...(event.context?.strand as JsonObject | undefined),
		};
		let json: string;
		try {
			json = JSON.stringify({ ...event, context: { ...event.context, strand } });
		} catch (error) {
			// A circular value or a BigInt from the page: the developer is told.
			options.onError?.(error);
			return;
		}
		made?.(event.messageId as string);
		await delivery.add({ tab, seq, at, rank, json }, urgent, strict);
	}

	function sendAlone(fact: WireEvent): void {
		const at = clock.now();
		const event = makeEvent(fact, at);
		if (!event) return;
		const alone = { tab: "", seq: 1, at, rank: RANKS.identity, json: JSON.stringify(event) };
		const report = { attempt: 1, ageMs: 0, library: `strand.js/${VERSION}`, evicted: 0, setAside: 0 };
		transport.send(formatBatch([alone], clock.correct, at, report), true);
	}

	async function allow(next: ConsentState, decided: boolean): Promise<void> {
		const before = state;
		if (next === before && delivery) return;
		const statement: WireEvent = {
			type: "consent",
			traits: { analytics: next !== "denied", stitching: next === "granted" },
		};
		// The last word under the old id: after it nothing may tell who this was.
		if (before === "granted") sendAlone(statement);
		state = next;
		await delivery?.stop(before === "granted");
		delivery = next === "denied" ? undefined : open();
		memory.persist(next === "granted");
		if (next === "granted") {
			memory.write({ consent: decided ? next : memory.record.consent });
			if (decided) await record(statement, { rank: RANKS.identity, at: clock.now() });
		} else if (before === "granted") {
			memory.write({
				userId: undefined,
				session: undefined,
				touches: undefined,
				firstTouch: undefined,
				consent: undefined,
			});
		}
		const waiting = undecided || [];
		if (decided || delivery) undecided = undefined;
		for (const [fact, manner] of delivery ? waiting : []) record(fact, manner).catch(page.fault);
	}

	return {
		get consent() {
			return state;
		},
		record,
		allow,
		async restart() {
			await delivery?.stop(false);
			if (delivery) delivery = open();
		},
		flush: () => delivery?.flush() || Promise.resolve(),
		hide: () => delivery?.hide(),
		sendAlone,
		async stop() {
			await delivery?.stop(false);
			delivery = undefined;
			undecided = undefined;
		},
	};
}
