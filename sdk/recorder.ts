/**
 * From fact to event: who, when and in which view is added here, and here the visitor's consent
 * decides whether the event waits, is stored and sent, is sent without a trace, or never was.
 */
import { formatBatch } from "./delivery/batcher.ts";
import { createDelivery, type Delivery } from "./delivery/delivery.ts";
import { createIdbQueue } from "./delivery/idb-queue.ts";
import { createMemoryQueue } from "./delivery/memory-queue.ts";
import { DRAFT_SEQ, type Queued } from "./delivery/queue.ts";
import { createTransport, toBytes } from "./delivery/transport.ts";
import type { Late } from "./late-parts.ts";
import type { Options } from "./options.ts";
import type { Clock } from "./page/clock.ts";
import type { Note } from "./page/notes.ts";
import type { Kind } from "./page/observer.ts";
import type { Page } from "./page/page.ts";
import { VERSION } from "./page/version.ts";
import type { ConsentState, Memory } from "./visitor/memory.ts";
import { continueSession } from "./visitor/session.ts";
import type { JsonObject, WireEvent } from "./wire.ts";

/** Facts kept in memory until the visitor decides; later ones are not kept. */
export const UNDECIDED_EVENTS_MAX = 200;

export interface Manner {
	kind: Kind;
	/** Device time, ms since the epoch. */
	at: number;
	/** Replaces the tab's draft. */
	draft?: boolean | undefined;
	/** Sent without waiting for a batch. */
	urgent?: boolean | undefined;
	/** Stored only when flushed to the disk. */
	strict?: boolean | undefined;
	/** Told the `messageId` once the event is made. */
	made?: ((messageId: string) => void) | undefined;
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
	createId(): string;
	note(note: Note): void;
	/** What comes later. */
	late: Partial<Late>;
	/** A new session began. */
	rolledOver(): void;
}

export function createRecorder(parts: RecorderParts): Recorder {
	const { options, memory, clock, page, hasGpc, createId } = parts;
	const { beforeSend, onError, writeKey } = options;
	const { record: visitor } = memory;
	const url = `${options.endpoint}/v1/batch?writeKey=${encodeURIComponent(writeKey)}`;
	const transport = createTransport(url, memory, parts.late);
	const { width, height } = screen;
	/** What holds for the whole page load. */
	const surroundings = {
		locale: navigator.language,
		timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
		screen: { width, height, density: devicePixelRatio },
		gpc: hasGpc || undefined,
	};
	let consent: ConsentState = "denied";
	let isGranted = false;
	let delivery: Delivery | undefined;
	/** Facts of the time before a decision; `undefined` once it was made. */
	let undecided: [WireEvent, Manner][] | undefined = [];
	/** The id that the device had when the running tab began. */
	let device = "";

	function open(): void {
		const tab = createId();
		device = visitor.anonymousId;
		delivery = createDelivery({
			...parts,
			tab,
			queue: isGranted ? createIdbQueue(`strand-${writeKey}`, tab) : createMemoryQueue(),
			transport,
			url,
		});
	}

	/**
	 * @param seq `undefined` for an event outside the count
	 * @returns the event as it waits; `undefined` when the page's `beforeSend` dropped it, or failed: a filter that
	 *   fails must not leak what it was to remove
	 */
	function makeRecord(fact: WireEvent, manner: Manner, tab = "", seq?: number): Queued | undefined {
		const { at, kind, made } = manner;
		const shared = { ...surroundings, consent };
		const { anonymousId, userId } = visitor;
		try {
			let event: WireEvent | null = { messageId: createId(), ...(isGranted && { anonymousId, userId }), ...fact };
			// A filter sees the whole event, and what it takes out must not stand beside it.
			if (beforeSend) event = beforeSend({ ...event, context: { ...shared, ...event.context } as JsonObject });
			if (!event) return undefined;
			const context = event.context as { strand?: object };
			const ours = { device: isGranted ? device : undefined, tab, seq: seq || undefined, version: VERSION };
			const json = JSON.stringify({ ...event, context: { ...context, strand: { ...ours, ...context?.strand } } });
			made?.(event.messageId as string);
			return { tab, seq: seq || DRAFT_SEQ, at, kind, json, shared: JSON.stringify(beforeSend ? {} : shared) };
		} catch (error) {
			// The page's own `beforeSend` threw, or its properties are circular: not our fault.
			onError?.(error);
			return undefined;
		}
	}

	function continueVisit(at: number): void {
		const { session } = visitor;
		const next = continueSession(session, at, createId);
		if (next !== session) memory.write({ session: next });
		if (next.id !== session?.id) parts.rolledOver();
	}

	async function record(fact: WireEvent, manner: Manner): Promise<unknown> {
		const { at, draft, urgent, strict } = manner;
		if (!delivery) {
			if (undecided && undecided.length < UNDECIDED_EVENTS_MAX && !draft) undecided.push([fact, manner]);
			return;
		}
		if (isGranted) continueVisit(at);
		const made = makeRecord(fact, manner, delivery.tab, draft ? DRAFT_SEQ : delivery.seq + 1);
		return made && delivery.add(made, urgent, strict);
	}

	function sendAlone(fact: WireEvent): void {
		const made = makeRecord(fact, { at: clock.now(), kind: "identity" });
		if (made) transport.send(toBytes(formatBatch([made], clock)));
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
			if (next === consent && delivery) return;
			const willGrant = next === "granted";
			const statement: WireEvent = {
				type: "consent",
				traits: { analytics: next !== "denied", stitching: willGrant },
			};
			const stopping = delivery?.stop(isGranted);
			delivery = undefined;
			// The last word under the old id: after it nothing may tell who this was.
			if (isGranted) sendAlone(statement);
			consent = next;
			isGranted = willGrant;
			memory.persist(isGranted);
			if (stopping) await stopping;
			// Somebody chose again meanwhile.
			if (consent !== next) return;
			if (next !== "denied") open();
			if (isGranted && decided) {
				memory.write({ consent });
				page.guard(record)(statement, { kind: "identity", at: clock.now() });
			}
			const waiting = undecided || [];
			if (decided || delivery) undecided = undefined;
			if (delivery) for (const [fact, manner] of waiting) page.guard(record)(fact, manner);
		},
	};
}
