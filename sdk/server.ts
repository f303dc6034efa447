/**
 * Strand for servers (Node, Workers and other runtimes with `fetch`):
 *
 * ```ts
 * import { init } from "strand/server";
 *
 * const strand = init({ endpoint: "https://collector.example.com", key: process.env.STRAND_KEY });
 * strand.touch({ channel: "phone", name: "call_completed", direction: "in", durationMs: 240_000, userId: "customer-1" });
 * await strand.close(); // before the process is ended by a signal or process.exit()
 * ```
 *
 * Events wait in memory, leave in batches with one request under way, and are sent again until the collector
 * has answered for them; each carries a `messageId`, so that a repeat counts once. A Node process that ends because it
 * has nothing left to do sends the rest first. In Workers make one instance a request and end it with
 * `ctx.waitUntil(strand.close())`. What a crash takes with it is lost: it is memory.
 */
import type { AnyEvents, EventMap } from "./event-map.ts";
import { createUuid } from "./page/uuid.ts";
import { createSender, type Fault, type SenderOptions } from "./server-sender.ts";
import { type ExternalId, type JsonObject, LIMITS, type WireEvent } from "./wire.ts";

export type { AnyEvents, EventMap } from "./event-map.ts";
export type { Fault } from "./server-sender.ts";
export type { ExternalId, JsonObject, WireEvent } from "./wire.ts";

/** Options of {@link init}. Only `endpoint` and `key` are needed. */
export interface ServerOptions {
	/** The collector's address, for example `https://collector.example.com`. */
	endpoint: string;
	/** A secret key, or better a write key made for servers (`strand keys create --server`): it can only write. */
	key: string;
	/** Events that make a batch leave at once; 1 to 500, default 100. */
	flushAt?: number;
	/** The longest that an event waits for company, ms; default 1,000. */
	flushIntervalMs?: number;
	/** Events held while the collector is away; further ones are handed to `onError`. Default 10,000. */
	queueEventsMax?: number;
	/** How long `close` goes on trying, ms; default 10,000. */
	closeTimeoutMs?: number;
	/** Told of every event that will not arrive; default: one line to `console.error`, without the event. */
	onError?: (fault: Fault) => void;
	/** In place of the runtime's own. */
	fetch?: typeof fetch;
}

/** Whom an event is about, and what any event may carry. At least one identifier, or it is nobody's. */
export interface About {
	/** The user as your system knows him. */
	userId?: string;
	/** The device, for example from the script's cookie. */
	anonymousId?: string;
	/** Identifiers of other systems. */
	externalIds?: ExternalId[];
	/** Default: now. */
	timestamp?: Date | string;
	/** Default: a new UUIDv7. Give your own where your program may repeat itself after a crash. */
	messageId?: string;
	/** Where and how it happened. */
	context?: JsonObject;
}

type Track<Events extends EventMap> = {
	[Name in keyof Events & string]: { event: Name } & (undefined extends Events[Name]
		? { properties?: Events[Name] }
		: { properties: Events[Name] });
}[keyof Events & string];

/** A contact on any channel; the collector's documentation lists the further fields of a touchpoint. */
export interface Touch extends About {
	/** For example `phone`, `email`, `store`, `wechat`. */
	channel: string;
	/** The touchpoint's type, noun and verb: `call_completed`. */
	name: string;
	/** `in`: the customer acted; `out`: we did. */
	direction?: "in" | "out" | "internal";
	/** `email` and `phone` here name the person too. */
	traits?: JsonObject;
	/** Further fields of the touchpoint. */
	[field: string]: unknown;
}

/** No method throws or rejects. */
export interface StrandServer<Events extends EventMap = AnyEvents> {
	/** Something that a person did. */
	track(event: About & Track<Events>): void;
	/** Who somebody is: ids and traits given together are one person's. */
	identify(event: About & { traits?: JsonObject }): void;
	/** A contact outside the site: a call, a visit to the store, a message. */
	touch(event: Touch): void;
	/** Sends what waits; resolves when each event so far is answered for or given up. */
	flush(): Promise<void>;
	/** Sends what waits for at most `closeTimeoutMs`, hands the rest to `onError`, and takes no more. */
	close(): Promise<void>;
}

/** Runtimes that end by themselves say so first (Node and those that follow it). */
interface Process {
	once?(event: "beforeExit", listener: () => void): void;
	off?(event: "beforeExit", listener: () => void): void;
}

const FLUSH_AT = 100;
const FLUSH_INTERVAL_MS = 1_000;
const QUEUE_EVENTS_MAX = 10_000;
const CLOSE_TIMEOUT_MS = 10_000;

/**
 * Makes a sender.
 *
 * @typeParam Events names and properties of your events; without it any name and any JSON
 * @throws TypeError on a wrong option
 */
export function init<Events extends EventMap = AnyEvents>(options: ServerOptions): StrandServer<Events> {
	const sender = createSender(checkOptions(options));
	const host = (globalThis as { process?: Process }).process;
	const close = () => {
		host?.off?.("beforeExit", close);
		return sender.close();
	};
	const add = (type: WireEvent["type"], given: object) => {
		const event: WireEvent = { ...given, type };
		event.messageId ??= createUuid(Date.now());
		event.timestamp ??= new Date().toISOString();
		sender.add(event);
	};
	host?.once?.("beforeExit", close);
	return {
		track: (event) => add("track", event),
		identify: (event) => add("identify", event),
		touch: (event) => add("touch", event),
		flush: sender.flush,
		close,
	};
}

function checkOptions(options: ServerOptions): SenderOptions {
	const { endpoint, key } = options;
	if (typeof endpoint !== "string" || !/^https?:\/\//.test(endpoint)) {
		throw new TypeError(
			"strand: `endpoint` must be the collector's address, for example https://collector.example.com",
		);
	}
	if (typeof key !== "string" || key === "") throw new TypeError("strand: `key` must be a secret or server write key");
	return {
		url: `${endpoint.replace(/\/+$/, "")}/v1/batch`,
		key,
		flushAt: readCount("flushAt", options.flushAt ?? FLUSH_AT, LIMITS.batchEventsMax),
		flushIntervalMs: readCount("flushIntervalMs", options.flushIntervalMs ?? FLUSH_INTERVAL_MS),
		queueEventsMax: readCount("queueEventsMax", options.queueEventsMax ?? QUEUE_EVENTS_MAX),
		closeTimeoutMs: readCount("closeTimeoutMs", options.closeTimeoutMs ?? CLOSE_TIMEOUT_MS),
		fetch: options.fetch,
		report(fault) {
			try {
				if (options.onError) options.onError(fault);
				else console.error(`strand: ${fault.events.length} event(s) not delivered: ${fault.code}: ${fault.message}`);
			} catch {
				// The caller's own fault handler failed: no reason to stop its program.
			}
		},
	};
}

/** Timers take no longer times. */
const COUNT_MAX = 2 ** 31 - 1;

function readCount(name: string, value: number, max = COUNT_MAX): number {
	if (Number.isInteger(value) && value >= 1 && value <= max) return value;
	throw new TypeError(`strand: \`${name}\` must be a whole number from 1 to ${max}`);
}
