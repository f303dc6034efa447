/** The analysis `attribution` with `model=all`, and what the figures of the view share. */
import type { Interval } from "../use-analysis.ts";

/** Label, look-back and path, as parameters of the contract. */
export type PathParams = Record<string, string | undefined>;

export type Measure = "conversions" | "value";

export interface Comparison {
	models: string[];
	totals: { conversions: number; value: number };
	currency: string | null;
	rows: ComparisonRow[];
}

export interface ComparisonRow {
	channel: string;
	/** By model. */
	conversions: Record<string, number>;
	value: Record<string, number>;
	spread: number;
	valueSpread: number;
	/** By model; only where resamples were asked for. */
	conversionsInterval?: Record<string, Interval>;
	valueInterval?: Record<string, Interval>;
}

/** Interval of a channel's credit by a model; undefined while it is not known. */
export type FindInterval = (channel: string, model: string) => Interval | undefined;

/** @param resampled null: not there yet */
export function findIntervals(resampled: Comparison | null, measure: Measure): FindInterval {
	const field = measure === "value" ? "valueInterval" : "conversionsInterval";
	const byChannel = new Map(resampled?.rows.map((row) => [row.channel, row[field]]));
	return (channel, model) => byChannel.get(channel)?.[model];
}
