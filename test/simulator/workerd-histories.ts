/** Random histories as clients would send them to a real collector: with names of their own and times of the last days. */
import type { LoggedEvent, Trust } from "../../collector/model.ts";
import { makeHistory } from "./history.ts";
import { Random } from "./random.ts";
import { hasOldTwins, partsDevices } from "./run.ts";

/** Public events may be 8 days old. */
const AGE_MS_MAX = 7 * 24 * 3_600_000;
const DAY_MS = 24 * 3_600_000;
const MINUTE_MS = 60_000;

/** What one key sends in one request. */
export interface Batch {
	trust: Trust;
	events: (LoggedEvent["sent"] & { timestamp: string })[];
}

type Steps = { events: LoggedEvent[] }[];

export function batchesOf(index: number, seed: number, now: number): Batch[] {
	return toBatches(moveTo(makeNamed(index, seed), now - MINUTE_MS, AGE_MS_MAX));
}

/** What is sent before the workspace limits how long people are kept, and after. */
export interface IdleBatches {
	before: Batch[];
	after: Batch[];
}

/**
 * A history that breaks off four days ago and goes on later. Some of what comes later comes before the limit, and keeps people; some
 * of what is old comes after it.
 *
 * @returns null for one of which the rules leave open what is forgotten (run.ts)
 */
export function idleBatchesOf(index: number, seed: number, now: number): IdleBatches | null {
	const random = new Random(seed * 2 + 1);
	const steps = makeNamed(index, seed);
	const half = Math.floor(steps.length / 2);
	const old = moveTo(steps.slice(0, half), now - 4 * DAY_MS, 3 * DAY_MS - MINUTE_MS);
	const late = moveTo(steps.slice(half), now - random.pick([1, 26 * 60, 50 * 60]) * MINUTE_MS, DAY_MS);
	if (partsDevices([...old, ...late]) || hasOldTwins([...old, ...late])) return null;
	const before: Steps = [];
	const after: Steps = [];
	for (const step of old) (random.chance(0.1) ? after : before).push(step);
	for (const step of late) (random.chance(0.3) ? before : after).push(step);
	return { before: toBatches(before), after: toBatches(after) };
}

/** All histories share one workspace and no identifier, so they are as many components. */
function makeNamed(index: number, seed: number): Steps {
	const phone = `+86139${String(index).padStart(5, "0")}`;
	const text = JSON.stringify(makeHistory(new Random(seed)))
		.replaceAll(/"(device|user|crm|union)-/g, `"h${index}-$1-`)
		.replaceAll(/"mail(\d)@/g, `"h${index}-mail$1@`)
		.replaceAll(/\+861391111222(\d)/g, `${phone}22$1`)
		.replaceAll('"messageId":"', `"messageId":"h${index}-`);
	return (JSON.parse(text) as { events?: LoggedEvent[] }[]).flatMap(({ events }) => (events ? [{ events }] : []));
}

/** The same, ending at `end` (ms). What takes longer than `spanMs` is squeezed rather than cut. */
function moveTo(steps: Steps, end: number, spanMs: number): Steps {
	const times = steps.flatMap(({ events }) => events.map(({ timestamp }) => timestamp));
	const [first, last] = [Math.min(...times), Math.max(...times)];
	const shrink = Math.max(1, (last - first) / spanMs);
	const move = (t: number) => Math.round(end - (last - t) / shrink);
	const moveText = (text: string) => new Date(move(Date.parse(text))).toISOString();
	return steps.map(({ events }) => ({
		events: events.map((event) => {
			const { slices } = event.sent;
			const moved = Array.isArray(slices)
				? slices.map((slice) => ({ ...slice, from: moveText(slice.from), to: moveText(slice.to) }))
				: slices;
			const sent = moved === undefined ? event.sent : { ...event.sent, slices: moved };
			return { ...event, sent, timestamp: move(event.timestamp) };
		}),
	}));
}

/** Each key's events apart. */
function toBatches(steps: Steps): Batch[] {
	return steps.flatMap(({ events }) =>
		(["public", "server"] as const).flatMap((trust) => {
			const own = events.filter((event) => event.trust === trust);
			const sent = own.map((event) => ({ ...event.sent, timestamp: new Date(event.timestamp).toISOString() }));
			return sent.length === 0 ? [] : [{ trust, events: sent }];
		}),
	);
}
