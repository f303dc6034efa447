/**
 * Pieces → one person's chain. A function of the set of pieces: their order is irrelevant, and so is
 * how a visit was cut into windows. Not changed here: stages, goals and the rule table, which each
 * touchpoint carries from its fold; judged again: totals of views and bounces, which may hang on what
 * lies in another piece.
 */
import type { IdentityValue, Money, Piece, Stage, Touchpoint, TraitWrite, ViewPart } from "../model.ts";
import { type Session, sessionsOf } from "./sessions.ts";
import { comparePlaces, keepEarliest, keepLatest } from "./values.ts";
import { attachReports, isAct, isBounce, isView, reportOf, type SessionCounts, type View } from "./views.ts";

export interface Conversion {
	/** Name of the goal. */
	goal: string;
	touchpointId: string;
	/** Ms since the epoch. */
	timestamp: number;
	value?: Money;
}

export interface Chain {
	/** Ascending by `timestamp`, first messageId, `id`. */
	touchpoints: Touchpoint[];
	/** Earliest first, then by kind and hash. */
	identities: IdentityValue[];
	/** Ascending by key; the write that won. */
	traits: TraitWrite[];
	/** Ascending by time. */
	conversions: Conversion[];
	/** Of the latest touchpoint that earns credit and has one, else of the latest that has one; null: none has. */
	stage: Stage | null;
	/** Ms since the epoch; null for a chain without touchpoints. */
	firstTouchAt: number | null;
	lastTouchAt: number | null;
	/** Ascending by start. */
	sessions: Session[];
}

/** A touchpoint with what its piece says of it as a view. */
export interface Link {
	touchpoint: Touchpoint;
	view: View | null;
	/** A server sent it. */
	vouched: boolean;
}

export interface ChainOptions {
	/** Whether touches of robots are in the chain; default true. */
	bots?: boolean;
}

/**
 * The same messageId from two streams is one contact: a server's is shown before a public one, then the
 * smaller (`timestamp`, `id`).
 *
 * @param pieces of one profile, each (stream, window) once; empty: an empty chain. Not changed.
 */
export function assembleChain(pieces: readonly Piece[], { bots = true }: ChainOptions = {}): Chain {
	const traits = new Map<string, TraitWrite>();
	const links: Link[] = [];
	const reports: ViewPart[] = [];
	for (const piece of pieces) {
		for (const one of piece.traits) keepLatest(traits, one);
		reports.push(...piece.parts);
		const vouched = new Set(piece.vouched);
		piece.touchpoints.forEach((touchpoint, index) => {
			if (bots || touchpoint.bot !== true) links.push(openLink(piece, touchpoint, index, vouched.has(index)));
		});
	}
	links.sort(({ touchpoint: a }, { touchpoint: b }) => compareTouchpoints(a, b));
	const shown = dropTwins(links, reports);
	const views = shown.map(({ view }) => view).filter((view) => view !== null);
	attachReports(views, reports);
	const touchpoints = shown.map(({ touchpoint }) => touchpoint);
	const sessions: SessionSums = new Map();
	for (const touchpoint of touchpoints) countInSession(sessions, touchpoint);
	judgeViews(views, sessions);
	return {
		touchpoints,
		identities: identitiesOf(pieces),
		traits: [...traits.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
		conversions: touchpoints.flatMap(conversionOf),
		stage: stageOf(touchpoints),
		firstTouchAt: touchpoints[0]?.timestamp ?? null,
		lastTouchAt: touchpoints.at(-1)?.timestamp ?? null,
		sessions: sessionsOf(touchpoints),
	};
}

/** Of a profile's pieces: earliest first, then by kind and hash. */
export function identitiesOf(pieces: Iterable<Pick<Piece, "identities">>): IdentityValue[] {
	const identities = new Map<string, IdentityValue>();
	for (const piece of pieces) for (const one of piece.identities) keepEarliest(identities, one);
	return [...identities.values()].sort(compareIdentities);
}

/** The order of a chain. */
export function compareTouchpoints(a: Touchpoint, b: Touchpoint): number {
	const order = comparePlaces(a.timestamp, a.evidence[0] ?? "", b.timestamp, b.evidence[0] ?? "");
	return order || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Views are copied, since their totals and credit may change here and a piece must not. */
export function openLink(piece: Piece, touchpoint: Touchpoint, index: number, vouched: boolean): Link {
	if (!isView(touchpoint)) return { touchpoint, view: null, vouched };
	const copy = { ...touchpoint };
	const view: View = {
		touchpoint: copy,
		viewId: piece.viewIds[index] ?? null,
		rev: piece.viewRevs[index] ?? 0,
		entry: piece.entries[index] ?? false,
	};
	return { touchpoint: copy, view, vouched };
}

/**
 * @param links   ascending
 * @param reports takes the totals that a dropped view held
 */
export function dropTwins(links: readonly Link[], reports: ViewPart[]): Link[] {
	const shown = new Map<string, Link>();
	for (const link of links) {
		const messageId = messageIdOf(link.touchpoint);
		const twin = shown.get(messageId);
		// A stranger who says a server's messageId on a device of his own must not take its place.
		if (twin === undefined || (link.vouched && !twin.vouched)) shown.set(messageId, link);
		if (twin === undefined) continue;
		const dropped = shown.get(messageId) === link ? twin : link;
		const report = dropped.view === null ? null : reportOf(dropped.view);
		if (report !== null) reports.push(report);
	}
	if (shown.size === links.length) return [...links];
	const kept = new Set(shown.values());
	return links.filter((link) => kept.has(link));
}

/** How many touchpoints a chain of these pieces leaves out, since one of the same messageId is shown. */
export function countTwins(pieces: readonly Piece[]): number {
	const touchpoints = pieces.flatMap((piece) => piece.touchpoints);
	return touchpoints.length - new Set(touchpoints.map(messageIdOf)).size;
}

export function messageIdOf({ evidence, id }: Touchpoint): string {
	return evidence[0] ?? id;
}

/** By session. */
export type SessionSums = Map<string, SessionCounts>;

export function countInSession(sessions: SessionSums, touchpoint: Touchpoint): void {
	if (touchpoint.sessionId === undefined) return;
	let counts = sessions.get(touchpoint.sessionId);
	if (counts === undefined) {
		counts = { views: 0, acted: false, engagedMs: 0 };
		sessions.set(touchpoint.sessionId, counts);
	}
	if (isView(touchpoint)) counts.views++;
	if (isAct(touchpoint)) counts.acted = true;
	counts.engagedMs += touchpoint.engagedMs ?? 0;
}

/** Says of each view whether it earns credit. @param sessions whole ones */
export function judgeViews(views: readonly View[], sessions: ReadonlyMap<string, SessionCounts>): void {
	for (const { touchpoint, entry } of views) {
		const counts = touchpoint.sessionId === undefined ? undefined : sessions.get(touchpoint.sessionId);
		touchpoint.effective = entry && (counts === undefined || !isBounce(counts));
	}
}

export function conversionOf({ id, timestamp, conversion, value }: Touchpoint): Conversion[] {
	if (conversion === undefined) return [];
	return [{ goal: conversion, touchpointId: id, timestamp, ...(value === undefined ? {} : { value }) }];
}

/** Of the latest touchpoint that earns credit and has one, else of the latest that has one; null: none has. */
export function stageOf(touchpoints: readonly Touchpoint[]): Stage | null {
	const staged = touchpoints.filter((touchpoint) => touchpoint.stage !== undefined);
	return (staged.findLast((touchpoint) => touchpoint.effective) ?? staged.at(-1))?.stage ?? null;
}

function compareIdentities(a: IdentityValue, b: IdentityValue): number {
	const order = comparePlaces(a.firstAt, a.messageId, b.firstAt, b.messageId);
	return order || comparePlaces(0, `${a.kind}\n${a.hash}`, 0, `${b.kind}\n${b.hash}`);
}
