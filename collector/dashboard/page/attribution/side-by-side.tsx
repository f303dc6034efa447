import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Spread } from "../parts/spread.tsx";
import { useRange } from "../parts/use-range.ts";
import { useAnalysis } from "../use-analysis.ts";
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

/** Every model's credits, and how far they are apart. */
export function SideBySide({ common, measure }: { common: PathParams; measure: Measure }) {
	const words = useWords();
	const format = useFormat();
	const load = useAnalysis<Comparison>("attribution", { ...common, model: "all" }, useRange());
	return (
		<Loaded load={load}>
			{({ models, rows, totals, currency }) => {
				const show = (value: number) =>
					measure === "value" && currency !== null
						? format.money({ amount: Math.round(value), currency })
						: format.decimal(value);
				const nameOf = (model: string) => words.attribution.models[model] ?? model;
				return (
					<Figure
						title={words.attribution.title}
						says={words.attribution.says}
						file="attribution"
						empty={words.attribution.empty}
						rows={totals.conversions > 0 ? rows : []}
						columns={[
							{
								label: words.attribution.by,
								value: ({ channel }) => channel,
								show: ({ channel }) => format.name(channel),
							},
							...models.map((model) => ({
								label: nameOf(model),
								isNumber: true,
								value: (row: Comparison["rows"][number]) => row[measure][model] ?? 0,
								show: (row: Comparison["rows"][number]) => show(row[measure][model] ?? 0),
							})),
							{
								label: words.attribution.spread,
								isNumber: true,
								value: (row) => (measure === "value" ? row.valueSpread : row.spread),
								show: (row) => show(measure === "value" ? row.valueSpread : row.spread),
							},
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
					</Figure>
				);
			}}
		</Loaded>
	);
}
