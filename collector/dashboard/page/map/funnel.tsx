import { useFormat } from "../format.ts";
import { Bars } from "../parts/bars.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { changeParams, useAddress } from "../state/address.ts";
import { type Interval, useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

interface Step {
	stage: string;
	journeys: number;
	stepRate: number;
	stepInterval: Interval;
	totalRate: number;
	meanDurationMs: number | null;
}

/** The way to an order of a shop that names its events as Segment's spec does. */
const STEPS_USUAL = "product_viewed,product_added,checkout_started,order_paid";

/** A funnel whose steps the reader chooses among the kinds of contact that there are, once they are known. */
export function Funnel({ types }: { types: readonly string[] }) {
	const { params } = useAddress();
	const stages = params.steps || STEPS_USUAL;
	const { load, before } = useCompared<{ rows: Step[] }>("funnel", { by: "type", stages, order: "ordered" });
	return (
		<Loaded load={load}>
			{({ rows }) => <FunnelFigure rows={rows} before={before?.rows ?? null} stages={stages} types={types} />}
		</Loaded>
	);
}

interface FunnelFigureProps {
	rows: Step[];
	before: Step[] | null;
	stages: string;
	types: readonly string[];
}

function FunnelFigure({ rows, before, stages, types }: FunnelFigureProps) {
	const words = useWords();
	const format = useFormat();
	const earlier = new Map(before?.map(({ stage, journeys }) => [stage, journeys]));
	const beforeColumns = useBeforeColumns<Step>(
		({ journeys }) => journeys,
		before && (({ stage }) => earlier.get(stage) ?? 0),
	);
	const [last, lastBefore] = [rows.at(-1), before?.at(-1)];
	const lowest = Math.min(...rows.slice(1).map(({ stepRate }) => stepRate));
	const noteOf = (index: number): string => {
		const step = rows[index];
		if (index === 0 || step === undefined) return "";
		const share = format.percent(step.stepRate);
		return step.stepRate === lowest ? words.map.mostLeave(share) : words.map.ofBefore(share);
	};
	return (
		<Figure
			title={words.map.funnel}
			says={words.map.funnelSays}
			file="funnel"
			empty={words.map.funnelEmpty}
			rows={rows.some(({ journeys }) => journeys > 0) ? rows : []}
			headline={
				last && (
					<Trend
						label={words.map.through}
						now={last.totalRate}
						before={lastBefore?.totalRate ?? null}
						show={format.percent}
					/>
				)
			}
			tools={<StepChoice stages={stages.split(",")} types={types} />}
			columns={[
				{ label: words.map.step, value: ({ stage }) => stage, show: ({ stage }) => format.name(stage) },
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
				...beforeColumns,
			]}
		>
			<Bars
				title={words.map.funnel}
				bars={rows.map(({ stage, journeys }) => ({ label: stage, value: journeys, before: earlier.get(stage) }))}
				show={format.number}
				note={noteOf}
				isOneHue
			/>
		</Figure>
	);
}

function StepChoice({ stages, types }: { stages: readonly string[]; types: readonly string[] }) {
	const words = useWords();
	const format = useFormat();
	const rest = types.filter((one) => !stages.includes(one));
	const choose = (steps: readonly string[]) => changeParams({ steps: steps.join(",") });
	return (
		<div class="row filters">
			{stages.map((stage) => (
				<button
					key={stage}
					type="button"
					class="chip"
					disabled={stages.length === 1}
					onClick={() => choose(stages.filter((one) => one !== stage))}
				>
					{format.name(stage)} <span aria-hidden="true">✕</span>
					<span class="unseen">{words.map.removeStep}</span>
				</button>
			))}
			<label class="inline">
				<span class="unseen">{words.map.addStep}</span>
				<select value="" onChange={(event) => choose([...stages, event.currentTarget.value])}>
					<option value="">{words.map.addStep}</option>
					{rest.map((type) => (
						<option key={type} value={type}>
							{format.name(type)}
						</option>
					))}
				</select>
			</label>
		</div>
	);
}
