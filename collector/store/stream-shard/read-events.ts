/** Reading the log as people see it: every event once, in time order of its stream, with its profile. */
import { createZone } from "../../analysis/zone.ts";
import { createTimeWriter, eventRow } from "../../export/index.ts";
import { anonymousProfile, isKept, isolatedProfile } from "../../identity/index.ts";
import type { LoggedEvent, Position } from "../../model.ts";
import { readStream } from "./fold-stream.ts";
import { isBefore, rowsOf, type Window } from "./head.ts";
import { livedTimeline } from "./owners.ts";
import type { FoldRules } from "./rules.ts";
import type { StreamShard } from "./stream-shard.ts";

/** Streams looked up at once. */
const STREAMS_PAGE = 100;
/** Streams read for one page, which then ends with what it has: a rare type must not hold up the object. */
const PAGE_STREAMS_MAX = 1_000;

/** Where to go on: after a stream, or inside the one that follows it. */
export interface EventPlace {
	/** Stream; empty: from the beginning. */
	after: string;
	/** The last event given of the stream after it. */
	within?: { stream: string; t: number; m: string };
}

export interface EventQuery {
	/** Event time at or after, and before; ms. */
	from?: number;
	to?: number;
	/** Only events of this type. */
	type?: string;
	/** Of our times, IANA name; null: UTC. */
	zone: string | null;
	place: EventPlace;
	/** Events at most. */
	limit: number;
	/** The page ends once its text passes this. */
	charsMax: number;
}

export interface EventPage {
	/** UTF-8 NDJSON, whole lines. */
	bytes: Uint8Array;
	rows: number;
	/** Null at the end. */
	next: EventPlace | null;
}

/** What is logged but not folded yet is folded first, so that whatever was answered is here. */
export async function readEvents(shard: StreamShard, query: EventQuery): Promise<EventPage> {
	const { place, limit, charsMax, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = query;
	if (place.after === "" && place.within === undefined && shard.pendingWork() > 0) await shard.pump.poke();
	const rules = shard.rules(await shard.config());
	const writeTime = createTimeWriter({
		offsetMs: query.zone === null ? null : createZone(query.zone).offsetMs,
		style: "iso",
	});
	let text = "";
	let rows = 0;
	let read = 0;
	let last = place.after;
	const page = (next: EventPlace | null) => ({ bytes: new TextEncoder().encode(text), rows, next });
	for (;;) {
		const streams = shard.streamsAfter(last, STREAMS_PAGE);
		for (const stream of streams) {
			const { head, loadEvents } = shard.loadStream(stream);
			const within = place.within?.stream === stream ? place.within : null;
			const isWanted = ({ first, last }: Window) =>
				last.t >= from && first.t < to && (within === null || last.t >= within.t);
			for (const event of readStream(head, rules, loadEvents, isWanted)) {
				const { timestamp: t, sent } = event.fact.event;
				if (event.isExcluded || isKept(event.fact.event) || t < from || t >= to) continue;
				if (query.type !== undefined && sent.type !== query.type) continue;
				// Events of a stream come by (timestamp, messageId).
				if (within !== null && (t < within.t || (t === within.t && sent.messageId <= within.m))) continue;
				text += `${JSON.stringify(eventRow(event.fact.event, event.owner, writeTime))}\n`;
				rows++;
				if (rows >= limit || text.length > charsMax) {
					return page({ after: last, within: { stream, t, m: sent.messageId } });
				}
			}
			last = stream;
		}
		if (streams.length < STREAMS_PAGE) return page(null);
		read += streams.length;
		if (read >= PAGE_STREAMS_MAX) return page({ after: last });
	}
}

/** Owner of the latest event of a stream that has one; null when none has. */
export async function ownerOfStream(shard: StreamShard, stream: string): Promise<string | null> {
	const rules = shard.rules(await shard.config());
	const { head, loadEvents } = shard.loadStream(stream);
	let last: string | null = null;
	for (const { owner } of readStream(head, rules, loadEvents)) last = owner ?? last;
	return last;
}

/** Whose the latest event of one stretch between resets is, in one stream. */
export interface SegmentOwner {
	/** Null where the stream has no event there that belongs to anybody. */
	latest: { owner: string; at: Position } | null;
	/** Devices linked to the stream's, which may have events in the same stretch. */
	linked: string[];
}

/** @param id of the stretch's anonymous profile */
export async function ownerOfSegment(shard: StreamShard, stream: string, id: string): Promise<SegmentOwner> {
	return readSegmentOwner(shard, shard.rules(await shard.config()), stream, id);
}

export function readSegmentOwner(shard: StreamShard, rules: FoldRules, stream: string, id: string): SegmentOwner {
	const { head, loadEvents } = shard.loadStream(stream);
	const { segments, devices } = livedTimeline(head);
	const linked = devices.filter((device) => device !== stream);
	const index = segments.findIndex(
		({ opensAt }) => opensAt !== null && anonymousProfile(devices, opensAt, rules.hash) === id,
	);
	const from = segments[index]?.opensAt ?? null;
	if (from === null) return { latest: null, linked };
	const to = segments[index + 1]?.opensAt ?? null;
	// Who denied stitching is nobody's heir.
	const alone = isolatedProfile(stream, rules.hash);
	let latest: SegmentOwner["latest"] = null;
	const isMet = ({ first, last }: Window) => isBefore(from, last) && (to === null || isBefore(first, to));
	for (const { fact, owner } of readStream(head, rules, loadEvents, isMet)) {
		const { at } = fact;
		if (owner === null || owner === alone || !isBefore(from, at) || (to !== null && !isBefore(at, to))) continue;
		latest = { owner, at };
	}
	return { latest, linked };
}

/** Copies of a stream's events received by `until` (ms), at most `limit`; in no order. */
export async function eventsUntil(
	shard: StreamShard,
	stream: string,
	until: number,
	limit: number,
): Promise<LoggedEvent[]> {
	const { head, loadEvents } = shard.loadStream(stream);
	const events: LoggedEvent[] = [];
	for (const row of rowsOf(head)) {
		for (const event of loadEvents(row)) {
			if (event.receivedAt <= until) events.push(event);
			if (events.length >= limit) return events;
		}
	}
	return events;
}
