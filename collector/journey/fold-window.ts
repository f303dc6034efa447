/**
 * One window of one stream → what it adds to each profile. A window is one visit, or a run of
 * consecutive events of a long one; then the carry continues the session, and the chain assembled from
 * the pieces (`chain.ts`) is the same whatever the windows were.
 */
import type { IdentityValue, LoggedEvent, Piece, Touchpoint, TraitWrite, ViewPart } from "../model.ts";
import { readObject } from "./fields.ts";
import { prepareRules, type Rules } from "./rules.ts";
import { continuesSession, openSession, type SessionCarry } from "./session.ts";
import type { JourneySettings } from "./settings.ts";
import { makeTouchpoint, type OwnedEvent } from "./touchpoint.ts";
import { type CampaignFacts, readCampaignTouch, readTraffic, type TrafficReader } from "./traffic.ts";
import { keepEarliest, keepLatest } from "./values.ts";
import { attachReports, isAct, isBounce, isView, readViewId, readViewReport, type View } from "./views.ts";

export interface Window {
	/** Stream key. */
	stream: string;
	deviceFamily?: string;
	/** Data events only (no statement, nothing excluded), ascending by (`timestamp`, `messageId`). */
	events: readonly OwnedEvent[];
	/** As long as `events`; true: a visit or a segment starts before this event. */
	cutsBefore: readonly boolean[];
	/** What the window before handed on, when this one goes on with its visit; else null. */
	carry: SessionCarry | null;
}

/** What the rooms beside this one know. */
export interface Handed<Facts extends CampaignFacts = CampaignFacts> extends TrafficReader<Facts> {
	/** Keyed hash, for session ids. */
	hash(kind: string, value: string): string;
	/** Usable identifiers of an event; `value` as people see it. */
	identities(event: LoggedEvent): { kind: string; value: string; hash: string }[];
}

export interface FoldedWindow {
	/** One an owner that has events here, ascending by `profileId`. */
	pieces: Piece[];
	/** For the next window of the same visit; null only when neither an event nor a carry was given. */
	carry: SessionCarry | null;
}

/** What one owner gathers in a window. */
interface Gathering {
	views: (View | null)[];
	touchpoints: Touchpoint[];
	/** Indices of those that a server sent. */
	vouched: number[];
	reports: ViewPart[];
	identities: Map<string, IdentityValue>;
	traits: Map<string, TraitWrite>;
	events: number;
	firstAt: number;
	lastAt: number;
}

/**
 * Events of an owner `null` make nothing, but they end the session of another owner.
 * Cost: linear in the window.
 */
export function foldWindow<Facts extends CampaignFacts>(
	window: Window,
	settings: JourneySettings,
	handed: Handed<Facts>,
): FoldedWindow {
	const rules = prepareRules(settings);
	const owners = new Map<string, Gathering>();
	/** Every session with touchpoints here, and its views here. */
	const sessions = new Map<SessionCarry, View[]>();
	let session = window.carry === null ? null : { ...window.carry };

	window.events.forEach((one, index) => {
		const { event, owner } = one;
		const t = event.timestamp;
		if (session === null || window.cutsBefore[index] === true || !continuesSession(session, t, owner)) {
			session = openSession(handed.hash("session", `${window.stream}\n${event.sent.messageId}`), t, owner);
		}
		session.lastAt = t;
		if (owner === null) return;
		const gathering = owners.get(owner) ?? startGathering(owners, owner, t);
		gather(gathering, event, handed);
		const touchpoint = makeTouchpoint({ ...one, owner }, rules, window.deviceFamily);
		if (touchpoint === null) return;
		const entry = joinSession(touchpoint, event, session, rules, handed) && touchpoint.effective;
		const view = isView(touchpoint) ? { touchpoint, viewId: readViewId(event), rev: 0, entry } : null;
		if (event.trust === "server") gathering.vouched.push(gathering.touchpoints.length);
		gathering.touchpoints.push(touchpoint);
		gathering.views.push(view);
		const views = sessions.get(session) ?? [];
		if (view !== null && touchpoint.sessionId !== undefined) views.push(view);
		sessions.set(session, views);
	});

	const pieces = [...owners].map(([owner, gathering]) => finishPiece(owner, gathering));
	for (const [folded, views] of sessions) judgeViews(folded, views);
	pieces.sort((a, b) => (a.profileId < b.profileId ? -1 : 1));
	return { pieces, carry: session };
}

/**
 * Gives a touchpoint its session and the session's traffic facts, on channels that have sessions.
 *
 * @returns whether it is a view that the session began with, or that a new campaign brought
 */
function joinSession<Facts extends CampaignFacts>(
	touchpoint: Touchpoint,
	event: LoggedEvent,
	session: SessionCarry,
	rules: Rules,
	handed: Handed<Facts>,
): boolean {
	// What we send (a push message) and what others report of a visit (a touch) is no part of the visit.
	const isSessional = rules.channels.get(touchpoint.channel)?.sessions === true && touchpoint.direction === "in";
	if (!isSessional || event.sent.type === "touch") return isView(touchpoint);
	touchpoint.sessionId = session.sessionId;
	let isNewCampaign = false;
	let facts = session.traffic;
	const campaign = facts === null || isView(touchpoint) ? readCampaignTouch(event, rules, handed) : null;
	if (facts === null) {
		facts = readTraffic(event, rules, handed);
		session.traffic = facts;
		session.entryKey = campaign?.key ?? "";
		session.campaignKey = session.entryKey;
	} else if (campaign !== null && campaign.key !== session.campaignKey) {
		session.campaignKey = campaign.key;
		isNewCampaign = campaign.key !== session.entryKey;
		if (isNewCampaign) facts = campaign.facts;
	}
	Object.assign(touchpoint, facts);
	if (isAct(touchpoint)) session.acted = true;
	if (!isView(touchpoint)) return false;
	session.views++;
	// The click on a share link is the contact; the page that it led to is not another.
	return (session.views === 1 || isNewCampaign) && event.added.click === undefined;
}

/** A session that runs on is judged by what is known up to here; the chain judges it again. */
function judgeViews(session: SessionCarry, views: readonly View[]): void {
	for (const { touchpoint } of views) session.engagedMs += touchpoint.engagedMs ?? 0;
	const bounce = isBounce(session);
	for (const { touchpoint, entry } of views) touchpoint.effective &&= entry && !bounce;
}

function startGathering(owners: Map<string, Gathering>, owner: string, t: number): Gathering {
	const gathering: Gathering = {
		views: [],
		touchpoints: [],
		vouched: [],
		reports: [],
		identities: new Map(),
		traits: new Map(),
		events: 0,
		firstAt: t,
		lastAt: t,
	};
	owners.set(owner, gathering);
	return gathering;
}

function gather<Facts extends CampaignFacts>(gathering: Gathering, event: LoggedEvent, handed: Handed<Facts>): void {
	const { sent, timestamp, trust } = event;
	gathering.events++;
	gathering.lastAt = timestamp;
	const report = readViewReport(event);
	if (report !== null) gathering.reports.push(report);
	for (const identity of handed.identities(event)) {
		keepEarliest(gathering.identities, { ...identity, firstAt: timestamp, messageId: sent.messageId });
	}
	// A group's traits are the company's, not the person's.
	if (sent.type === "group") return;
	const traits = { ...readObject(readObject(sent.context)?.traits), ...readObject(sent.traits) };
	for (const [key, value] of Object.entries(traits)) {
		const write = { key, value, t: timestamp, m: sent.messageId };
		keepLatest(gathering.traits, trust === "server" ? { ...write, vouched: true } : write);
	}
}

function finishPiece(profileId: string, gathering: Gathering): Piece {
	const { views, touchpoints, vouched, reports, identities, traits, events, firstAt, lastAt } = gathering;
	const parts = attachReports(
		views.filter((view) => view !== null),
		reports,
	);
	return {
		profileId,
		touchpoints,
		viewIds: views.map((view) => view?.viewId ?? null),
		viewRevs: views.map((view) => view?.rev ?? 0),
		entries: views.map((view) => view?.entry ?? false),
		...(vouched.length > 0 ? { vouched } : {}),
		parts: [...parts.values()],
		identities: [...identities.values()],
		traits: [...traits.values()],
		events,
		firstAt,
		lastAt,
	};
}
