/**
 * What the pieces of one person say of each other: the rules of {@link assembleChain} for a chain that is too long to be
 * held. All pieces with something that two places tell of are heard first, and of them only that is kept; then each
 * piece is judged alone, and its touchpoints are those that the whole chain would show.
 */
import type { Piece, Touchpoint, ViewPart } from "../model.ts";
import {
	compareTouchpoints,
	countInSession,
	dropTwins,
	judgeViews,
	type Link,
	messageIdOf,
	openLink,
	type SessionSums,
} from "./chain.ts";
import { attachReports, reportOf, setReport } from "./views.ts";

/** What more than one place of the person's pieces tells of; to say so of too much only costs room. */
export interface Contested {
	/** A touchpoint stands there too. */
	message(messageId: string): boolean;
	/** The view lies there too, or its totals were reported there. */
	view(viewId: string): boolean;
	/** It runs over several pieces. */
	session(sessionId: string): boolean;
}

export class Judgement {
	private readonly contested: Contested;
	private readonly bots: boolean;
	/** Touchpoints of contested messages and views, by piece and index, with what the judging needs of them. */
	private readonly links = new Map<number, Map<number, Link>>();
	private shown: ReadonlySet<Link> = new Set();
	private reports: ViewPart[] = [];
	private readonly sessions: SessionSums = new Map();

	/** @param bots whether touches of robots are in the chain */
	constructor(contested: Contested, bots: boolean) {
		this.contested = contested;
		this.bots = bots;
	}

	/** Each piece that has anything contested, once and in any order; then {@link settle}. @param place its number */
	hear(place: number, piece: Piece): void {
		const { contested } = this;
		const vouched = new Set(piece.vouched);
		const links = new Map<number, Link>();
		this.reports.push(...piece.parts);
		for (const [index, touchpoint] of piece.touchpoints.entries()) {
			if (!this.isWanted(touchpoint)) continue;
			const viewId = piece.viewIds[index] ?? null;
			if (contested.message(messageIdOf(touchpoint)) || (viewId !== null && contested.view(viewId))) {
				links.set(index, openLink(piece, lighten(touchpoint), index, vouched.has(index)));
			} else this.count(touchpoint);
		}
		if (links.size > 0) this.links.set(place, links);
	}

	settle(): void {
		const links = [...this.links.values()].flatMap((own) => [...own.values()]);
		links.sort(({ touchpoint: a }, { touchpoint: b }) => compareTouchpoints(a, b));
		const shown = dropTwins(links, this.reports);
		attachReports(
			shown.map(({ view }) => view).filter((view) => view !== null),
			this.reports,
		);
		for (const { touchpoint } of shown) this.count(touchpoint);
		this.shown = new Set(shown);
		this.reports = [];
	}

	/** @returns what the chain shows of a piece, in the piece's order; the piece is not changed */
	judge(place: number, piece: Piece): Touchpoint[] {
		const told = this.links.get(place);
		const shown: Link[] = [];
		for (const [index, touchpoint] of piece.touchpoints.entries()) {
			const other = told?.get(index);
			if (!this.isWanted(touchpoint) || (other !== undefined && !this.shown.has(other))) continue;
			const link = openLink(piece, touchpoint, index, false);
			const report = other === undefined || other.view === null ? undefined : reportOf(other.view);
			if (link.view !== null && report !== undefined && !isSameReport(link, report)) setReport(link.view, report);
			shown.push(link);
		}
		const touchpoints = shown.map(({ touchpoint }) => touchpoint);
		const sessions: SessionSums = new Map();
		for (const touchpoint of touchpoints) countInSession(sessions, touchpoint);
		for (const id of sessions.keys()) {
			const whole = this.sessions.get(id);
			if (whole !== undefined) sessions.set(id, whole);
		}
		judgeViews(
			shown.map(({ view }) => view).filter((view) => view !== null),
			sessions,
		);
		return touchpoints;
	}

	private isWanted({ bot }: Touchpoint): boolean {
		return this.bots || bot !== true;
	}

	private count(touchpoint: Touchpoint): void {
		const { sessionId } = touchpoint;
		if (sessionId !== undefined && this.contested.session(sessionId)) countInSession(this.sessions, touchpoint);
	}
}

function isSameReport({ view, touchpoint }: Link, report: ViewPart | null): boolean {
	return report?.messageId === touchpoint.evidence[1] && report?.rev === view?.rev;
}

/** What place, twins, totals and sessions are judged by. */
function lighten(touchpoint: Touchpoint): Touchpoint {
	const { id, profileId, timestamp, channel, type, direction, online, automation, effective, evidence } = touchpoint;
	const { sessionId, engagedMs, visibleMs, scrollDepth } = touchpoint;
	return {
		...{ id, profileId, timestamp, channel, type, direction, online, automation, effective, evidence },
		...(sessionId === undefined ? {} : { sessionId }),
		...(engagedMs === undefined ? {} : { engagedMs }),
		...(visibleMs === undefined ? {} : { visibleMs }),
		...(scrollDepth === undefined ? {} : { scrollDepth }),
	};
}
