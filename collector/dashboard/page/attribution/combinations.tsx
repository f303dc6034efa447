import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useBeforeColumns } from "../parts/trend.tsx";
import { changeParams, useAddress } from "../state/address.ts";
import { type Interval, useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";
import type { PathParams } from "./comparison.ts";

interface Pair {
	pair: [string, string];
	single: string;
	pairJourneys: number;
	pairRate: number;
	singleJourneys: number;
	singleRate: number;
	oddsRatio: number | null;
	interval: Interval | null;
	q: number | null;
	verdict: string;
}

interface Pairs {
	rows: Pair[];
}

/** More than there are of the channels that are paired. */
const PAIRS_MAX = 2_000;

/** Whether pairs of channels do better than one of them alone. */
export function Combinations({ common }: { common: PathParams }) {
	const words = useWords();
	const format = useFormat();
	const { load, before } = useCompared<Pairs>("combinations", { ...common, limit: PAIRS_MAX });
	const { params } = useAddress();
	const w = words.attribution;
	const showAll = params.pairs === "all";
	const keyOf = ({ pair, single }: Pair) => [...pair, single].join("\n");
	const earlier = new Map(before?.rows.map((row) => [keyOf(row), row.pairRate]));
	const beforeColumns = useBeforeColumns<Pair>(
		({ pairRate }) => pairRate,
		before && ((row) => earlier.get(keyOf(row)) ?? 0),
		format.percent,
	);
	return (
		<Loaded load={load}>
			{({ rows }) => (
				<Figure
					title={w.combinations}
					says={w.combinationsSays}
					file="combinations"
					empty={w.combinationsEmpty}
					tools={
						<label class="inline filters">
							<input
								type="checkbox"
								checked={showAll}
								onChange={(event) => changeParams({ pairs: event.currentTarget.checked ? "all" : "" })}
							/>{" "}
							{w.showAll}
						</label>
					}
					rows={showAll ? rows : rows.filter(({ q }) => q !== null)}
					columns={[
						{
							label: w.pair,
							value: ({ pair }) => pair.join(" + "),
							show: ({ pair }) => pair.map(format.name).join(" + "),
						},
						{ label: w.against, value: ({ single }) => single, show: ({ single }) => format.name(single) },
						{
							label: w.pairRate,
							isNumber: true,
							value: ({ pairRate }) => pairRate,
							show: ({ pairRate, pairJourneys }) => `${format.percent(pairRate)} (${format.number(pairJourneys)})`,
						},
						{
							label: w.singleRate,
							isNumber: true,
							value: ({ singleRate }) => singleRate,
							show: ({ singleRate, singleJourneys }) =>
								`${format.percent(singleRate)} (${format.number(singleJourneys)})`,
						},
						{
							label: w.lift,
							isNumber: true,
							value: ({ pairRate, singleRate }) => (singleRate > 0 ? pairRate / singleRate : null),
							show: ({ pairRate, singleRate }) => (singleRate > 0 ? format.decimal(pairRate / singleRate) : "–"),
						},
						{
							label: w.oddsRatio,
							isNumber: true,
							value: ({ oddsRatio }) => oddsRatio,
							show: ({ oddsRatio, interval }) =>
								oddsRatio === null
									? "–"
									: `${format.decimal(oddsRatio)}${interval === null ? "" : ` (${format.decimal(interval.low)}–${format.decimal(interval.high)})`}`,
						},
						{
							label: w.verdict,
							value: ({ verdict }) => verdict,
							show: ({ verdict }) => (
								<span class={verdict === "better" ? "good" : ""}>{w.verdicts[verdict] ?? verdict}</span>
							),
						},
						...beforeColumns,
					]}
				/>
			)}
		</Loaded>
	);
}
