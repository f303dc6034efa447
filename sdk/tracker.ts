/**
 * The middle of the script: starts the observers, keeps the running page view, answers the page's
 * calls, and hands every fact to the recorder.
 */
import type { EventMap, ResetOptions, Strand, TrackOptions } from "./api.ts";
import { startEngagedTime } from "./capture/engaged-time.ts";
import { startLinkClicks } from "./capture/link-clicks.ts";
import { startPageViews } from "./capture/page-views.ts";
import { RANKS } from "./delivery/queue.ts";
import { CONVERSIONS, type Options } from "./options.ts";
import { createClock } from "./page/clock.ts";
import { createGuard } from "./page/guard.ts";
import type { Note } from "./page/notes.ts";
import type { Captured, Observer, ObserverPage } from "./page/observer.ts";
import { createPage, isHidden, type Navigation } from "./page/page.ts";
import { parseUrl, scrubUrl } from "./page/url.ts";
import { createUuid } from "./page/uuid.ts";
import { VERSION } from "./page/version.ts";
import { createRecorder, type Manner } from "./recorder.ts";
import { readArrival, readPage } from "./view.ts";
import { isPlaceholder } from "./visitor/blocked-ids.ts";
import { type ConsentState, createMemory } from "./visitor/memory.ts";
import { hasDnt, hasGpc as readGpc } from "./visitor/privacy-signals.ts";
import { joinTabs } from "./visitor/tabs.ts";
import { rememberTouch } from "./visitor/touches.ts";
import { type JsonObject, SCRIPT_EVENTS, type WireEvent } from "./wire.ts";

/** A call made before the script came: method, arguments, when. */
export type EarlyCall = [method: string, args: unknown[], at: Date | number];

/** What the script's own parts may do beyond the public face. */
export interface Tracker<Events extends EventMap> extends Strand<Events> {
	/** Starts one more observer. */
	use(observer: Observer): void;
}

/** Notes kept for an overlay that is still loading. */
const NOTES_MAX = 100;

/**
 * @param options   see `options.ts`
 * @param early     calls to make up for, oldest first
 * @param isIgnored the owner's own visit: nothing is captured
 */
export function createTracker<Events extends EventMap>(
	options: Options & { endpoint: string },
	early: readonly EarlyCall[],
	isIgnored: boolean,
): Tracker<Events> {
	const { scrub = [], crossDomains = [], hash = false } = options;
	/** A page whose own handler throws has said all it wanted to: that is no fault of ours. */
	function onError(error: unknown): void {
		try {
			options.onError?.(error);
		} catch {}
	}
	const guard = createGuard(onError, (error) => {
		const { name, stack = "" } = error as Error;
		// Name and place only: a message may quote what the visitor typed.
		const properties = { error: name, place: /:\d+:\d+/.exec(stack)?.[0] || "" };
		recorder.sendAlone({ type: "track", event: "Script Stopped", properties });
	});
	const page = createPage(guard);
	const clock = createClock(Date.now, page.elapsed);
	const memory = createMemory(() => createUuid(clock.now()), options.cookieDomain);
	const hasGpc = readGpc() && options.gpc !== "ignore";
	const watchers: ((note: Note) => void)[] = [];
	let notes: Note[] = [];
	const internalHosts = [location.hostname.replace(/^www\./, ""), ...crossDomains, ...(options.internalHosts || [])];
	const conversions: readonly string[] = [...CONVERSIONS, ...(options.conversions || [])];
	/** While calls from before the script are made up for: when they were made. */
	let replayedAt: number | undefined;

	function note(note: Note): void {
		notes = [...notes, note].slice(-NOTES_MAX);
		for (const watcher of watchers) watcher(note);
		if (note.kind === "setAside") onError(note);
		if (note.kind === "answered") note.rejected.forEach(onError);
	}

	const recorder = createRecorder({
		options: { ...options, onError },
		memory,
		clock,
		page,
		hasGpc,
		note,
		rolledOver: () => tell(),
	});
	const observerPage: ObserverPage = {
		...page,
		crossDomains,
		hasGpc,
		anonymousId: () => (recorder.consent === "granted" ? memory.record.anonymousId : ""),
		clean(address) {
			const url = parseUrl(address);
			return url ? scrubUrl(url, scrub, hash) : "";
		},
		watch(watcher) {
			notes.forEach(watcher);
			watchers.push(watcher);
		},
	};
	const { clean, anonymousId } = observerPage;

	let viewId = createUuid(clock.now());
	let facts = readPage(clean, document.referrer);
	let isViewed = false;
	/** Ends the running view's engaged time. */
	let turn = (): void => undefined;

	/** Adds the running view to a fact and records it. */
	function record(fact: WireEvent, manner: Omit<Manner, "at">): Promise<unknown> {
		const { search: _, ...place } = facts;
		const context = { page: place, ...fact.context, strand: { viewId } };
		return recorder.record({ ...fact, context }, { at: replayedAt || clock.now(), ...manner });
	}

	const emit = guard(({ kind, draft = false, ...fact }: Captured) => record(fact, { rank: RANKS[kind], draft }));

	const view = guard((navigation: Navigation, name?: string, properties?: JsonObject): Promise<unknown> => {
		turn();
		const isInside = navigation === "spa" || navigation === "bfcache";
		// The first view has had its id since the script started, for calls made before it.
		if (isViewed) viewId = createUuid(clock.now());
		facts = readPage(clean, isInside ? facts.url : document.referrer);
		isViewed = true;
		const { isTouch, ...campaign } = readArrival(navigation, !!memory.record.touches, internalHosts, !hasGpc);
		const { url, referrer } = facts;
		const at = new Date(clock.now()).toISOString();
		const made = isTouch && ((id: string) => rememberTouch(memory, { id, at, url, referrer, ...campaign }));
		const fact = {
			type: "page",
			...(name && { name }),
			properties: { ...facts, ...properties },
			context: { navigation, ...campaign },
		} as const;
		return record(fact, { rank: RANKS.page, ...(made && { made }) });
	});

	const tellTabs = joinTabs(
		`strand-${options.writeKey}`,
		({ consent, ...news }) => {
			if (news.anonymousId !== memory.record.anonymousId) turn();
			memory.write(news);
			return consent && recorder.allow(consent, true);
		},
		page,
	);
	function tell(consent?: ConsentState): void {
		const { anonymousId, userId, session } = memory.record;
		tellTabs({ anonymousId, userId, session, ...(consent && { consent }) });
	}

	async function reset({ newDevice }: ResetOptions = {}): Promise<unknown> {
		// What was read so far was read by the old visitor.
		turn();
		const stored = record({ type: "reset" }, { rank: RANKS.identity, urgent: true });
		memory.write({ anonymousId: createUuid(clock.now()), userId: undefined, session: undefined });
		if (newDevice) memory.write({ touches: undefined, firstTouch: undefined });
		tell();
		await stored;
		return newDevice && recorder.restart();
	}

	/** Runs `use` with a usable id; a placeholder is refused where the developer sees it. */
	async function withId(id: string, use: (id: string) => Promise<unknown>): Promise<unknown> {
		const trimmed = String(id).trim();
		return isPlaceholder(trimmed)
			? console.warn(`strand: "${trimmed}" is a placeholder, not an id; the call was ignored`)
			: use(trimmed);
	}

	/** A public method: never throws, never rejects. */
	const offer =
		<A extends unknown[]>(method: (...args: A) => Promise<unknown> | undefined) =>
		async (...args: A): Promise<void> => {
			await guard(method)(...args)?.catch(() => undefined);
		};

	const rank = RANKS.identity;
	const strand: Tracker<Events> = {
		version: VERSION,
		get anonymousId() {
			return anonymousId();
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
		track: offer((name: string, properties?: unknown, { critical }: TrackOptions = {}) => {
			const urgent = critical || conversions.includes(name);
			const fact = { type: "track", event: name, properties: (properties || {}) as JsonObject } as const;
			return record(fact, { rank: urgent ? rank : RANKS.custom, urgent, strict: !!critical });
		}),
		page: offer((name?: string, properties?: JsonObject) => view(isViewed ? "spa" : "navigate", name, properties)),
		identify: offer((user: string | JsonObject, traits: JsonObject = {}) =>
			typeof user === "object"
				? record({ type: "identify", traits: user }, { rank })
				: withId(user, (userId) => {
						const { userId: before } = memory.record;
						if (before && before !== userId) reset().catch(page.fault);
						memory.write({ userId });
						tell();
						return record({ type: "identify", userId, traits }, { rank, urgent: true });
					}),
		),
		alias: offer((userId: string, previousId = memory.record.anonymousId) =>
			withId(userId, () =>
				withId(previousId, () => record({ type: "alias", userId, previousId }, { rank, urgent: true })),
			),
		),
		group: offer((groupId: string, traits: JsonObject = {}) =>
			withId(groupId, () => record({ type: "group", groupId, traits }, { rank })),
		),
		reset: offer(reset),
		consent: offer(async (state: ConsentState) => {
			await recorder.allow(state, true);
			tell(state);
		}),
		flush: offer(() => recorder.delivery?.flush()),
		async stop() {
			await recorder.delivery?.stop();
			guard.end();
		},
		use(observer) {
			guard(observer)(emit, observerPage);
		},
	};

	guard(() => {
		const isRefused = (hasGpc && options.gpc === "deny") || (options.dnt && hasDnt());
		// A choice made before the script came is the first state of a new visitor. What was kept of a known one
		// is cleared by the same call, made up for below.
		const choices = early.filter(([method]) => method === "consent" && !memory.record.session);
		const chosen = isIgnored ? "denied" : (choices.pop()?.[1][0] as ConsentState | undefined);
		const usual = isRefused ? "denied" : memory.record.consent || options.consent || "granted";
		recorder.allow(chosen || usual, !!chosen).catch(page.fault);
		if (isIgnored) return;
		for (const [method, args, at] of early) {
			if (chosen && method === "consent") continue;
			replayedAt = +at;
			(strand as unknown as Record<string, (...args: unknown[]) => void>)[method]?.(...args);
		}
		replayedAt = undefined;
		if (options.pageViews !== false) startPageViews(view, page, hash);
		if (options.engagedTime !== false) {
			turn = startEngagedTime((totals, draft) => {
				const properties = { viewId, ...totals };
				if (isViewed) emit({ type: "track", event: SCRIPT_EVENTS.pageEngaged, properties, kind: "engagement", draft });
			}, page);
		}
		if (options.links !== false) startLinkClicks(emit, observerPage, internalHosts);
		options.observers?.forEach(strand.use);
		page.on<PageTransitionEvent>(window, "pageshow", ({ persisted }) => persisted && memory.reread());
		// After the observers, whose last words must be in before everything leaves.
		const hide = (): unknown => recorder.delivery?.hide();
		page.on(document, "visibilitychange", () => isHidden() && hide());
		page.on(window, "pagehide", hide);
	})();
	return strand;
}
