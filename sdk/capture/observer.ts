/**
 * What an observer is: something that watches one kind of fact and says so. It knows no network, no
 * identity and no other observer.
 */

import type { Note } from "../page/notes.ts";
import type { Page, Stop } from "../page/page.ts";
import type { JsonObject } from "../wire.ts";

/** One captured fact, before it becomes an event. */
export interface Captured {
	type: "page" | "track";
	/** Name of a `track` fact. */
	event?: string;
	properties: JsonObject;
	/** Added to the event's context. */
	context?: JsonObject;
	/** Kind of fact, for the order of eviction. */
	kind: "engagement" | "vital" | "click" | "page" | "custom";
	/** Rewritten in place on the disk and not sent while the page lives. */
	draft?: boolean;
	/** Device time, ms since the epoch, where it was not now. */
	at?: number;
}

export type Emit = (fact: Captured) => void;

export interface ObserverPage extends Page {
	/** The address of `url` as it may leave the page: secrets scrubbed. Empty for what is no URL. */
	clean(url: string): string;
	/** Tells what happens to events on their way. */
	watch(listener: (note: Note) => void): Stop;
}

/** Starts watching; what it returns ends the watch. */
export type Observer = (emit: Emit, page: ObserverPage) => Stop;
