/** The answers of `/v1/analyses/…`: loaded by name, parameters and time range. */
import { requestJson, withQuery } from "./api.ts";
import type { Range } from "./state/range.ts";
import { type Load, useLoad } from "./use-load.ts";

export interface Analysis<Row> {
	rows: Row[];
	timeZone: string;
	scanned: { profiles: number; touchpoints: number };
}

export type Params = Readonly<Record<string, string | number | undefined>>;

export function useAnalysis<Answer extends object>(name: string, params: Params, range: Range): Load<Answer> {
	const path = withQuery(`/v1/analyses/${name}`, { ...params, from: range.from, to: range.to });
	return useLoad(path, (signal) => requestJson<Answer>(path, { signal }));
}

export interface Interval {
	low: number;
	high: number;
}

/** Counts by two labels. */
export interface CrossTab {
	columns: string[];
	rows: { label: string; count: number; measure: number; cells: { count: number; measure: number }[] }[];
	columnTotals: { count: number; measure: number }[];
	total: { count: number; measure: number };
}
