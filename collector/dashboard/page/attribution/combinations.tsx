import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useRange } from "../parts/use-range.ts";
import { changeParams, useAddress } from "../state/address.ts";
import { type Interval, useAnalysis } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";
import type { PathParams } from "./options.ts";

interface Pairs {
	rows: {
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
	}[];
}

const PAIRS_MAX = 200;

/** Whether pairs of channels do better than one of them alone. */
export function Combinations({ common }: { common: PathParams }) {
	const words = useWords();
	const format = useFormat();
	const load = useAnalysis<Pairs>("combinations", { ...common, limit: PAIRS_MAX }, useRange());
	const { params } = useAddress();
	const w = words.attribution;
	const showAll = params.pairs === "all";
	return (
		<Loaded load={load}>
			{({ rows }) => (
				<Figure
					title={w.combinations}
					says={w.combinationsSays}
					file="combinations"
					empty={w.combinationsEmpty}
					tools={
						<label class="inline">
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
							show: ({ verdict }) => w.verdicts[verdict] ?? verdict,
						},
					]}
				/>
			)}
		</Loaded>
	);
}
