/**
 * What watches the page once it is there: further views, reading, clicks, other tabs, and the observers that were
 * added. Its beginning is the tracker's business, and what happens until this part has come waits there.
 */
import { type Engage, startEngagedTime } from "./capture/engaged-time.ts";
import { readClick } from "./capture/link-clicks.ts";
import { startFurtherViews } from "./capture/page-views.ts";
import { forgetAllLeft } from "./delivery/adoption.ts";
import { sendBetter } from "./delivery/send-better.ts";
import { describeFault } from "./page/describe-fault.ts";
import { wrapHistory } from "./page/history-wrap.ts";
import type { Note } from "./page/notes.ts";
import type { Captured, Observer, ObserverPage } from "./page/observer.ts";
import { every, type Navigation, type Page } from "./page/page.ts";
import type { Recorder, RecorderParts } from "./recorder.ts";
import type { ConsentState, Memory } from "./visitor/memory.ts";
import { continueSession } from "./visitor/session.ts";
import { joinTabs } from "./visitor/tabs.ts";

/** Notes kept for an overlay that is still loading. */
const NOTES_MAX = 100;

/** Parts beside the script wait so long after it, lest they compete with the page. */
const PARTS_DELAY_MS = 1_000;

/** What the tracker hands over. */
export interface Watched extends Pick<ObserverPage, "clean" | "hasGpc"> {
	options: RecorderParts["options"];
	page: Page;
	memory: Memory;
	recorder: Recorder;
	/** Links to these hosts and below them are inside. */
	ownHosts: readonly string[];
	/** See {@link startEngagedTime}. */
	begunAt: number;
	createId(): string;
	/** @param fact with its time, where that is not now */
	emit(fact: Captured & { at?: number }): unknown;
	/** What click ids are called. */
	clickIdNames: RegExp;
	engage: Engage;
	view(navigation: Navigation): unknown;
	load: ((part: string) => void) | undefined;
	/** Scrubbed address of the running view; empty for none. */
	viewUrl(): string;
}

/** What is told by whoever knows it. */
export interface Watch {
	/** The running view ends. */
	turn(): void;
	/**
	 * The page is shown, perhaps again, or somebody clicked.
	 * @param path what was clicked, innermost first
	 * @param at the device's time
	 */
	hear(event: Event, path: readonly EventTarget[], at: number): unknown;
	/** Tells other tabs who the visitor is now, and what somebody has just decided. */
	tellTabs(decision?: ConsentState): void;
	/** Something was captured, at the device's time. */
	continueVisit(at: number): void;
	/** Something happened to events on their way. */
	note(note: Note): void;
	/** Starts one more observer. */
	use(observer: Observer): void;
	/** The script ends after too many faults of its own. */
	giveUp(error: unknown): void;
}

export function startWatch(watched: Watched): Watch {
	const { options, page, memory, recorder, createId, emit, clean, hasGpc, load } = watched;
	const { onError, crossDomains = [] } = options;
	sendBetter(recorder.transport, memory);
	if (!memory.isKept) forgetAllLeft();
	const notes: Note[] = [];
	let watcher = (note: Note): void => {
		if (notes.push(note) > NOTES_MAX) notes.shift();
	};
	const turn =
		options.engagedTime === false ? () => undefined : startEngagedTime(watched.engage, page, watched.begunAt);
	const tellTabs = joinTabs({
		name: `strand-${options.writeKey}`,
		page,
		memory,
		turn,
		applyConsent: (consent) => recorder.applyConsent(consent, true),
	});
	const hasViews = options.pageViews !== false;
	if (hasViews) {
		wrapHistory();
		startFurtherViews(
			watched.view,
			page,
			watched.viewUrl,
			() => clean(location.href),
			watched.clickIdNames,
			options.hash,
		);
	}
	if (load) {
		if (crossDomains.length) load("hop");
		if (location.search.includes("strand_debug")) load("debug");
		page.later(PARTS_DELAY_MS, () => {
			if (options.forms !== false) load("forms");
			if (options.vitals) load("vitals");
		});
	}
	/** What other tabs said while this one did not listen. Where something can be kept and yet nothing was, one withdrew. */
	const catchUp = page.guard((): Promise<void> | undefined => {
		if (memory.reread()) return undefined;
		memory.mend();
		return memory.reread() ? recorder.applyConsent("denied", true) : undefined;
	});
	// Before anything is written over it. Where this page is the first, what it keeps may not stand there yet.
	if (memory.record.domain != null) catchUp();
	/** The page is back from the back/forward cache. */
	async function comeBack(): Promise<void> {
		// Before the view that a return is.
		const withdrawing = catchUp();
		if (hasViews) watched.view("bfcache");
		await withdrawing;
	}
	return {
		turn,
		tellTabs,
		hear(event, path, at) {
			if (event instanceof PageTransitionEvent) return event.persisted && comeBack();
			const fact = options.links !== false && readClick((event as MouseEvent).button, path, clean, watched.ownHosts);
			return fact && emit({ ...fact, at });
		},
		continueVisit(at) {
			if (!memory.isKept) return;
			const { session } = memory.record;
			const next = continueSession(session, at, createId);
			if (next !== session) memory.write({ session: next });
			if (next.id === session?.id) return;
			// A visit's first page has the cookie live on: script-written ones last 7 days in Safari, 400 elsewhere.
			if (session) memory.mend();
			tellTabs();
		},
		note(note) {
			watcher(note);
			if (note.kind === "setAside") onError(note);
			if (note.kind === "answered") note.rejected?.forEach(onError);
		},
		use(observer) {
			page.guard(observer)(emit, {
				...page,
				every: (periodMs, fn) => every(page, periodMs, fn),
				clean,
				crossDomains,
				hasGpc,
				anonymousId: memory.id,
				watch(listener) {
					notes.forEach(listener);
					watcher = listener;
				},
			});
		},
		giveUp: (error) => recorder.sendAlone(describeFault(error)),
	};
}
