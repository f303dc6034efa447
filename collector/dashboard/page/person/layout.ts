/**
 * Where each contact of a chain is drawn: lanes for devices and channels, marks for contacts and folded
 * sessions, and the gaps between them. Pixels; knows no DOM.
 */
import type { Touchpoint } from "../records.ts";

export interface Mark {
	/** The touchpoint's id, or the session's. */
	id: string;
	/** One contact; several: a folded session. Never empty. */
	touchpoints: Touchpoint[];
	lane: number;
	x: number;
	/** Grows with engaged time. */
	width: number;
	isConversion: boolean;
}

export interface Gap {
	/** Middle of the gap. */
	x: number;
	ms: number;
}

export interface Tick {
	x: number;
	/** ms since the epoch. */
	t: number;
}

export interface Layout {
	lanes: Lane[];
	marks: Mark[];
	/** Even spacing only: what the drawing leaves out. */
	gaps: Gap[];
	/** To scale only. */
	ticks: Tick[];
	width: number;
	height: number;
}

export interface Lane {
	channel: string;
	/** Hash of the device that the channel was used on; empty: on none that is known. */
	device: string;
	/** `mobile`, `desktop`… of the first contact there that says. */
	deviceFamily: string;
}

export interface LayoutOptions {
	/** `even`: one contact after the other; `scale`: by time. */
	spacing: "even" | "scale";
	/** Sessions as one mark each. */
	isFolded: boolean;
	/** Room that there is, which the drawing may pass. */
	width: number;
}

export const LANE_HEIGHT = 44;
export const LABEL_WIDTH = 148;
export const AXIS_HEIGHT = 30;
const MARK_MIN = 14;
const MARK_MAX = 96;
/** Pixels for a minute of engaged time. */
const PIXELS_A_MINUTE = 16;
const SPACE = 12;
/** Further apart than this, even spacing says how long nothing happened. */
const GAP_MS_MIN = 3600_000;
const GAP_SPACE = 64;
const TICKS = 6;

/** @param touchpoints ascending by time; empty: no lanes and no marks */
export function layOut(touchpoints: readonly Touchpoint[], options: LayoutOptions): Layout {
	const lanes = findLanes(touchpoints);
	const groups = options.isFolded ? foldSessions(touchpoints) : touchpoints.map((one) => [one]);
	const marks: Mark[] = [];
	const gaps: Gap[] = [];
	const first = timeOf(touchpoints[0]);
	const span = Math.max(1, timeOf(touchpoints.at(-1)) - first);
	const room = Math.max(options.width - LABEL_WIDTH - MARK_MAX - SPACE, 360);
	let x = LABEL_WIDTH + SPACE;
	let endOfLast = first;
	for (const group of groups) {
		const [start] = group;
		if (start === undefined) continue;
		const t = timeOf(start);
		const width = widthOf(group);
		const isGap = t - endOfLast >= GAP_MS_MIN && marks.length > 0;
		if (options.spacing === "scale") {
			x = LABEL_WIDTH + SPACE + ((t - first) / span) * room;
		} else if (isGap) {
			gaps.push({ x: x + GAP_SPACE / 2 - SPACE / 2, ms: t - endOfLast });
			x += GAP_SPACE;
		}
		marks.push({
			id: group.length > 1 ? (start.sessionId ?? start.id) : start.id,
			touchpoints: group,
			lane: lanes.findIndex((lane) => isOnLane(start, lane)),
			x,
			width,
			isConversion: group.some(({ conversion }) => conversion !== undefined),
		});
		endOfLast = Math.max(endOfLast, timeOf(group.at(-1)));
		if (options.spacing === "even") x += width + SPACE;
	}
	const end = options.spacing === "scale" ? LABEL_WIDTH + SPACE + room + MARK_MAX : x;
	const ticks =
		options.spacing === "even" || touchpoints.length === 0
			? []
			: Array.from({ length: TICKS }, (_, index) => ({
					x: LABEL_WIDTH + SPACE + (index / (TICKS - 1)) * room,
					t: first + (index / (TICKS - 1)) * span,
				}));
	return { lanes, marks, gaps, ticks, width: end + SPACE, height: lanes.length * LANE_HEIGHT + AXIS_HEIGHT };
}

/** Devices first, then channels, each in order of first contact. */
function findLanes(touchpoints: readonly Touchpoint[]): Lane[] {
	const lanes: Lane[] = [];
	for (const one of touchpoints) {
		const lane = lanes.find((known) => isOnLane(one, known));
		if (lane === undefined) lanes.push(laneOf(one));
		else lane.deviceFamily ||= one.deviceFamily ?? "";
	}
	return [...lanes.filter(({ device }) => device !== ""), ...lanes.filter(({ device }) => device === "")];
}

function laneOf({ channel, device = "", deviceFamily = "" }: Touchpoint): Lane {
	return { channel, device, deviceFamily };
}

function isOnLane(one: Touchpoint, lane: Lane): boolean {
	return one.channel === lane.channel && (one.device ?? "") === lane.device;
}

/** A session stands where its first contact does; what is in none stands alone. */
export function foldSessions(touchpoints: readonly Touchpoint[]): Touchpoint[][] {
	const groups: Touchpoint[][] = [];
	const bySession = new Map<string, Touchpoint[]>();
	for (const one of touchpoints) {
		const group = one.sessionId === undefined ? undefined : bySession.get(one.sessionId);
		if (group !== undefined) {
			group.push(one);
			continue;
		}
		const fresh = [one];
		groups.push(fresh);
		if (one.sessionId !== undefined) bySession.set(one.sessionId, fresh);
	}
	return groups;
}

export function engagedOf(touchpoints: readonly Touchpoint[]): number {
	return touchpoints.reduce((sum, one) => sum + (one.engagedMs ?? 0), 0);
}

function widthOf(group: readonly Touchpoint[]): number {
	const minutes = engagedOf(group) / 60_000;
	return Math.min(MARK_MAX, Math.round(MARK_MIN + minutes * PIXELS_A_MINUTE));
}

function timeOf(touchpoint: Touchpoint | undefined): number {
	return touchpoint === undefined ? 0 : Date.parse(touchpoint.timestamp);
}
