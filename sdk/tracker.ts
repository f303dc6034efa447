/**
 * The middle of the script: keeps the running page view, answers the page's calls, and hands every fact to
 * the recorder. What else happens in the page is the watch's business (`watch-page.ts`), which comes a
 * little later: until then it waits here.
 */
import type { EventMap, ResetOptions, Strand, TrackOptions } from "./api.ts";
import type { Engage } from "./capture/engaged-time.ts";
import { startPageViews } from "./capture/page-views.ts";
import type { Late } from "./late-parts.ts";
import { CONVERSIONS, type Options } from "./options.ts";
import { CLICK_IDS } from "./page/click-ids.ts";
import { createClock } from "./page/clock.ts";
import { createGuard } from "./page/guard.ts";
import type { Observer } from "./page/observer.ts";
import { createPage, isHidden, type Navigation } from "./page/page.ts";
import { scrubUrl } from "./page/url.ts";
import { createUuid } from "./page/uuid.ts";
import { VERSION } from "./page/version.ts";
import { createRecorder, type Fact, type Recorder, type RecorderParts } from "./recorder.ts";
import { type PageFacts, readArrival, readPage } from "./view.ts";
import { isPlaceholder } from "./visitor/blocked-ids.ts";
import { type ConsentState, createMemory, type Memory } from "./visitor/memory.ts";
import { hasDnt, hasGpc as readGpc } from "./visitor/privacy-signals.ts";
import { rememberTouch } from "./visitor/touches.ts";
import type { Watch } from "./watch-page.ts";
import { type JsonObject, SCRIPT_EVENTS } from "./wire.ts";

/** A call made before the script came: method, arguments, when. */
export type EarlyCall = [method: string, args: unknown[], at: Date | number];

/** What the script's own parts may do beyond the public face. */
export interface Tracker<Events extends EventMap> extends Strand<Events> {
	/** Starts one more observer. */
	use(observer: Observer): void;
	/** The second part has come. */
	extend(part: Late): void;
}

/** Things that are kept for the late part to be told; later ones are not. */
const WAITING_MAX = 1_000;

/**
 * @param options   see `options.ts`
 * @param early     calls to make up for, oldest first
 * @param isIgnored the owner's own visit: nothing is captured
 * @param load      loads a part of the script from beside it; absent in a bundle
 */
export function createTracker<Events extends EventMap>(
	options: Options & { endpoint: string },
	early: readonly EarlyCall[],
	isIgnored: boolean,
	load?: (part: string) => void,
): Tracker<Events> {
	const { scrub = [], crossDomains = [], internalHosts = [], conversions = [], hash } = options;
	/** A page whose own handler throws has said all it wanted to: that is no fault of ours. */
	function onError(error: unknown): void {
		try {
			options.onError?.(error);
		} catch {}
	}
	const guard = createGuard(onError, (error) => tell((watch) => watch.giveUp(error)));
	const page = createPage(guard);
	const clock = createClock(Date.now, page.elapsed);
	const createId = (): string => createUuid(clock.now());
	const hasGpc = readGpc() && options.gpc !== "ignore";
	const ownHosts = [location.hostname.replace(/^www\./, ""), ...crossDomains, ...internalHosts];
	/** While calls from before the script are made up for: when they were made. */
	let replayedAt: number | undefined;

	let watch: Watch | undefined;
	/** What the watch is to be told, and is not there for yet, oldest first. */
	const waiting: ((watch: Watch) => unknown)[] = [];
	/** Tells the watch at once, or as soon as the late part has come. */
	const tell = (say: (watch: Watch) => unknown): unknown =>
		watch ? say(watch) : waiting.length < WAITING_MAX && waiting.push(say);

	const clean = (address: string): string => scrubUrl(address, scrub, hash);

	/** What is made in {@link begin}. */
	let memory: Memory;
	let parts: RecorderParts;
	let recorder: Recorder;
	let facts: PageFacts;
	let viewId = createId();

	/** The address before a router of the page's could change it, until the script has begun; empty for a page that nobody sees yet. */
	let landing = isHidden() ? "" : location.href;
	/** In a task of its own, but in the background, where nobody waits and timers come a second late. */
	const soon = (fn: () => unknown): unknown => (landing ? page.later(0, fn) : fn());
	const look = (referrer: string): PageFacts => readPage(clean, landing || location.href, referrer);
	let isViewed = false;
	/** Since when it is there, on the page's clock; NaN where that time was reported. */
	let begunAt = NaN;

	/** Adds the running view to a fact and records it. */
	const record = (fact: Omit<Fact, "at">): Promise<unknown> =>
		recorder.record({
			at: replayedAt || clock.now(),
			...fact,
			context: { page: facts as JsonObject, ...fact.context, strand: { viewId } },
		});
	const emit = guard(record);

	const view = guard((navigation: Navigation, name?: string, properties?: JsonObject): Promise<unknown> => {
		turn();
		begunAt = page.elapsed();
		const isInside = /spa|bf/.test(navigation);
		// The first view has had its id since the script started, for calls made before it.
		if (isViewed) viewId = createId();
		facts = look(isInside ? facts.url : document.referrer);
		isViewed = true;
		const isEntry = !isInside && (!memory.record.touches || /nav|pre/.test(navigation));
		const arrival = isEntry ? readArrival(facts.search, ownHosts, !hasGpc) : undefined;
		const { url, referrer } = facts;
		const now = clock.now();
		return record({
			type: "page",
			name,
			properties: { ...facts, ...properties },
			context: { navigation, ...arrival },
			kind: "page",
			made:
				arrival && ((id) => rememberTouch(memory, { id, at: new Date(now).toISOString(), url, referrer, ...arrival })),
		});
	});

	const engage: Engage = (totals, draft) => {
		const properties = { viewId, ...totals };
		if (isViewed) emit({ type: "track", event: SCRIPT_EVENTS.pageEngaged, properties, kind: "engagement", draft });
	};
	/**
	 * Ends the running view's engaged time. Where the late part does not measure it yet, all of so short a time was
	 * read, and the first window was seen.
	 */
	function turn(): void {
		if (watch) {
			watch.turn();
		} else {
			const ms = Math.round(page.elapsed() - begunAt);
			begunAt = NaN;
			if (ms && options.engagedTime !== false) {
				engage({
					rev: 1,
					engagedMs: ms,
					visibleMs: ms,
					scrollDepth: Math.min(1, innerHeight / document.documentElement.scrollHeight),
				});
			}
		}
	}

	const identity = (fact: Omit<Fact, "at" | "kind">): Promise<unknown> => record({ ...fact, kind: "identity" });

	async function reset({ newDevice }: ResetOptions = {}): Promise<unknown> {
		// What was read so far was read by the old memory.record.
		turn();
		const stored = identity({ type: "reset", urgent: true });
		memory.write({ anonymousId: createId(), userId: undefined, session: undefined });
		memory.mend();
		if (newDevice) memory.write({ touches: undefined });
		tell((watch) => watch.tellTabs());
		await stored;
		return newDevice && recorder.restart();
	}

	/** Runs `use` with a usable id; a placeholder is refused where the developer sees it. */
	async function withId(id: string, use: (id: string) => Promise<unknown>): Promise<unknown> {
		const trimmed = String(id).trim();
		return isPlaceholder(trimmed) ? console.warn(`strand: no id: "${trimmed}"`) : use(trimmed);
	}

	/** A public method: never throws, never rejects. */
	const offer =
		<A extends unknown[]>(method: (...args: A) => Promise<unknown> | undefined) =>
		async (...args: A): Promise<void> => {
			begin();
			await guard(method)(...args);
		};

	function known(): Memory["record"] {
		begin();
		return memory.record;
	}

	const strand: Tracker<Events> = {
		version: VERSION,
		get anonymousId() {
			begin();
			return memory.id();
		},
		get userId() {
			return known().userId;
		},
		get sessionId() {
			return known().session?.id;
		},
		get touches() {
			return known().touches || [];
		},
		track: offer((event: string, properties?: unknown, { critical }: TrackOptions = {}) => {
			const urgent = critical || [...CONVERSIONS, ...conversions].includes(event);
			return record({
				type: "track",
				event,
				properties: (properties || {}) as JsonObject,
				kind: urgent ? "identity" : "custom",
				urgent,
				strict: critical,
			});
		}),
		page: offer((name?: string, properties?: JsonObject) => view(isViewed ? "spa" : "navigate", name, properties)),
		identify: offer((user: string | JsonObject, traits: JsonObject = {}) =>
			user && typeof user === "object"
				? identity({ type: "identify", traits: user })
				: withId(user, (userId) => {
						if (memory.record.userId && memory.record.userId !== userId) guard(reset)();
						memory.write({ userId });
						tell((watch) => watch.tellTabs());
						return identity({ type: "identify", userId, traits, urgent: true });
					}),
		),
		alias: offer((user: string, previous = memory.record.anonymousId) =>
			withId(user, (userId) =>
				withId(previous, (previousId) => identity({ type: "alias", userId, previousId, urgent: true })),
			),
		),
		group: offer((group: string, traits: JsonObject = {}) =>
			withId(group, (groupId) => identity({ type: "group", groupId, traits })),
		),
		reset: offer(reset),
		consent: offer(async (state: ConsentState) => {
			await recorder.applyConsent(state, true);
			tell((watch) => watch.tellTabs(state));
		}),
		flush: offer(() => recorder.current?.flush()),
		async stop() {
			await recorder.current?.stop();
			guard.end();
		},
		use: (observer) => tell((watch) => watch.use(observer)),
		extend: guard((part: Late) => {
			begin();
			const { createRecovery } = part;
			parts.createRecovery = createRecovery;
			watch = part.startWatch({
				...parts,
				load,
				recorder,
				ownHosts,
				begunAt,
				clean,
				emit,
				clickIdNames: CLICK_IDS,
				engage,
				view,
				viewUrl: () => (isViewed ? facts.url : ""),
			});
			for (const say of waiting.splice(0)) guard(say)(watch);
			return recorder.current?.recover(createRecovery);
		}),
	};

	/** The dearer half of the start, once: in a task of its own, which the page's parsing does not wait for, or before it is needed. */
	let begin = guard((): unknown => {
		begin = () => undefined;
		memory = createMemory(createId, options.cookieDomain);
		parts = {
			options: { ...options, onError },
			memory,
			clock,
			page,
			hasGpc,
			createId,
			note: (note) => tell((watch) => watch.note(note)),
			captured: (at) => tell((watch) => watch.continueVisit(at)),
		};
		recorder = createRecorder(parts);
		facts = look(document.referrer);
		const isRefused = (hasGpc && options.gpc === "deny") || (options.dnt && hasDnt());
		// A choice made before the script came is the first state of a new memory.record. What was kept of a known one
		// is cleared by the same call, made up for below.
		const choices = early.filter(([method]) => method === "consent" && !memory.record.session);
		const chosen = isIgnored ? "denied" : (choices.pop()?.[1][0] as ConsentState | undefined);
		const usual = isRefused ? "denied" : memory.record.consent || options.consent || "granted";
		guard(recorder.applyConsent)(chosen || usual, !!chosen);
		// Whatever the page calls for later, consent too.
		if (isIgnored) return guard.end();
		soon(() => load?.(`${VERSION}-late`));
		for (const [method, args, at] of early) {
			if (chosen && method === "consent") continue;
			replayedAt = +at;
			(strand as unknown as Record<string, (...args: unknown[]) => void>)[method]?.(...args);
		}
		replayedAt = undefined;
		if (options.pageViews !== false) startPageViews(view, page, !!landing);
		landing = "";
		return undefined;
	});
	soon(() => begin());
	page.on("pageshow click auxclick", (event) => {
		// Both are gone when the late part comes.
		const path = event.composedPath();
		const at = clock.now();
		tell((watch) => watch.hear(event, path, at));
	});
	// In the last phase, after the observers: their last words must be in before everything leaves.
	const leave = guard(() => {
		begin();
		if (!watch) turn();
		recorder.current?.hide();
	});
	addEventListener("visibilitychange", () => isHidden() && leave());
	addEventListener("pagehide", leave);
	return strand;
}
