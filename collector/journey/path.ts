/**
 * Touchpoints as analyses read them: a few columns, texts coded by a dictionary, so that a scan over a
 * shard reads little and parses fast. Packing is the store's.
 */
import type { Automation, Direction, Stage, Touchpoint } from "../model.ts";

/** Codes of a text column point into `texts`; 0 stands for absent, so text `i` has code `i + 1`. */
type Codes = number[];

/** All columns are as long as `t`. */
export interface PackedPath {
	texts: string[];
	/** The first is ms since the epoch, the rest ms since the one before. */
	t: number[];
	channel: Codes;
	traffic: Codes;
	source: Codes;
	medium: Codes;
	campaign: Codes;
	type: Codes;
	stage: Codes;
	conversion: Codes;
	/** Sum of {@link FLAGS}. */
	flags: number[];
	/** Integer minor units; 0 beside currency code 0 where there is no value. */
	value: number[];
	currency: Codes;
	/** -1: unknown. */
	engagedMs: number[];
	/** 0 to 1; -1: unknown. */
	scrollDepth: number[];
	/** Pathname of the page, where flags say that there is one. */
	page: Codes;
	/** Codes point into {@link sessions} as others do into `texts`. */
	session: Codes;
	deviceFamily: Codes;
	direction: Codes;
	automation: Codes;
	/** Ids, in the order in which they first occur. */
	sessions: string[];
}

const FLAGS = { effective: 1, direct: 2, bot: 4, online: 8, page: 16 } as const;
const UNKNOWN = -1;

/** @param touchpoints in any order, which is kept; empty: empty columns */
export function pathOf(touchpoints: readonly Touchpoint[]): PackedPath {
	const texts = createCodes();
	const sessions = createCodes();
	const column = (read: (touchpoint: Touchpoint) => string | undefined) =>
		touchpoints.map((one) => texts.code(read(one)));
	const columns = {
		t: touchpoints.map((one, index) => one.timestamp - (touchpoints[index - 1]?.timestamp ?? 0)),
		channel: column((one) => one.channel),
		traffic: column((one) => one.traffic),
		source: column((one) => one.source),
		medium: column((one) => one.medium),
		campaign: column((one) => one.campaign),
		type: column((one) => one.type),
		stage: column((one) => one.stage),
		conversion: column((one) => one.conversion),
		flags: touchpoints.map(flagsOf),
		value: touchpoints.map((one) => one.value?.amount ?? 0),
		currency: column((one) => one.value?.currency),
		engagedMs: touchpoints.map((one) => one.engagedMs ?? UNKNOWN),
		scrollDepth: touchpoints.map((one) => one.scrollDepth ?? UNKNOWN),
		page: column((one) => one.page?.path),
		session: touchpoints.map((one) => sessions.code(one.sessionId)),
		deviceFamily: column((one) => one.deviceFamily),
		direction: column((one) => one.direction),
		automation: column((one) => one.automation),
	};
	return { texts: texts.list(), ...columns, sessions: sessions.list() };
}

function createCodes() {
	const codes = new Map<string, number>();
	return {
		code(text: string | undefined): number {
			if (text === undefined) return 0;
			const known = codes.get(text);
			if (known !== undefined) return known;
			codes.set(text, codes.size + 1);
			return codes.size;
		},
		list: () => [...codes.keys()],
	};
}

/**
 * Only the fields that the columns hold are there: what asks for others reads the details. A `sessionId` here tells
 * sessions apart and is not their id.
 *
 * @param sessionsBefore how many sessions the profile's paths before this one have
 * @returns in the order in which they were packed
 */
export function readPath(profileId: string, path: Omit<PackedPath, "sessions">, sessionsBefore: number): Touchpoint[] {
	const { texts } = path;
	const text = (codes: Codes, index: number): string | undefined => {
		const code = codes[index] as number;
		// A place below the first is no element but a property, whose look-up takes ten times as long.
		return code === 0 ? undefined : texts[code - 1];
	};
	let t = 0;
	return path.t.map((delta, index) => {
		t += delta;
		const flags = path.flags[index] as number;
		const currency = text(path.currency, index);
		const engagedMs = path.engagedMs[index] as number;
		const scrollDepth = path.scrollDepth[index] as number;
		// One shape for all, so that what counts them need not tell shapes apart.
		return {
			profileId,
			timestamp: t,
			channel: text(path.channel, index) ?? "other",
			type: text(path.type, index) ?? "event_tracked",
			direction: text(path.direction, index) as Direction,
			automation: text(path.automation, index) as Automation,
			traffic: text(path.traffic, index),
			source: text(path.source, index),
			medium: text(path.medium, index),
			campaign: text(path.campaign, index),
			stage: text(path.stage, index) as Stage | undefined,
			conversion: text(path.conversion, index),
			effective: (flags & FLAGS.effective) !== 0,
			direct: (flags & FLAGS.direct) !== 0,
			bot: (flags & FLAGS.bot) !== 0,
			online: (flags & FLAGS.online) !== 0,
			value: currency === undefined ? undefined : { amount: path.value[index] as number, currency },
			engagedMs: engagedMs < 0 ? undefined : engagedMs,
			scrollDepth: scrollDepth < 0 ? undefined : scrollDepth,
			page: (flags & FLAGS.page) === 0 ? undefined : { path: text(path.page, index) },
			sessionId: sessionName(path.session[index] as number, sessionsBefore),
			deviceFamily: text(path.deviceFamily, index),
		} as Touchpoint;
	});
}

/** The same of a touchpoint, with the id of its session. */
export function lightenTouchpoint(touchpoint: Touchpoint): Touchpoint {
	const [light] = readPath(touchpoint.profileId, pathOf([touchpoint]), 0);
	return Object.assign(light as Touchpoint, { sessionId: touchpoint.sessionId });
}

const sessionNames: string[] = [];

/** Made once for all: to write a number costs as much as to read a touch. */
function sessionName(code: number, before: number): string | undefined {
	if (code === 0) return undefined;
	const number = before + code;
	while (sessionNames.length <= number) sessionNames.push(String(sessionNames.length));
	return sessionNames[number];
}

/** By a step's flags. */
export function isRobot(flags: number | undefined): boolean {
	return flags !== undefined && (flags & FLAGS.bot) !== 0;
}

function flagsOf(touchpoint: Touchpoint): number {
	return (
		(touchpoint.effective ? FLAGS.effective : 0) +
		(touchpoint.direct === true ? FLAGS.direct : 0) +
		(touchpoint.bot === true ? FLAGS.bot : 0) +
		(touchpoint.online ? FLAGS.online : 0) +
		(touchpoint.page === undefined ? 0 : FLAGS.page)
	);
}
