/** Touch types by stage, and how journeys move between stages. */
import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { HeatGrid } from "../parts/heat-grid.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { StageFlow } from "../parts/stage-flow.tsx";
import { useRange } from "../parts/use-range.ts";
import { type CrossTab, type Interval, useAnalysis } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

const STAGES = ["awareness", "consideration", "purchase", "service", "loyalty"] as const;
/** Label of what has no stage. */
const NONE = "(not set)";

interface Funnel {
	rows: {
		stage: string;
		journeys: number;
		stepRate: number;
		stepInterval: Interval;
		totalRate: number;
		meanDurationMs: number | null;
	}[];
}

interface Transitions {
	rows: { from: string; to: string; count: number; probability: number }[];
}

export default function StageMap() {
	const range = useRange();
	const words = useWords();
	const types = useAnalysis<CrossTab>("crosstab", { rows: "type", columns: "stage", limit: 40 }, range);
	const channels = useAnalysis<CrossTab>("crosstab", { rows: "channel", columns: "stage", limit: 40 }, range);
	return (
		<>
			<Flow />
			<Grid title={words.map.title} file="types-by-stage" label={words.person.fields.type} load={types} />
			<Grid
				title={words.map.channelStage}
				file="channels-by-stage"
				label={words.person.fields.channel}
				load={channels}
			/>
			<Steps />
		</>
	);
}

function Grid(props: { title: string; file: string; label: string; load: ReturnType<typeof useAnalysis<CrossTab>> }) {
	const words = useWords();
	const format = useFormat();
	return (
		<Loaded load={props.load}>
			{({ rows, columns }) => {
				const stages = columns.includes(NONE) ? [...STAGES, NONE] : STAGES;
				const stageName = (stage: string) => (stage === NONE ? words.map.noStage : format.name(stage));
				const countOf = (row: CrossTab["rows"][number], stage: string) => row.cells[columns.indexOf(stage)]?.count ?? 0;
				return (
					<Figure
						title={props.title}
						says={words.map.says}
						file={props.file}
						empty={words.map.empty}
						rows={rows}
						columns={[
							{ label: props.label, value: ({ label }) => label, show: ({ label }) => format.name(label) },
							...stages.map((stage) => ({
								label: stageName(stage),
								isNumber: true,
								value: (row: CrossTab["rows"][number]) => countOf(row, stage),
							})),
							{ label: words.common.total, isNumber: true, value: ({ count }) => count },
						]}
					>
						<HeatGrid
							caption={props.title}
							columns={stages.map(stageName)}
							rows={rows.map((row) => ({
								label: format.name(row.label),
								counts: stages.map((stage) => countOf(row, stage)),
							}))}
						/>
					</Figure>
				);
			}}
		</Loaded>
	);
}

function Flow() {
	const words = useWords();
	const format = useFormat();
	const load = useAnalysis<Transitions>("transitions", { by: "stage", stays: "0" }, useRange());
	return (
		<Loaded load={load}>
			{({ rows }) => (
				<Figure
					title={words.map.flow}
					says={words.map.flowSays}
					file="stage-transitions"
					empty={words.map.empty}
					rows={rows}
					columns={[
						{ label: words.common.from, value: ({ from }) => from, show: ({ from }) => format.name(from) },
						{ label: words.common.to, value: ({ to }) => to, show: ({ to }) => format.name(to) },
						{ label: words.common.count, isNumber: true, value: ({ count }) => count },
						{
							label: words.common.share,
							isNumber: true,
							value: ({ probability }) => probability,
							show: ({ probability }) => format.percent(probability),
						},
					]}
				>
					<StageFlow stages={STAGES} transitions={rows} title={words.map.flow} />
				</Figure>
			)}
		</Loaded>
	);
}

/** The way to an order, whose dropped stage is where most people leave. */
function Steps() {
	const words = useWords();
	const format = useFormat();
	const stages = "product_viewed,product_added,checkout_started,order_paid";
	const load = useAnalysis<Funnel>("funnel", { by: "type", stages, order: "ordered" }, useRange());
	return (
		<Loaded load={load}>
			{({ rows }) => (
				<Figure
					title={words.map.funnel}
					says={words.map.funnelSays}
					file="funnel"
					empty={words.map.empty}
					rows={rows.some(({ journeys }) => journeys > 0) ? rows : []}
					columns={[
						{ label: words.map.stage, value: ({ stage }) => stage, show: ({ stage }) => format.name(stage) },
						{ label: words.map.journeys, isNumber: true, value: ({ journeys }) => journeys },
						{
							label: words.map.fromBefore,
							isNumber: true,
							value: ({ stepRate }) => stepRate,
							show: ({ stepRate, stepInterval }) =>
								`${format.percent(stepRate)} (${format.percent(stepInterval.low)}–${format.percent(stepInterval.high)})`,
						},
						{
							label: words.map.fromFirst,
							isNumber: true,
							value: ({ totalRate }) => totalRate,
							show: ({ totalRate }) => format.percent(totalRate),
						},
						{
							label: words.map.time,
							isNumber: true,
							value: ({ meanDurationMs }) => meanDurationMs,
							show: ({ meanDurationMs }) => (meanDurationMs === null ? "–" : format.duration(meanDurationMs)),
						},
					]}
				/>
			)}
		</Loaded>
	);
}
