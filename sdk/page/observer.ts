/**
 * What an observer is: something that watches one kind of fact and says so. It knows no network, no
 * queue and no other observer.
 */
import type { JsonObject } from "../wire.ts";
import type { Note } from "./notes.ts";
import type { Page } from "./page.ts";

/** Kind of fact, which decides what is given up first where storage runs out. */
export type Kind = "engagement" | "vital" | "click" | "page" | "custom" | "identity";

/** One captured fact, before it becomes an event. */
export interface Captured {
	/** `link`: another id is of the same person. */
	type: "track" | "link";
	/** Name of a `track` fact. */
	event?: string;
	/** What is to be known of it. */
	properties?: JsonObject;
	/** The other id of a `link` fact. */
	previousId?: string;
	/** Added to the event's context. */
	context?: JsonObject;
	/** How much it tells, beside others. */
	kind: Kind;
	/** Rewritten in place on the disk and not sent while the page lives. */
	draft?: boolean | undefined;
}

/** Records a fact; never throws. */
export type Emit = (fact: Captured) => void;

/** What an observer may ask of the page and of the script. */
export interface ObserverPage extends Page {
	/** Calls `fn` every `periodMs`. */
	every(periodMs: number, fn: () => unknown): void;
	/** The address of `url` as it may leave the page: secrets scrubbed. Empty for what is no URL. */
	clean(url: string): string;
	/** Tells what happens to events on their way, from the start of the page on. */
	watch(listener: (note: Note) => void): void;
	/** This device's id, empty as long as the visitor allows none. */
	anonymousId(): string;
	/** As the option of that name says. */
	readonly crossDomains: readonly string[];
	/** Global Privacy Control is set and honoured. */
	readonly hasGpc: boolean;
}

/** Starts watching. What it asked of `page` ends with the script; there is nothing else to end. */
export type Observer = (emit: Emit, page: ObserverPage) => void;
