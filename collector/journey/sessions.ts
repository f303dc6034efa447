/** Sessions of a chain as rows: one a visit to a site or an app, from its touchpoints. */
import type { Touchpoint } from "../model.ts";
import { SESSION_LENGTH_MS_MAX } from "./session.ts";
import type { TrafficFacts } from "./traffic.ts";
import { isAct, isBounce, isView } from "./views.ts";

/** Its traffic facts are those of its first touchpoint; absent fields are unknown. */
export interface Session extends TrafficFacts {
	id: string;
	profileId: string;
	channel: string;
	/** Time of its first touchpoint, ms since the epoch. */
	startAt: number;
	/** Time of its last touchpoint, or the end of its last view's visible time where that is later; ms since the epoch. */
	endAt: number;
	touchpoints: number;
	views: number;
	/** Sum over its views, ms. */
	engagedMs: number;
	/** Pathname (or screen title) of its first and last view. */
	entryPage?: string;
	exitPage?: string;
	conversions: number;
	/** One view, under ten seconds engaged, and nothing done that earns credit. */
	bounce: boolean;
	deviceFamily?: string;
	bot?: boolean;
}

/**
 * @param touchpoints ascending by time; those without `sessionId` belong to no session
 * @returns ascending by start
 */
export function sessionsOf(touchpoints: Iterable<Touchpoint>): Session[] {
	return [...eachSession(touchpoints)];
}

/** The same one by one: a session is told once a touchpoint comes that is later than it can last, so that only a day's are held. */
export function* eachSession(touchpoints: Iterable<Touchpoint>): Generator<Session> {
	const running = new Map<string, SessionSum>();
	for (const touchpoint of touchpoints) {
		for (const [id, sum] of running) {
			if (touchpoint.timestamp - sum.startAt <= SESSION_LENGTH_MS_MAX) break;
			yield sum.finish();
			running.delete(id);
		}
		if (touchpoint.sessionId === undefined) continue;
		const sum = running.get(touchpoint.sessionId);
		if (sum === undefined) running.set(touchpoint.sessionId, new SessionSum(touchpoint.sessionId, touchpoint));
		else sum.add(touchpoint);
	}
	for (const sum of running.values()) yield sum.finish();
}

/** A session as its touchpoints come. */
class SessionSum {
	private readonly id: string;
	private readonly first: Touchpoint;
	private endAt: number;
	private touchpoints = 0;
	private views = 0;
	private engagedMs = 0;
	private conversions = 0;
	private acted = false;
	private entry: Touchpoint | undefined;
	private exit: Touchpoint | undefined;

	constructor(id: string, first: Touchpoint) {
		this.id = id;
		this.first = first;
		this.endAt = first.timestamp;
		this.add(first);
	}

	get startAt(): number {
		return this.first.timestamp;
	}

	add(touchpoint: Touchpoint): void {
		this.touchpoints++;
		this.endAt = Math.max(this.endAt, touchpoint.timestamp + (touchpoint.visibleMs ?? 0));
		if (touchpoint.conversion !== undefined) this.conversions++;
		if (isAct(touchpoint)) this.acted = true;
		if (!isView(touchpoint)) return;
		this.views++;
		this.engagedMs += touchpoint.engagedMs ?? 0;
		this.entry ??= touchpoint;
		this.exit = touchpoint;
	}

	finish(): Session {
		const { first, views, engagedMs, acted } = this;
		const session: Session = {
			id: this.id,
			profileId: first.profileId,
			channel: first.channel,
			startAt: first.timestamp,
			endAt: this.endAt,
			touchpoints: this.touchpoints,
			views,
			engagedMs,
			conversions: this.conversions,
			bounce: views > 0 && isBounce({ views, acted, engagedMs }),
		};
		const { direct, traffic, source, medium, campaign, term, content, clickId, channelRule, deviceFamily, bot } = first;
		const known = { direct, traffic, source, medium, campaign, term, content, clickId, channelRule, deviceFamily, bot };
		const pages = { entryPage: pageName(this.entry), exitPage: pageName(this.exit) };
		const present = Object.entries({ ...known, ...pages }).filter(([, value]) => value !== undefined);
		return Object.assign(session, Object.fromEntries(present));
	}
}

function pageName(view: Touchpoint | undefined): string | undefined {
	return view?.page?.path ?? view?.object?.title;
}
