/**
 * How long a page view was really read: visible, focused, and touched (pointer, key, scroll, or media
 * playing) within the last 30 s. Counted on the monotonic clock, so setting the clock changes nothing.
 *
 * Reported as cumulative totals of the view with a growing `rev`; the collector keeps the largest, so a
 * lost or repeated report cannot corrupt the sum. Written as a draft every 5 s; sent at 15, 60 and
 * 180 s, when the page hides and when the view ends.
 */
import { every, isHidden, type Page } from "../page/page.ts";
import { readScroll } from "../page/scroll.ts";

/** Without input for so long the visitor is not reading any more. */
export const IDLE_MS = 30_000;
/** When a device falls asleep between two ticks, half a tick is the best guess at what went before. */
const TICK_MS = 1_000;
/** A tick later than this was not late but asleep: https://developer.chrome.com/docs/web-platform/page-lifecycle-api */
const SLEEP_MS_MIN = 3_000;
/** Every fifth tick, also where that one is a little early. */
const DRAFT_MS = 4_500;
/** Visible time at which a view reports without being left. */
const REPORT_MS = [15_000, 60_000, 180_000];

/** Events after which the page may be visible, in focus, or neither. */
const TURNS = "visibilitychange freeze resume focus blur pageshow pagehide";
/** What a tick counts as: whatever no event told of. */
const TICK = "resume";
/** Events that a reader makes, or media up to which he was there; those that end pause too. */
const INPUTS = "pointerdown pointermove keydown scroll wheel touchstart touchmove pause";

/** https://html.spec.whatwg.org/multipage/media.html#dom-media-have_current_data */
const HAVE_CURRENT_DATA = 2;

export interface Totals {
	rev: number;
	engagedMs: number;
	visibleMs: number;
	/** 0 to 1, to three digits. */
	scrollDepth: number;
	[key: string]: number;
}

/**
 * Asked of the page at each tick rather than kept by events: what began to play before this part came told nobody, and what is
 * removed while it plays tells only itself.
 */
const isPlaying = (): boolean =>
	[...document.querySelectorAll<HTMLMediaElement>("audio,video")].some(
		// One that waits for more to play is not paused either.
		({ paused, readyState }) => !paused && readyState > HAVE_CURRENT_DATA,
	);

/** Reports the running view's totals; a draft replaces the draft before it. */
export type Engage = (totals: Totals, draft?: boolean) => void;

/**
 * @param begunAt since when the running view is there, on the page's clock; NaN where that time was reported
 * @returns ends the running view: reports it if there is anything new, and begins at nothing
 */
export function startEngagedTime(report: Engage, page: Page, begunAt: number): () => void {
	/** Pixels, not a share: a page that grows while it is read has been seen less far than it seemed. */
	let seenPx = 0;
	let heightPx = 0;
	let rev = begunAt ? 0 : 1;
	/** Totals as last reported or drafted: nothing new, no report. */
	let reported = "";
	let draftedMs = 0;
	let milestone = 0;
	let markAt = page.elapsed();
	let activeAt = markAt;
	let visible = !isHidden();
	let focused = document.hasFocus();
	/** Of what was before this part came, nothing is known but that the visitor looks at the page now. */
	let visibleMs = begunAt && visible ? Math.min(markAt - begunAt, IDLE_MS) : 0;
	let engagedMs = visibleMs;

	/** Adds what passed since the last mark, in the state that held until now. */
	function settle(): void {
		const now = page.elapsed();
		const passedMs = now - markAt > SLEEP_MS_MIN ? TICK_MS / 2 : now - markAt;
		if (visible) visibleMs += passedMs;
		if (visible && focused) {
			engagedMs += Math.max(0, Math.min(passedMs, activeAt + IDLE_MS - markAt));
		}
		markAt = now;
	}

	function look(): void {
		const [seen, height] = readScroll();
		heightPx = height;
		seenPx = Math.max(seenPx, seen);
	}

	function send(draft: boolean): void {
		const totals = {
			engagedMs: Math.round(engagedMs),
			visibleMs: Math.round(visibleMs),
			scrollDepth: Math.round(Math.min(1, seenPx / (heightPx || Infinity)) * 1000) / 1000,
		};
		const news = `${Object.values(totals)}${draft}`;
		if (news === reported || !totals.visibleMs) return;
		reported = news;
		draftedMs = visibleMs;
		report({ ...totals, rev: ++rev }, draft);
	}

	function mark({ type, target }: { type: string; target?: EventTarget | null }): void {
		// Inside the page it may be a gallery that moves by itself; what a visitor scrolls there he also touches.
		if (type === "scroll" && target !== document) return;

		settle();
		const wasVisible = visible;
		const isTurn = TURNS.includes(type);
		// Safari before 14.1 fires no visibilitychange when a tab is navigated away: https://bugs.webkit.org/show_bug.cgi?id=116769
		visible = !isHidden() && type !== "pagehide";
		focused = document.hasFocus();
		if (!isTurn || (visible && !wasVisible) || isPlaying()) activeAt = markAt;
		if (!wasVisible) return;
		if (isTurn || type === "scroll") look();
		const isDue = visibleMs >= (REPORT_MS[milestone] as number);
		if (isDue) milestone++;
		if (isDue || !visible) send(false);
		else if (visibleMs - draftedMs >= DRAFT_MS) send(true);
	}

	every(page, TICK_MS, () => mark({ type: TICK }));
	// Media events do not bubble, but they are seen on their way down.
	page.on(`${TURNS} ${INPUTS}`, mark);

	return () => {
		// The document already shows the next view: how far the last one was seen is known from before.
		settle();
		send(false);
		engagedMs = visibleMs = seenPx = heightPx = rev = draftedMs = milestone = 0;
		reported = "";
		activeAt = markAt;
	};
}
