/** Touch types by stage, and how journeys move between stages. */
import { useFormat } from "../format.ts";
import { Funnel } from "../map/funnel.tsx";
import { Grid } from "../map/grid.tsx";
import { STAGES } from "../map/stages.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { StageFlow } from "../parts/stage-flow.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { type CrossTab, useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

interface Move {
	from: string;
	to: string;
	count: number;
	probability: number;
}

const LABELS_MAX = 100;

export default function StageMap() {
	const words = useWords();
	const types = useCompared<CrossTab>("crosstab", { rows: "type", columns: "stage", limit: LABELS_MAX });
	const channels = useCompared<CrossTab>("crosstab", { rows: "channel", columns: "stage", limit: LABELS_MAX });
	return (
		<>
			<Flow />
			<div class="columns">
				<Grid title={words.map.title} file="types-by-stage" label={words.person.fields.type} counts={types} />
				<Grid
					title={words.map.channelStage}
					file="channels-by-stage"
					label={words.person.fields.channel}
					counts={channels}
				/>
			</div>
			<Funnel types={types.load.state === "done" ? types.load.value.rows.map(({ label }) => label) : []} />
		</>
	);
}

function Flow() {
	const { load, before } = useCompared<{ rows: Move[] }>("transitions", { by: "stage", stays: "1" });
	return <Loaded load={load}>{({ rows }) => <FlowFigure rows={rows} before={before?.rows ?? null} />}</Loaded>;
}

function FlowFigure({ rows, before }: { rows: Move[]; before: Move[] | null }) {
	const words = useWords();
	const format = useFormat();
	const earlier = new Map(before?.map((move) => [`${move.from}\n${move.to}`, move.count]));
	const beforeColumns = useBeforeColumns<Move>(
		({ count }) => count,
		before && (({ from, to }) => earlier.get(`${from}\n${to}`) ?? 0),
	);
	const between = (moves: readonly Move[]) =>
		moves.reduce((sum, { from, to, count }) => sum + (isStage(from) && isStage(to) && from !== to ? count : 0), 0);
	return (
		<Figure
			title={words.map.flow}
			says={words.map.flowSays}
			file="stage-transitions"
			empty={words.map.empty}
			rows={rows}
			headline={<Trend label={words.map.moves} now={between(rows)} before={before && between(before)} />}
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
				...beforeColumns,
			]}
		>
			<StageFlow stages={STAGES} transitions={rows} title={words.map.flow} />
		</Figure>
	);
}

function isStage(name: string): boolean {
	return STAGES.some((stage) => stage === name);
}
