/**
 * The middle of the script: starts the observers, keeps the running page view, answers the page's
 * calls, and hands every fact to the recorder.
 */
import type { EventMap, ResetOptions, Strand, TrackOptions } from "./api.ts";
import { type EngagedTime, startEngagedTime } from "./capture/engaged-time.ts";
import { startLinkClicks } from "./capture/link-clicks.ts";
import type { Captured, Observer, ObserverPage } from "./capture/observer.ts";
import { startPageViews } from "./capture/page-views.ts";
import { RANKS } from "./delivery/queue.ts";
import { CONVERSIONS, type Options } from "./options.ts";
import { createClock } from "./page/clock.ts";
import { createGuard } from "./page/guard.ts";
import type { Note } from "./page/notes.ts";
import { createPage, isHidden, type Navigation, type Stop } from "./page/page.ts";
import { parseUrl, SCRUBBED, scrubUrl } from "./page/url.ts";
import { createUuid } from "./page/uuid.ts";
import { VERSION } from "./page/version.ts";
import { createRecorder, type Manner } from "./recorder.ts";
import { type PageFacts, readArrival, readPage } from "./view.ts";
import { isPlaceholder } from "./visitor/blocked-ids.ts";
import { createHopToken, HOP_PARAMETER, readHopToken, startHop } from "./visitor/hop.ts";
import { type ConsentState, createMemory } from "./visitor/memory.ts";
import { hasDnt, hasGpc } from "./visitor/privacy-signals.ts";
import { joinTabs, type VisitorNews } from "./visitor/tabs.ts";
import { rememberTouch } from "./visitor/touches.ts";
import { type JsonObject, SCRIPT_EVENTS, type WireEvent } from "./wire.ts";

/** A call made before the script came: method, arguments, `Date.now()`. */
export type EarlyCall = [method: string, args: unknown[], at: number];

/** What the script's own parts may do beyond the public face. */
export interface Tracker<Events extends EventMap> extends Strand<Events> {
	/** Starts one more observer. */
	use(observer: Observer): Stop;
}

/** Notes kept for an overlay that is still loading. */
const NOTES_MAX = 200;

/**
 * @param options checked, see `options.ts`
 * @param early   calls to make up for, oldest first
 * @param ignored the owner's own visit: nothing is captured
 */
export function createTracker<Events extends EventMap>(
	options: Options & { endpoint: string },
	early: readonly EarlyCall[] = [],
	ignored = false,
): Tracker<Events> {
	const onError = (error: unknown): void => options.onError?.(error);
	const guard = createGuard(onError, (error) => {
		const { name, stack } = error instanceof Error ? error : new Error();
		// Name and place only: a message may quote what the visitor typed.
		const place = /:\d+:\d+/.exec(stack || "")?.[0] || "";
		recorder.sendAlone({
			type: "track",
			event: "Script Stopped",
			properties: { error: name, place, version: VERSION },
		});
		stop();
	});
	const page = createPage(guard);
	const clock = createClock(Date.now, page.elapsed);
	const memory = createMemory(() => createUuid(clock.now()), options.cookieDomain);
	const gpc = hasGpc() && options.gpc !== "ignore";
	const listeners = new Set<(note: Note) => void>();
	const notes: Note[] = [];
	const internalHosts = [
		location.hostname.replace(/^www\./, ""),
		...(options.internalHosts || []),
		...(options.crossDomains || []),
	];
	const scrubbed = [...SCRUBBED, ...(options.scrub || []).map((name) => name.toLowerCase())];
	const conversions: readonly string[] = [...CONVERSIONS, ...(options.conversions || [])];
	/** While calls from before the script are made up for: when they were made. */
	let replayedAt: number | undefined;

	function note(note: Note): void {
		if (notes.length < NOTES_MAX) notes.push(note);
		for (const listener of listeners) listener(note);
		if (note.kind === "answered") {
			for (const { code, message } of note.rejected) onError(new Error(`strand: ${code}: ${message}`));
		} else if (note.kind === "setAside") onError(new Error("strand: an event was refused without a reason"));
	}

	const recorder = createRecorder({ options, memory, clock, page, note, rolledOver: tell }, gpc);
	const observerPage: ObserverPage = {
		...page,
		clean(address) {
			const url = parseUrl(address);
			return url ? scrubUrl(url, scrubbed, options.hash) : "";
		},
		watch(listener) {
			for (const past of notes) listener(past);
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};

	let viewId = createUuid(clock.now());
	let facts: PageFacts = readPage(observerPage.clean, document.referrer);
	let viewed = false;
	let engaged: EngagedTime | undefined;
	let stops: Stop[] = [];

	/** Adds the running view to a fact and records it. Faults of ours end here. */
	const record = (fact: WireEvent, manner: Omit<Manner, "at"> & { at?: number }): Promise<void> => {
		const { search: _, ...place } = facts;
		const context = { page: place, ...fact.context, strand: { viewId } };
		const safely = guard(() => recorder.record({ ...fact, context }, { at: replayedAt ?? clock.now(), ...manner }));
		return (safely() || Promise.resolve()).catch(() => undefined);
	};

	const emit = guard(({ kind, draft, at, ...fact }: Captured): void => {
		record(fact, { rank: RANKS[kind], ...(draft && { draft }), ...(at !== undefined && { at }) });
	});

	function view(navigation: Navigation, name?: string, properties?: JsonObject): Promise<void> {
		engaged?.turn();
		const inside = navigation === "spa" || navigation === "bfcache";
		// The first view has had its id since the script started, for calls made before it.
		if (viewed) viewId = createUuid(clock.now());
		facts = readPage(observerPage.clean, viewed && inside ? facts.url : document.referrer);
		viewed = true;
		const { touches } = memory.record;
		const arrival = readArrival(navigation, !!touches, internalHosts, !gpc);
		const { url, referrer } = facts;
		const at = clock.now();
		const made = (id: string): void =>
			rememberTouch(memory, { id, at: new Date(at).toISOString(), url, referrer, ...arrival.facts });
		return record(
			{
				type: "page",
				...(name && { name }),
				properties: { ...facts, ...properties },
				context: { navigation, ...arrival.facts },
			},
			{ rank: RANKS.page, at, ...(arrival.isTouch && { made }) },
		);
	}

	function tell(consent?: ConsentState): void {
		const { anonymousId, userId, session } = memory.record;
		tabs.tell({ anonymousId, userId, session, ...(consent && { consent }) });
	}

	const tabs = joinTabs(
		`strand-${options.writeKey}`,
		({ consent, ...news }: VisitorNews) => {
			if (news.anonymousId !== memory.record.anonymousId) engaged?.turn();
			memory.write(news);
			if (consent) recorder.allow(consent, true).catch(page.fault);
		},
		page,
	);

	async function reset({ newDevice }: ResetOptions = {}): Promise<void> {
		// What was read so far was read by the old visitor.
		engaged?.turn();
		const stored = record({ type: "reset" }, { rank: RANKS.identity, urgent: true });
		if (newDevice) memory.write({ touches: undefined, firstTouch: undefined });
		memory.write({ anonymousId: createUuid(clock.now()), userId: undefined, session: undefined });
		tell();
		await stored;
		if (newDevice) await recorder.restart();
	}

	/** @returns whether `id` may name somebody */
	function isUsable(id: string): boolean {
		if (!isPlaceholder(id)) return true;
		console.warn(`strand: "${id}" is a placeholder, not an id; the call was ignored`);
		return false;
	}

	async function identify(user: string | JsonObject, traits: JsonObject = {}): Promise<void> {
		if (typeof user === "object") return record({ type: "identify", traits: user }, { rank: RANKS.identity });
		const userId = String(user).trim();
		if (!isUsable(userId)) return;
		const { userId: before } = memory.record;
		if (before !== undefined && before !== userId) reset();
		memory.write({ userId });
		tell();
		return record({ type: "identify", userId, traits }, { rank: RANKS.identity, urgent: true });
	}

	function use(observer: Observer): Stop {
		const end = guard(observer)(emit, observerPage) || (() => undefined);
		stops.push(end);
		return end;
	}

	function stop(): Promise<void> {
		for (const end of stops) end();
		stops = [];
		return recorder.stop();
	}

	async function hop(): Promise<void> {
		const token = new URLSearchParams(location.search).get(HOP_PARAMETER);
		const previousId = token && window.crypto?.subtle && (await readHopToken(token, Date.now()));
		if (previousId && previousId !== memory.record.anonymousId) {
			await record({ type: "link", previousId }, { rank: RANKS.identity });
		}
	}

	function startObservers(): void {
		if (options.pageViews !== false) stops.push(startPageViews(view, page, { hash: !!options.hash }));
		if (options.engagedTime !== false) {
			engaged = startEngagedTime((totals, draft) => {
				const properties = { viewId, ...totals };
				if (viewed) emit({ type: "track", event: SCRIPT_EVENTS.pageEngaged, properties, kind: "engagement", draft });
			}, page);
			stops.push(engaged.stop);
		}
		if (options.links !== false) use((emit, page) => startLinkClicks(emit, page, internalHosts));
		if (options.crossDomains && !gpc) {
			stops.push(startHop(options.crossDomains, () => createHopToken(memory.record.anonymousId, Date.now()), page));
			hop().catch(page.fault);
		}
		for (const observer of options.observers || []) use(observer);
		stops.push(
			tabs.stop,
			page.on<PageTransitionEvent>(window, "pageshow", ({ persisted }) => persisted && memory.reread()),
			// After the observers, whose last words must be in before everything leaves.
			page.on(document, "visibilitychange", () => isHidden() && recorder.hide()),
			page.on(window, "pagehide", recorder.hide),
		);
	}

	/** A public method: never throws, never rejects. */
	const safe = <A extends unknown[]>(method: (...args: A) => Promise<void>): ((...args: A) => Promise<void>) => {
		const guarded = guard(method);
		return (...args) => (guarded(...args) || Promise.resolve()).catch(() => undefined);
	};

	const strand: Tracker<Events> = {
		version: VERSION,
		get anonymousId() {
			return recorder.consent === "granted" ? memory.record.anonymousId : "";
		},
		get userId() {
			return memory.record.userId;
		},
		get sessionId() {
			return memory.record.session?.id;
		},
		get touches() {
			const { firstTouch, touches = [] } = memory.record;
			return firstTouch && firstTouch.id !== touches[0]?.id ? [firstTouch, ...touches] : touches;
		},
		track: safe(async (name: string, properties?: unknown, { critical }: TrackOptions = {}) => {
			const urgent = critical || conversions.includes(name);
			const fact = { type: "track", event: name, properties: (properties || {}) as JsonObject } as const;
			await record(fact, { rank: urgent ? RANKS.identity : RANKS.custom, urgent, strict: !!critical });
		}),
		page: safe(async (name?: string, properties?: JsonObject) => view(viewed ? "spa" : "navigate", name, properties)),
		identify: safe(identify),
		alias: safe(async (userId: string, previousId = memory.record.anonymousId) => {
			if (!isUsable(userId) || !isUsable(previousId)) return;
			await record({ type: "alias", userId, previousId }, { rank: RANKS.identity, urgent: true });
		}),
		group: safe(async (groupId: string, traits: JsonObject = {}) => {
			if (isUsable(groupId)) await record({ type: "group", groupId, traits }, { rank: RANKS.identity });
		}),
		reset: safe(reset),
		consent: safe(async (state: ConsentState) => {
			await recorder.allow(state, true);
			tell(state);
		}),
		flush: safe(recorder.flush),
		stop: safe(stop),
		use,
	};

	function start(): void {
		const denied = (options.gpc === "deny" && gpc) || (options.dnt && hasDnt());
		// A visitor who once said yes is asked again by the page, not by us.
		const consent = denied ? "denied" : memory.record.consent || options.consent || "granted";
		recorder.allow(ignored ? "denied" : consent, ignored).catch(page.fault);
		for (const [method, args, at] of early) {
			const call = (strand as unknown as Record<string, unknown>)[method];
			replayedAt = at;
			if (typeof call === "function") call(...args);
		}
		replayedAt = undefined;
		if (!ignored) startObservers();
	}
	guard(start)();
	return strand;
}
