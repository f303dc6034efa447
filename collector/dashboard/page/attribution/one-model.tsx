import type { ComponentChildren } from "preact";
import { useFormat } from "../format.ts";
import { Bars } from "../parts/bars.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { type Interval, useCompared } from "../use-analysis.ts";
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

type Row = Credits["rows"][number];

interface OneModelProps {
	common: PathParams;
	model: string;
	measure: Measure;
	choice: ComponentChildren;
}

/** One model's credits with intervals, beside those of the period before. */
export function OneModel(props: OneModelProps) {
	const { common, model } = props;
	const { load, before } = useCompared<Credits>("attribution", { ...common, model, bootstrap: BOOTSTRAP });
	return <Loaded load={load}>{(now) => <ModelFigure {...props} now={now} before={before} />}</Loaded>;
}

function ModelFigure({
	model,
	measure,
	choice,
	now,
	before,
}: OneModelProps & { now: Credits; before: Credits | null }) {
	const words = useWords();
	const format = useFormat();
	const { rows, totals, currency } = now;
	const show = (value: number) =>
		measure === "value" && currency !== null
			? format.money({ amount: Math.round(value), currency })
			: format.decimal(value);
	const intervalOf = (row: Row) => (measure === "value" ? row.valueInterval : row.conversionsInterval);
	const earlier = new Map(before?.rows.map((row) => [row.channel, row[measure]]));
	const beforeColumns = useBeforeColumns<Row>(
		(row) => row[measure],
		before && (({ channel }) => earlier.get(channel) ?? 0),
		show,
	);
	return (
		<Figure
			title={words.attribution.oneModel(words.attribution.models[model] ?? model)}
			says={words.attribution.oneModelSays}
			file={`attribution-${model}`}
			empty={words.attribution.empty}
			rows={totals.conversions > 0 ? rows : []}
			headline={
				<Trend label={words.attribution[measure]} now={totals[measure]} before={before?.totals[measure]} show={show} />
			}
			tools={<div class="row filters">{choice}</div>}
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
				...beforeColumns,
			]}
		>
			<Bars
				title={words.attribution[measure]}
				bars={rows.map((row) => {
					const interval = intervalOf(row);
					return {
						label: row.channel,
						value: row[measure],
						...(interval === undefined ? {} : { interval }),
						...(before === null ? {} : { before: earlier.get(row.channel) ?? 0 }),
					};
				})}
				show={show}
			/>
		</Figure>
	);
}
