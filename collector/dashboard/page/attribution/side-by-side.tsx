import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Spread } from "../parts/spread.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";
import type { Measure, PathParams } from "./options.ts";

interface Comparison {
	models: string[];
	totals: { conversions: number; value: number };
	currency: string | null;
	rows: {
		channel: string;
		conversions: Record<string, number>;
		value: Record<string, number>;
		spread: number;
		valueSpread: number;
	}[];
}

type Row = Comparison["rows"][number];

/** Every model's credits, and how far they are apart. */
export function SideBySide({ common, measure }: { common: PathParams; measure: Measure }) {
	const { load, before } = useCompared<Comparison>("attribution", { ...common, model: "all" });
	return <Loaded load={load}>{(now) => <Compared now={now} before={before} measure={measure} />}</Loaded>;
}

function Compared({ now, before, measure }: { now: Comparison; before: Comparison | null; measure: Measure }) {
	const words = useWords();
	const format = useFormat();
	const { models, rows, totals, currency } = now;
	const show = (value: number) =>
		measure === "value" && currency !== null
			? format.money({ amount: Math.round(value), currency })
			: format.decimal(value);
	const nameOf = (model: string) => words.attribution.models[model] ?? model;
	const mean = (row: Row) =>
		models.reduce((sum, model) => sum + (row[measure][model] ?? 0), 0) / Math.max(1, models.length);
	const earlier = new Map(before?.rows.map((row) => [row.channel, mean(row)]));
	const beforeColumns = useBeforeColumns<Row>(mean, before && (({ channel }) => earlier.get(channel) ?? 0), show);
	return (
		<Figure
			title={words.attribution.title}
			says={words.attribution.says}
			file="attribution"
			empty={words.attribution.empty}
			rows={totals.conversions > 0 ? rows : []}
			headline={
				<Trend label={words.attribution[measure]} now={totals[measure]} before={before?.totals[measure]} show={show} />
			}
			columns={[
				{
					label: words.attribution.by,
					value: ({ channel }) => channel,
					show: ({ channel }) => format.name(channel),
				},
				...models.map((model) => ({
					label: nameOf(model),
					isNumber: true,
					value: (row: Row) => row[measure][model] ?? 0,
					show: (row: Row) => show(row[measure][model] ?? 0),
				})),
				{
					label: words.attribution.spread,
					isNumber: true,
					value: (row) => (measure === "value" ? row.valueSpread : row.spread),
					show: (row) => show(measure === "value" ? row.valueSpread : row.spread),
				},
				...(before === null
					? []
					: [{ label: words.attribution.mean, isNumber: true, value: mean, show: (row: Row) => show(mean(row)) }]),
				...beforeColumns,
			]}
		>
			<Spread
				title={words.attribution.title}
				rows={rows.map((row) => ({
					label: row.channel,
					points: models.map((model) => ({ name: nameOf(model), value: row[measure][model] ?? 0 })),
				}))}
				show={show}
			/>
			<p class="note">{words.attribution.dots}</p>
		</Figure>
	);
}
