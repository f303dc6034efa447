/** Reading the log as people see it: every event once, in time order of its stream, with its profile. */
import type { LoggedEvent } from "../../model.ts";
import { type ReadEvent, readStream } from "./fold-stream.ts";
import type { StreamShard } from "./stream-shard.ts";

/** Streams looked up at once. */
const STREAMS_PAGE = 100;

export interface EventPage {
	/** NDJSON, whole lines. */
	text: string;
	/** Stream to go on after; null at the end. */
	next: string | null;
}

/**
 * Events of the streams after `after`, until the text passes `bytesMax` (a stream is never cut).
 * What is logged but not folded yet is folded first, so that whatever was answered is here.
 */
export async function readEvents(shard: StreamShard, after: string, bytesMax: number): Promise<EventPage> {
	if (after === "" && shard.pendingWork() > 0) await shard.pump.poke();
	const rules = shard.rules(await shard.config());
	let text = "";
	let last = after;
	for (;;) {
		const streams = shard.streamsAfter(last, STREAMS_PAGE);
		for (const stream of streams) {
			const { head, loadEvents } = shard.loadStream(stream);
			for (const event of readStream(head, rules, loadEvents)) {
				if (!event.isExcluded) text += `${JSON.stringify(eventRow(event))}\n`;
			}
			last = stream;
			if (text.length > bytesMax) return { text, next: last };
		}
		if (streams.length < STREAMS_PAGE) return { text, next: null };
	}
}

/** Owner of the latest event of a stream that has one; null when none has. */
export async function ownerOfStream(shard: StreamShard, stream: string): Promise<string | null> {
	const rules = shard.rules(await shard.config());
	const { head, loadEvents } = shard.loadStream(stream);
	return readStream(head, rules, loadEvents).findLast(({ owner }) => owner !== null)?.owner ?? null;
}

/** An event as logged (`design.md` §3): what was sent, with our times, and its profile. */
export function eventRow({ fact, owner }: ReadEvent): { [field: string]: unknown } {
	const { sent, timestamp, receivedAt, trust, added }: LoggedEvent = fact.event;
	const { event: name, ...rest } = sent;
	return {
		...rest,
		...(name === undefined ? {} : { name }),
		timestamp: new Date(timestamp).toISOString(),
		receivedAt: new Date(receivedAt).toISOString(),
		trust,
		...(added.bot ? { bot: true } : {}),
		profileId: owner,
	};
}
