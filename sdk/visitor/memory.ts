/**
 * What the script remembers of a visitor between pages: read at start, kept in memory, written
 * through while the visitor allows it.
 *
 * The anonymous id stands in a first-party cookie, which sibling hosts share and the collector can
 * renew from the site's own domain (Safari forgets script-written storage after 7 days without a visit:
 * https://webkit.org/blog/9521/intelligent-tracking-prevention-2-3/), and in `localStorage`, should the
 * cookie be lost.
 */
import { readCookie, readRecord, removeRecord, writeCookie, writeRecord } from "../page/storage.ts";
import type { JsonObject } from "../wire.ts";

export const ID_COOKIE = "strand_id";
export const RECORD_KEY = "strand";
/** Own visits are kept out while this cookie stands; set and removed by `?strand_ignore=1` and `=0`. */
export const IGNORE_COOKIE = "strand_ignore";

/** What the visitor allows; see {@link Strand.consent}. */
export type ConsentState = "denied" | "anonymous" | "granted";

/** One arrival from outside: what it said, and the event that carries it. */
export interface Touch {
	/** `messageId` of the page view. */
	id: string;
	/** ISO 8601 UTC with milliseconds, device time. */
	at: string;
	/** Scrubbed landing address. */
	url: string;
	/** Scrubbed; empty where the browser tells none. */
	referrer: string;
	/** `source`, `medium`, `name` and the rest of `utm_*`; absent where the address has none. */
	campaign?: JsonObject;
	/** By query parameter; absent where the address has none. */
	clickIds?: JsonObject;
}

export interface SessionRecord {
	id: string;
	startedAt: number;
	lastAt: number;
}

export interface VisitorRecord {
	anonymousId: string;
	userId?: string;
	session?: SessionRecord;
	/** The first and the last twenty. */
	touches?: Touch[];
	consent?: ConsentState;
	/** Where the browser took the id cookie; empty for this host alone. */
	domain?: string;
}

export interface Memory {
	/** The record as this page knows it; change it through {@link Memory.write} only. */
	record: Readonly<VisitorRecord>;
	/**
	 * The cookie stays as it is: to write it waits for the browser's other process.
	 * @param fields `undefined` removes one; after another `anonymousId` see {@link Memory.mend}
	 */
	write(fields: Partial<VisitorRecord>): void;
	/** What other pages changed while this one lay in the back/forward cache. @returns whether anything is kept */
	reread(): boolean;
	/** The visitor allows that he is remembered. */
	isKept: boolean;
	/** This device's id, as far as it may be told; empty for none. */
	id(): string;
	/** Writes cookie and record anew, or removes the cookie, whatever stands there. */
	mend(): void;
	/**
	 * From now on `isKept`, or everything is forgotten and what comes later is under another id. What stands there already
	 * is left: a cookie that was written must be read from the browser's other process again, by us and by the page.
	 */
	setKept(allowed: boolean): void;
}

/** @param createId makes an anonymous id for a device that has none */
export function createMemory(createId: () => string, cookieDomain: string | undefined): Memory {
	const memory: Memory = {
		record: { anonymousId: "" },
		isKept: false,
		id: () => (memory.isKept ? memory.record.anonymousId : ""),
		reread() {
			const stored = readRecord<VisitorRecord>(RECORD_KEY);
			const id = readCookie(ID_COOKIE) || stored.anonymousId;
			const { record } = memory;
			// What is missing there was removed: who logged out on another page is logged out here.
			const kept = stored.anonymousId ? stored : record;
			memory.record = { ...kept, anonymousId: id || record.anonymousId || createId() };
			return !!id;
		},
		write(fields) {
			memory.record = { ...memory.record, ...fields };
			if (memory.isKept) writeRecord(RECORD_KEY, memory.record);
		},
		mend() {
			memory.write({ domain: writeCookie(ID_COOKIE, memory.id(), cookieDomain ?? memory.record.domain) });
		},
		setKept(allowed) {
			memory.isKept = allowed;
			const known = memory.record.domain;
			const isRight = readCookie(ID_COOKIE) === memory.id() && (!allowed || known === (cookieDomain ?? known ?? 0));
			// In a task of its own, since it waits for the browser's other process.
			if (allowed) return void (isRight || setTimeout(memory.mend));
			if (!isRight) memory.mend();
			removeRecord(RECORD_KEY);
			memory.record = { anonymousId: createId() };
		},
	};
	memory.reread();
	return memory;
}
