/**
 * The middle of the script: starts the observers, keeps the running page view, answers the page's
 * calls, and hands every fact to the recorder.
 */
import type { EventMap, ResetOptions, Strand, TrackOptions } from "./api.ts";
import { startEngagedTime } from "./capture/engaged-time.ts";
import { startLinkClicks } from "./capture/link-clicks.ts";
import { startPageViews } from "./capture/page-views.ts";
import type { Late } from "./late-parts.ts";
import { CONVERSIONS, type Options } from "./options.ts";
import { createClock } from "./page/clock.ts";
import { createGuard } from "./page/guard.ts";
import type { Note } from "./page/notes.ts";
import type { Emit, Observer } from "./page/observer.ts";
import { createPage, isHidden, type Navigation } from "./page/page.ts";
import { scrubUrl } from "./page/url.ts";
import { createUuid } from "./page/uuid.ts";
import { VERSION } from "./page/version.ts";
import { createRecorder, type Fact } from "./recorder.ts";
import { readArrival, readPage } from "./view.ts";
import { isPlaceholder } from "./visitor/blocked-ids.ts";
import { type ConsentState, createMemory } from "./visitor/memory.ts";
import { hasDnt, hasGpc as readGpc } from "./visitor/privacy-signals.ts";
import { rememberTouch } from "./visitor/touches.ts";
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
	const { scrub = [], crossDomains = [], internalHosts = [], conversions = [], hash } = options;
	/** A page whose own handler throws has said all it wanted to: that is no fault of ours. */
	function onError(error: unknown): void {
		try {
			options.onError?.(error);
		} catch {}
	}
	const guard = createGuard(onError, (error) => late.describeFault && recorder.sendAlone(late.describeFault(error)));
	const page = createPage(guard);
	const clock = createClock(Date.now, page.elapsed);
	const createId = (): string => createUuid(clock.now());
	const memory = createMemory(createId, options.cookieDomain);
	const hasGpc = readGpc() && options.gpc !== "ignore";
	const notes: Note[] = [];
	let watch = (note: Note): void => {
		if (notes.push(note) > NOTES_MAX) notes.shift();
	};
	const ownHosts = [location.hostname.replace(/^www\./, ""), ...crossDomains, ...internalHosts];
	/** While calls from before the script are made up for: when they were made. */
	let replayedAt: number | undefined;

	function note(note: Note): void {
		watch(note);
		if (note.kind === "setAside") onError(note);
		if (note.kind === "answered") note.rejected?.forEach(onError);
	}

	const late: Partial<Late> = {};
	const recorder = createRecorder({
		options: { ...options, onError },
		memory,
		clock,
		page,
		hasGpc,
		createId,
		note,
		late,
		rolledOver: () => tell(),
	});
	const anonymousId = (): string => (memory.isKept ? memory.record.anonymousId : "");
	const clean = (address: string): string => scrubUrl(address, scrub, hash);

	let viewId = createId();
	let facts = readPage(clean, document.referrer);
	let isViewed = false;
	/** Ends the running view's engaged time. */
	let turn = (): void => undefined;

	/** Adds the running view to a fact and records it. */
	const record = (fact: Omit<Fact, "at">): Promise<unknown> =>
		recorder.record({
			at: replayedAt || clock.now(),
			...fact,
			context: { page: facts as JsonObject, ...fact.context, strand: { viewId } },
		});
	const emit: Emit = guard(record);

	const view = guard((navigation: Navigation, name?: string, properties?: JsonObject): Promise<unknown> => {
		turn();
		const isInside = navigation === "spa" || navigation === "bfcache";
		// The first view has had its id since the script started, for calls made before it.
		if (isViewed) viewId = createId();
		facts = readPage(clean, isInside ? facts.url : document.referrer);
		isViewed = true;
		const isEntry = !isInside && (!memory.record.touches || /^(navigate|prerender)$/.test(navigation));
		const arrival = isEntry ? readArrival(ownHosts, !hasGpc) : undefined;
		const { url, referrer } = facts;
		const at = new Date(clock.now()).toISOString();
		return record({
			type: "page",
			name,
			properties: { ...facts, ...properties },
			context: { navigation, ...arrival },
			kind: "page",
			made: arrival && ((id) => rememberTouch(memory, { id, at, url, referrer, ...arrival })),
		});
	});

	/** What other tabs could not be told yet. */
	let untold: ConsentState[] | undefined;
	/** Tells other tabs who the visitor is now, and what somebody has just decided. */
	let tell = (...decision: ConsentState[]): void => {
		untold = decision;
	};

	const identity = (fact: Omit<Fact, "at" | "kind">, urgent = false): Promise<unknown> =>
		record({ ...fact, kind: "identity", urgent });

	async function reset({ newDevice }: ResetOptions = {}): Promise<unknown> {
		// What was read so far was read by the old memory.record.
		turn();
		const stored = identity({ type: "reset" }, true);
		memory.write({ anonymousId: createId(), userId: undefined, session: undefined });
		if (newDevice) memory.write({ touches: undefined });
		tell();
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
			await guard(method)(...args);
		};

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
			return memory.record.touches || [];
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
			typeof user === "object"
				? identity({ type: "identify", traits: user })
				: withId(user, (userId) => {
						if (memory.record.userId && memory.record.userId !== userId) guard(reset)();
						memory.write({ userId });
						tell();
						return identity({ type: "identify", userId, traits }, true);
					}),
		),
		alias: offer((user: string, previous = memory.record.anonymousId) =>
			withId(user, (userId) => withId(previous, (previousId) => identity({ type: "alias", userId, previousId }, true))),
		),
		group: offer((group: string, traits: JsonObject = {}) =>
			withId(group, (groupId) => identity({ type: "group", groupId, traits })),
		),
		reset: offer(reset),
		consent: offer(async (state: ConsentState) => {
			await recorder.applyConsent(state, true);
			tell(state);
		}),
		flush: offer(() => recorder.delivery?.flush()),
		async stop() {
			await recorder.delivery?.stop();
			guard.end();
		},
		use(observer) {
			guard(observer)(emit, {
				...page,
				crossDomains,
				hasGpc,
				anonymousId,
				clean,
				watch(watcher) {
					notes.forEach(watcher);
					watch = watcher;
				},
			});
		},
		extend: guard((part: Late) => {
			Object.assign(late, part);
			part.wrapHistory();
			tell = part.joinTabs({
				name: `strand-${options.writeKey}`,
				page,
				memory,
				turned: () => turn(),
				decided: (consent) => recorder.applyConsent(consent, true),
			});
			if (untold) tell(...untold);
			return recorder.delivery?.recover();
		}),
	};

	guard(() => {
		const isRefused = (hasGpc && options.gpc === "deny") || (options.dnt && hasDnt());
		// A choice made before the script came is the first state of a new memory.record. What was kept of a known one
		// is cleared by the same call, made up for below.
		const choices = early.filter(([method]) => method === "consent" && !memory.record.session);
		const chosen = isIgnored ? "denied" : (choices.pop()?.[1][0] as ConsentState | undefined);
		const usual = isRefused ? "denied" : memory.record.consent || options.consent || "granted";
		guard(recorder.applyConsent)(chosen || usual, !!chosen);
		if (isIgnored) return;
		for (const [method, args, at] of early) {
			if (chosen && method === "consent") continue;
			replayedAt = +at;
			(strand as unknown as Record<string, (...args: unknown[]) => void>)[method]?.(...args);
		}
		replayedAt = undefined;
		// Before the view that a return is. Where something can be kept and yet nothing was, another page withdrew.
		page.on<PageTransitionEvent>("pageshow", ({ persisted }) => {
			if (!persisted || memory.reread()) return;
			memory.write({});
			return memory.reread() && recorder.applyConsent("denied", true);
		});
		if (options.pageViews !== false) startPageViews(view, page, hash);
		if (options.engagedTime !== false) {
			turn = startEngagedTime((totals, draft) => {
				const properties = { viewId, ...totals };
				if (isViewed) emit({ type: "track", event: SCRIPT_EVENTS.pageEngaged, properties, kind: "engagement", draft });
			}, page);
		}
		if (options.links !== false) startLinkClicks(emit, clean, page, ownHosts);
		options.observers?.forEach(strand.use);
		// After the observers, whose last words must be in before everything leaves.
		page.on(
			"visibilitychange pagehide",
			({ type }) => (type === "pagehide" || isHidden()) && recorder.delivery?.hide(),
		);
	})();
	return strand;
}
