/**
 * The public face of the script: what `init` returns and what the script tag puts at `window.strand`.
 */
import type { AnyEvents, EventMap } from "./event-map.ts";
import type { ConsentState, Touch } from "./visitor/memory.ts";
import type { JsonObject } from "./wire.ts";

export type { AnyEvents, EventMap } from "./event-map.ts";

/** Arguments after the name: properties may be left out where the map allows `undefined`. */
export type TrackArguments<Properties> = undefined extends Properties
	? [properties?: Properties, options?: TrackOptions]
	: [properties: Properties, options?: TrackOptions];

/** How an event is to be recorded. */
export interface TrackOptions {
	/** Resolve only when the event is flushed to the disk, and send it at once. */
	critical?: boolean;
}

/** How much is to be forgotten. */
export interface ResetOptions {
	/** Also forget the arrivals of this device: nothing ties what comes to what was. */
	newDevice?: boolean;
}

/**
 * The running script. No method throws or rejects; each promise resolves when the event is stored (not
 * when it is sent), or at once when it is refused.
 */
export interface Strand<Events extends EventMap = AnyEvents> {
	/** Library version. */
	readonly version: string;
	/** This device's id. Empty as long as the visitor allows none. */
	readonly anonymousId: string;
	/** The identified user, until {@link Strand.reset}. */
	readonly userId: string | undefined;
	/** The visit as this browser counts it (30 minutes without an event end it); on a first page absent for a moment. */
	readonly sessionId: string | undefined;
	/** Arrivals from outside that this device remembers, oldest first: the first and the last twenty. */
	readonly touches: readonly Touch[];
	/** Records that something happened. */
	track<Name extends keyof Events & string>(name: Name, ...rest: TrackArguments<Events[Name]>): Promise<void>;
	/** Records a page view by hand, for sites with `pageViews: false`. */
	page(name?: string, properties?: JsonObject): Promise<void>;
	/**
	 * Says who the visitor is. Another `userId` than before begins a new device history first, as
	 * {@link Strand.reset} does. Placeholders (`null`, `guest`, `0`, …) are refused with a console warning.
	 */
	identify(userId: string, traits?: JsonObject): Promise<void>;
	/** Adds traits of the visitor without naming him. */
	identify(traits: JsonObject): Promise<void>;
	/** Says that two user ids are one person; `previousId` defaults to this device's id. */
	alias(userId: string, previousId?: string): Promise<void>;
	/** Puts the visitor into an account (company, team). */
	group(groupId: string, traits?: JsonObject): Promise<void>;
	/** The visitor logged out or hands the device on: ends the history of this `anonymousId`. */
	reset(options?: ResetOptions): Promise<void>;
	/**
	 * The visitor's choice. `granted`: everything. `anonymous`: events without id, nothing stored.
	 * `denied`: nothing is stored or sent any more, and what is stored is deleted; the withdrawal itself is
	 * sent once.
	 */
	consent(state: ConsentState): Promise<void>;
	/** Sends what waits; resolves when the request at hand is answered. */
	flush(): Promise<void>;
	/** Ends all capture on this page. What is stored leaves with the next page. */
	stop(): Promise<void>;
}
