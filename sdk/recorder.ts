/**
 * From fact to event: who, when and in which view is added here, and here the visitor's consent
 * decides whether the event waits, is stored and sent, is sent without a trace, or never was.
 */
import { formatBatch } from "./delivery/batcher.ts";
import { createDelivery, type Delivery } from "./delivery/delivery.ts";
import { createIdbQueue } from "./delivery/idb-queue.ts";
import { createMemoryQueue } from "./delivery/memory-queue.ts";
import { DRAFT_SEQ, type Queued } from "./delivery/queue.ts";
import type { CreateRecovery } from "./delivery/recovery.ts";
import { createTransport, type Transport, toBytes } from "./delivery/transport.ts";
import type { Options } from "./options.ts";
import type { Clock } from "./page/clock.ts";
import type { Note } from "./page/notes.ts";
import type { Captured } from "./page/observer.ts";
import type { Page } from "./page/page.ts";
import { readTimeZone } from "./page/time-zone.ts";
import { VERSION } from "./page/version.ts";
import type { ConsentState, Memory } from "./visitor/memory.ts";
import type { EventType, JsonObject, WireEvent } from "./wire.ts";

/** Facts kept in memory until the visitor decides; later ones are not kept. */
export const UNDECIDED_EVENTS_MAX = 200;

/** A fact of any kind, and how it is to be recorded. */
export interface Fact extends Omit<Captured, "type"> {
	type: EventType;
	/** Name of a page view. */
	name?: string | undefined;
	userId?: string;
	groupId?: string;
	traits?: JsonObject;
	/** Device time, ms since the epoch. */
	at: number;
	/** Sent without waiting for a batch. */
	urgent?: boolean | undefined;
	/** Stored only when flushed to the disk. */
	strict?: boolean | undefined;
	/** Told the `messageId` once the event is made. */
	made?: ((messageId: string) => void) | undefined;
}

export interface Recorder {
	/** Resolves when the event is stored, or at once when it never will be. */
	record(fact: Fact): Promise<unknown>;
	/** @param decided somebody chose; false for the state at start */
	applyConsent(state: ConsentState, decided: boolean): Promise<void>;
	/** Goes on under a new tab id: nothing ties what comes to what was. */
	restart(): Promise<unknown>;
	/** The delivery at hand; none as long as nothing may be stored or sent. */
	current?: Delivery | undefined;
	transport: Transport;
	/** Sends one event past the queue, once: the script's last word. */
	sendAlone(fact: WireEvent): void;
}

export interface RecorderParts {
	options: Options & { endpoint: string; onError(error: unknown): void };
	memory: Memory;
	clock: Clock;
	page: Page;
	hasGpc: boolean;
	createId(): string;
	note(note: Note): void;
	/** See {@link DeliveryParts}. */
	createRecovery?: CreateRecovery | undefined;
	/** Something is captured; the time is the device's. */
	captured(at: number): void;
}

export function createRecorder(parts: RecorderParts): Recorder {
	const { options, memory, clock, page, createId } = parts;
	const { beforeSend, onError, writeKey } = options;
	const url = `${options.endpoint}/v1/batch?writeKey=${encodeURIComponent(writeKey)}`;
	const transport = createTransport(url);
	const { width, height } = screen;
	/** What holds for the whole page load. */
	const surroundings = {
		locale: navigator.language,
		timezone: readTimeZone(),
		screen: { width, height, density: devicePixelRatio },
		gpc: parts.hasGpc || undefined,
	};
	let consent: ConsentState = "denied";
	/** Facts of the time before a decision; `undefined` once it was made. */
	let undecided: Fact[] | undefined = [];
	/** The id that the device had when the running tab began. */
	let device = "";

	function open(): void {
		const tab = createId();
		device = memory.record.anonymousId;
		recorder.current = createDelivery({
			...parts,
			tab,
			queue: memory.isKept ? createIdbQueue(`strand-${writeKey}`, tab) : createMemoryQueue(),
			transport,
		});
	}

	/**
	 * @param seq {@link DRAFT_SEQ} for an event outside the count
	 * @returns the event as it waits; `undefined` when the page's `beforeSend` dropped it, or failed: a filter that
	 *   fails must not leak what it was to remove
	 */
	function makeRecord(
		{ at, kind, made, draft, urgent, strict, ...fact }: Fact,
		tab = "",
		seq = DRAFT_SEQ,
	): Queued | undefined {
		const shared = { ...surroundings, consent };
		const { anonymousId, userId } = memory.record;
		try {
			let event: WireEvent | null = { messageId: createId(), ...(memory.isKept && { anonymousId, userId }), ...fact };
			// A filter sees the whole event, and what it takes out must not stand beside it.
			if (beforeSend) event = beforeSend({ ...event, context: { ...shared, ...event.context } as JsonObject });
			if (!event) return undefined;
			const context = event.context as { strand?: object };
			const ours = { device: memory.isKept ? device : undefined, tab, seq: seq || undefined, version: VERSION };
			const json = JSON.stringify({ ...event, context: { ...context, strand: { ...ours, ...context?.strand } } });
			made?.(event.messageId as string);
			return { tab, seq, at, kind, json, shared: JSON.stringify(beforeSend ? {} : shared) };
		} catch (error) {
			// The page's own `beforeSend` threw, or its properties are circular: not our fault.
			onError(error);
			return undefined;
		}
	}

	async function record(fact: Fact): Promise<unknown> {
		const { current: delivery } = recorder;
		if (delivery) {
			parts.captured(fact.at);
			const made = makeRecord(fact, delivery.tab, fact.draft ? DRAFT_SEQ : delivery.seq + 1);
			return made && delivery.add(made, fact.urgent, fact.strict);
		}
		if (undecided && undecided.length < UNDECIDED_EVENTS_MAX && !fact.draft) undecided.push(fact);
		return undefined;
	}

	const recorder: Recorder = {
		transport,
		record,
		sendAlone(fact) {
			const made = makeRecord({ ...fact, at: clock.now(), kind: "identity" });
			if (made) transport.send(toBytes(formatBatch([made], clock)));
		},
		async restart() {
			await recorder.current?.stop();
			if (recorder.current) open();
		},
		async applyConsent(next, decided) {
			const { current: delivery } = recorder;
			if (next === consent && delivery) return;
			const isDenied = next === "denied";
			const willKeep = next === "granted";
			const statement: WireEvent = { type: "consent", traits: { analytics: !isDenied, stitching: willKeep } };
			const stopping = delivery?.stop(memory.isKept);
			recorder.current = undefined;
			// The last word under the old id: after it nothing may tell who this was.
			if (memory.isKept) recorder.sendAlone(statement);
			consent = next;
			memory.setKept(willKeep);
			if (stopping) await stopping;
			// Somebody chose again meanwhile.
			if (consent !== next) return;
			const waiting = undecided || [];
			if (decided || !isDenied) undecided = undefined;
			if (isDenied) return;
			open();
			if (willKeep && decided) {
				memory.write({ consent });
				waiting.unshift({ ...statement, kind: "identity", at: clock.now() });
			}
			waiting.forEach(page.guard(record));
		},
	};
	return recorder;
}
