import type { ComponentChildren } from "preact";
import { useFormat } from "../format.ts";
import { Bars } from "../parts/bars.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useRange } from "../parts/use-range.ts";
import { periodBefore } from "../state/range.ts";
import { type Interval, useAnalysis } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";
import type { Measure, PathParams } from "./options.ts";

/** Resamples behind the intervals. */
const BOOTSTRAP = 200;

interface Credits {
	model: string;
	totals: { conversions: number; value: number };
	currency: string | null;
	rows: {
		channel: string;
		conversions: number;
		value: number;
		share: number;
		conversionsInterval?: Interval;
		valueInterval?: Interval;
	}[];
}

/** One model's credits with intervals, beside those of the period before. */
export function OneModel(props: { common: PathParams; model: string; measure: Measure; choice: ComponentChildren }) {
	const { common, model, measure, choice } = props;
	const words = useWords();
	const format = useFormat();
	const range = useRange();
	const load = useAnalysis<Credits>("attribution", { ...common, model, bootstrap: BOOTSTRAP }, range);
	const before = useAnalysis<Credits>("attribution", { ...common, model }, periodBefore(range));
	const earlier = new Map(before.state === "done" ? before.value.rows.map((row) => [row.channel, row]) : []);
	return (
		<Loaded load={load}>
			{({ rows, totals, currency }) => {
				const show = (value: number) =>
					measure === "value" && currency !== null
						? format.money({ amount: Math.round(value), currency })
						: format.decimal(value);
				const intervalOf = (row: Credits["rows"][number]) =>
					measure === "value" ? row.valueInterval : row.conversionsInterval;
				return (
					<Figure
						title={words.attribution.oneModel(words.attribution.models[model] ?? model)}
						says={words.attribution.oneModelSays}
						file={`attribution-${model}`}
						empty={words.attribution.empty}
						rows={totals.conversions > 0 ? rows : []}
						columns={[
							{
								label: words.attribution.by,
								value: ({ channel }) => channel,
								show: ({ channel }) => format.name(channel),
							},
							{
								label: words.attribution[measure],
								isNumber: true,
								value: (row) => row[measure],
								show: (row) => show(row[measure]),
							},
							{
								label: words.attribution.interval,
								isNumber: true,
								value: (row) => {
									const interval = intervalOf(row);
									return interval === undefined ? null : `${interval.low} – ${interval.high}`;
								},
								show: (row) => {
									const interval = intervalOf(row);
									return interval === undefined ? "" : `${show(interval.low)} – ${show(interval.high)}`;
								},
							},
							{
								label: words.common.share,
								isNumber: true,
								value: ({ share }) => share,
								show: ({ share }) => format.percent(share),
							},
							{
								label: words.common.before,
								isNumber: true,
								value: ({ channel }) => earlier.get(channel)?.[measure] ?? 0,
								show: ({ channel }) => show(earlier.get(channel)?.[measure] ?? 0),
							},
						]}
					>
						<div class="row">{choice}</div>
						<Bars
							title={words.attribution[measure]}
							bars={rows.map((row) => {
								const interval = intervalOf(row);
								return { label: row.channel, value: row[measure], ...(interval === undefined ? {} : { interval }) };
							})}
							show={show}
						/>
					</Figure>
				);
			}}
		</Loaded>
	);
}
