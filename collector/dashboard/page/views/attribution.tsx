/** Which channels the conversions are credited to, by every model; and whether pairs of channels do better. */
import type { ComponentChildren } from "preact";
import { useFormat } from "../format.ts";
import { Bars } from "../parts/bars.tsx";
import { Choice } from "../parts/choice.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Spread } from "../parts/spread.tsx";
import { useRange } from "../parts/use-range.ts";
import { changeParams, useAddress } from "../state/address.ts";
import { periodBefore } from "../state/range.ts";
import { type Interval, useAnalysis } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

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

interface OneModel {
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

const DIMENSIONS = ["trafficOrChannel", "channel", "source", "sourceMedium", "campaign"];
const LOOK_BACKS = [0, 7, 30, 90];
const TRANSFORMS = ["all", "exposure", "first", "unique", "remove-direct-if-not-all"];
const BOOTSTRAP = 200;
const PAIRS_MAX = 200;

export default function Attribution() {
	const words = useWords();
	const { params } = useAddress();
	const {
		by = "trafficOrChannel",
		lookback = "0",
		transform = "all",
		model = "markov",
		measure = "conversions",
	} = params;
	const w = words.attribution;
	const common = { by, transform, lookback: lookback === "0" ? undefined : lookback };
	const models = Object.keys(w.models).filter((name) => name !== "shapley-rates");
	return (
		<>
			<div class="row filters">
				<Choice
					label={w.by}
					name="by"
					value={by}
					options={DIMENSIONS.map((name) => [name, w.dimensions[name] ?? name])}
				/>
				<Choice
					label={w.lookBack}
					name="lookback"
					value={lookback}
					options={LOOK_BACKS.map((days) => [String(days), w.days(days)])}
				/>
				<Choice
					label={w.transform}
					name="transform"
					value={transform}
					options={TRANSFORMS.map((name) => [name, w.transforms[name] ?? name])}
				/>
				<Choice
					label={w.measure}
					name="measure"
					value={measure}
					options={[
						["conversions", w.conversions],
						["value", w.value],
					]}
				/>
			</div>
			<SideBySide common={common} measure={measure === "value" ? "value" : "conversions"} />
			<Choosing
				common={common}
				model={model}
				measure={measure === "value" ? "value" : "conversions"}
				choice={
					<Choice
						label={w.model}
						name="model"
						value={model}
						options={models.map((name) => [name, w.models[name] ?? name])}
					/>
				}
			/>
			<Combinations common={common} />
		</>
	);
}

type Common = Record<string, string | undefined>;
type Measure = "conversions" | "value";

function SideBySide({ common, measure }: { common: Common; measure: Measure }) {
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

function Choosing(props: { common: Common; model: string; measure: Measure; choice: ComponentChildren }) {
	const { common, model, measure, choice } = props;
	const words = useWords();
	const format = useFormat();
	const range = useRange();
	const load = useAnalysis<OneModel>("attribution", { ...common, model, bootstrap: BOOTSTRAP }, range);
	const before = useAnalysis<OneModel>("attribution", { ...common, model }, periodBefore(range));
	const earlier = new Map(before.state === "done" ? before.value.rows.map((row) => [row.channel, row]) : []);
	return (
		<Loaded load={load}>
			{({ rows, totals, currency }) => {
				const show = (value: number) =>
					measure === "value" && currency !== null
						? format.money({ amount: Math.round(value), currency })
						: format.decimal(value);
				const intervalOf = (row: OneModel["rows"][number]) =>
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

function Combinations({ common }: { common: Common }) {
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
