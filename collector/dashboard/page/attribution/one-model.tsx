import type { ComponentChildren } from "preact";
import { useFormat } from "../format.ts";
import { Bars } from "../parts/bars.tsx";
import { Figure } from "../parts/figure.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { useWords } from "../words/index.ts";
import type { Comparison, ComparisonRow, FindInterval, Measure } from "./comparison.ts";

interface OneModelProps {
	now: Comparison;
	before: Comparison | null;
	intervalOf: FindInterval;
	model: string;
	measure: Measure;
	show: (value: number) => string;
	/** The choice of the model, and how far its intervals are. */
	tools: ComponentChildren;
}

/** One model's credits with intervals, the largest first, beside those of the period before. */
export function OneModel({ now, before, intervalOf, model, measure, show, tools }: OneModelProps) {
	const words = useWords();
	const format = useFormat();
	const total = now.totals[measure];
	const creditOf = (row: ComparisonRow) => row[measure][model] ?? 0;
	const rows = [...now.rows].sort((a, b) => creditOf(b) - creditOf(a) || (a.channel < b.channel ? -1 : 1));
	const earlier = new Map(before?.rows.map((row) => [row.channel, creditOf(row)]));
	const beforeColumns = useBeforeColumns<ComparisonRow>(
		creditOf,
		before && (({ channel }) => earlier.get(channel) ?? 0),
		show,
	);
	const bound = (end: "low" | "high") => ({
		isNumber: true,
		value: ({ channel }: ComparisonRow) => intervalOf(channel, model)?.[end] ?? null,
		show: ({ channel }: ComparisonRow) => {
			const interval = intervalOf(channel, model);
			return interval === undefined ? "…" : show(interval[end]);
		},
	});
	return (
		<Figure
			title={words.attribution.oneModel(words.attribution.models[model] ?? model)}
			says={words.attribution.oneModelSays}
			file={`attribution-${model}`}
			empty={words.attribution.empty}
			rows={now.totals.conversions > 0 ? rows : []}
			headline={<Trend label={words.attribution[measure]} now={total} before={before?.totals[measure]} show={show} />}
			tools={tools}
			columns={[
				{
					label: words.attribution.by,
					value: ({ channel }) => channel,
					show: ({ channel }) => format.name(channel),
				},
				{
					label: words.attribution[measure],
					isNumber: true,
					value: creditOf,
					show: (row) => show(creditOf(row)),
				},
				{ label: words.attribution.intervalFrom, ...bound("low") },
				{ label: words.attribution.intervalTo, ...bound("high") },
				{
					label: words.common.share,
					isNumber: true,
					value: (row) => creditOf(row) / Math.max(1, total),
					show: (row) => format.percent(creditOf(row) / Math.max(1, total)),
				},
				...beforeColumns,
			]}
		>
			<Bars
				title={words.attribution[measure]}
				bars={rows.map((row) => ({
					label: row.channel,
					value: creditOf(row),
					interval: intervalOf(row.channel, model),
					before: before === null ? undefined : (earlier.get(row.channel) ?? 0),
				}))}
				show={show}
			/>
		</Figure>
	);
}
