/**
 * Touchpoints as analyses read them: a few columns, texts coded by a dictionary, so that a scan over a
 * shard reads little and parses fast. JSON-able; packing is the store's.
 */
import type { Stage, Touchpoint } from "../model.ts";

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
}

const FLAGS = { effective: 1, direct: 2, bot: 4, online: 8 } as const;

/** One step; absent fields are unknown. */
export interface PathStep {
	/** Ms since the epoch. */
	t: number;
	channel: string;
	traffic?: string;
	source?: string;
	medium?: string;
	campaign?: string;
	type: string;
	stage?: Stage;
	conversion?: string;
	effective: boolean;
	direct: boolean;
	bot: boolean;
	online: boolean;
	value?: { amount: number; currency: string };
	engagedMs?: number;
}

/** @param touchpoints in any order, which is kept; empty: empty columns */
export function pathOf(touchpoints: readonly Touchpoint[]): PackedPath {
	const codes = new Map<string, number>();
	const code = (text: string | undefined): number => {
		if (text === undefined) return 0;
		const known = codes.get(text) ?? codes.size + 1;
		codes.set(text, known);
		return known;
	};
	const column = (read: (touchpoint: Touchpoint) => string | undefined) => touchpoints.map((one) => code(read(one)));
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
		engagedMs: touchpoints.map((one) => one.engagedMs ?? -1),
	};
	return { texts: [...codes.keys()], ...columns };
}

/** @returns the steps in the order in which they were packed */
export function readPath(path: PackedPath): PathStep[] {
	const text = (codes: Codes, index: number): string | undefined => {
		const code = codes[index] ?? 0;
		return code === 0 ? undefined : path.texts[code - 1];
	};
	let t = 0;
	return path.t.map((delta, index) => {
		t += delta;
		const flags = path.flags[index] ?? 0;
		const step: PathStep = {
			t,
			channel: text(path.channel, index) ?? "other",
			type: text(path.type, index) ?? "event_tracked",
			effective: (flags & FLAGS.effective) !== 0,
			direct: (flags & FLAGS.direct) !== 0,
			bot: (flags & FLAGS.bot) !== 0,
			online: (flags & FLAGS.online) !== 0,
		};
		for (const name of ["traffic", "source", "medium", "campaign", "conversion"] as const) {
			const value = text(path[name], index);
			if (value !== undefined) step[name] = value;
		}
		const stage = text(path.stage, index);
		if (stage !== undefined) step.stage = stage as Stage;
		const currency = text(path.currency, index);
		if (currency !== undefined) step.value = { amount: path.value[index] ?? 0, currency };
		const engagedMs = path.engagedMs[index] ?? -1;
		if (engagedMs >= 0) step.engagedMs = engagedMs;
		return step;
	});
}

function flagsOf(touchpoint: Touchpoint): number {
	return (
		(touchpoint.effective ? FLAGS.effective : 0) +
		(touchpoint.direct === true ? FLAGS.direct : 0) +
		(touchpoint.bot === true ? FLAGS.bot : 0) +
		(touchpoint.online ? FLAGS.online : 0)
	);
}
