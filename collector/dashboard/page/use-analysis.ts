/** The answers of `/v1/analyses/…`: loaded by name, parameters and time range, with those of the period before. */
import { requestSlowly, withQuery } from "./api.ts";
import { inTurn } from "./in-turn.ts";
import { useRange } from "./parts/use-range.ts";
import { useAddress } from "./state/address.ts";
import { isCompared, periodBefore, type Range } from "./state/range.ts";
import { type Load, useLoad } from "./use-load.ts";

export type Params = Readonly<Record<string, string | number | undefined>>;

/** @param range null: waits */
export function useAnalysis<Answer extends object>(name: string, params: Params, range: Range | null): Load<Answer> {
	const path =
		range === null
			? null
			: withQuery(`/v1/analyses/${name}`, { ...params, from: range.from, to: range.to, progress: 1 });
	return useLoad(path, (signal, tell) => inTurn(signal, () => requestSlowly<Answer>(path ?? "", signal, tell)));
}

export interface Compared<Answer> {
	load: Load<Answer>;
	/** Of the period before; null while it is not there, or not asked for. */
	before: Answer | null;
}

/** Of the chosen range. The period before is asked for afterwards, so that it holds up nothing. */
export function useCompared<Answer extends object>(name: string, params: Params): Compared<Answer> {
	const range = useRange();
	const address = useAddress();
	const load = useAnalysis<Answer>(name, params, range);
	const isWanted = load.state === "done" && isCompared(address.params);
	const before = useAnalysis<Answer>(name, params, isWanted ? periodBefore(range) : null);
	return { load, before: before.state === "done" ? before.value : null };
}

export interface Interval {
	low: number;
	high: number;
}

export interface CrossTabRow {
	label: string;
	count: number;
	measure: number;
	cells: { count: number; measure: number }[];
}

/** Counts by two labels. */
export interface CrossTab {
	columns: string[];
	rows: CrossTabRow[];
	columnTotals: { count: number; measure: number }[];
	total: { count: number; measure: number };
}

/** Rows by period, also of the periods in which nothing happened, which an answer leaves out. */
export function fillPeriods({ rows, columns }: CrossTab, periods: readonly string[]): CrossTabRow[] {
	const known = new Map(rows.map((row) => [row.label, row]));
	const nothing = columns.map(() => ({ count: 0, measure: 0 }));
	return periods.map((label) => known.get(label) ?? { label, count: 0, measure: 0, cells: nothing });
}
