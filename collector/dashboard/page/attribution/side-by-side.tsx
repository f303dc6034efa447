import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Spread } from "../parts/spread.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { useWords } from "../words/index.ts";
import type { Comparison, ComparisonRow, FindInterval, Measure } from "./comparison.ts";

interface SideBySideProps {
	now: Comparison;
	before: Comparison | null;
	intervalOf: FindInterval;
	measure: Measure;
	/** The one that is shown by itself below. */
	chosen: string;
	/** Writes a credit. */
	show: (value: number) => string;
}

/** Every model's credits, and how far they are apart. */
export function SideBySide({ now, before, intervalOf, measure, chosen, show }: SideBySideProps) {
	const words = useWords();
	const format = useFormat();
	const { models, rows, totals } = now;
	const nameOf = (model: string) => words.attribution.models[model] ?? model;
	const mean = (row: ComparisonRow) =>
		models.reduce((sum, model) => sum + (row[measure][model] ?? 0), 0) / Math.max(1, models.length);
	const earlier = new Map(before?.rows.map((row) => [row.channel, mean(row)]));
	const beforeColumns = useBeforeColumns<ComparisonRow>(
		mean,
		before && (({ channel }) => earlier.get(channel) ?? 0),
		show,
	);
	const withInterval = (row: ComparisonRow, model: string) => {
		const interval = intervalOf(row.channel, model);
		const credit = show(row[measure][model] ?? 0);
		return interval === undefined || interval.low === interval.high
			? credit
			: `${credit} (${show(interval.low)}–${show(interval.high)})`;
	};
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
					value: (row: ComparisonRow) => row[measure][model] ?? 0,
					show: (row: ComparisonRow) => withInterval(row, model),
				})),
				{
					label: words.attribution.spread,
					isNumber: true,
					value: (row) => (measure === "value" ? row.valueSpread : row.spread),
					show: (row) => show(measure === "value" ? row.valueSpread : row.spread),
				},
				...(before === null
					? []
					: [
							{
								label: words.attribution.mean,
								isNumber: true,
								value: mean,
								show: (row: ComparisonRow) => show(mean(row)),
							},
						]),
				...beforeColumns,
			]}
		>
			<Spread
				title={words.attribution.title}
				rows={rows.map((row) => ({
					label: row.channel,
					points: models.map((model) => ({
						text: `${format.name(row.channel)}, ${nameOf(model)}: ${withInterval(row, model)}`,
						name: model,
						value: row[measure][model] ?? 0,
						isChosen: model === chosen,
					})),
					interval: intervalOf(row.channel, chosen),
				}))}
				show={show}
			/>
			<p class="note">{words.attribution.dots(nameOf(chosen))}</p>
		</Figure>
	);
}
