/** Sessions of a chain as rows: one a visit to a site or an app, from its touchpoints. */
import type { Touchpoint } from "../model.ts";
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
export function sessionsOf(touchpoints: readonly Touchpoint[]): Session[] {
	const members = new Map<string, Touchpoint[]>();
	for (const touchpoint of touchpoints) {
		if (touchpoint.sessionId === undefined) continue;
		const own = members.get(touchpoint.sessionId);
		if (own === undefined) members.set(touchpoint.sessionId, [touchpoint]);
		else own.push(touchpoint);
	}
	return [...members].map(([id, own]) => summarise(id, own));
}

function summarise(id: string, own: readonly Touchpoint[]): Session {
	const first = own[0] as Touchpoint;
	const views = own.filter(isView);
	const engagedMs = views.reduce((sum, view) => sum + (view.engagedMs ?? 0), 0);
	const acted = own.some(isAct);
	const session: Session = {
		id,
		profileId: first.profileId,
		channel: first.channel,
		startAt: first.timestamp,
		endAt: own.reduce((end, one) => Math.max(end, one.timestamp + (one.visibleMs ?? 0)), first.timestamp),
		touchpoints: own.length,
		views: views.length,
		engagedMs,
		conversions: own.filter((one) => one.conversion !== undefined).length,
		bounce: views.length > 0 && isBounce({ views: views.length, acted, engagedMs }),
	};
	const { direct, traffic, source, medium, campaign, term, content, clickId, channelRule, deviceFamily, bot } = first;
	const known = { direct, traffic, source, medium, campaign, term, content, clickId, channelRule, deviceFamily, bot };
	const pages = { entryPage: pageName(views[0]), exitPage: pageName(views.at(-1)) };
	const present = Object.entries({ ...known, ...pages }).filter(([, value]) => value !== undefined);
	return Object.assign(session, Object.fromEntries(present));
}

function pageName(view: Touchpoint | undefined): string | undefined {
	return view?.page?.path ?? view?.object?.title;
}
