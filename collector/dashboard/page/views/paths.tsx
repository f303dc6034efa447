/** The commonest sequences of channels, as bands. */
import { useFormat } from "../format.ts";
import { Choice } from "../parts/choice.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { PathBands } from "../paths/path-bands.tsx";
import { linkTo, pathParams, useAddress } from "../state/address.ts";
import { type Interval, useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

export interface PathRow {
	steps: string[];
	journeys: number;
	conversions: number;
	rate: number;
	interval: Interval;
	meanDurationMs: number | null;
}

interface PathAnswer {
	rows: PathRow[];
	distinctPaths: number;
	/** Of all paths, also those beyond the limit. */
	journeys: number;
	conversions: number;
}

const DEPTHS = ["3", "4", "5", "6"];
const PATHS_MAX = 300;
/** More would be a web that nobody can read; the table has them all. */
const DRAWN_MAX = 40;

export default function Paths() {
	const words = useWords();
	const format = useFormat();
	const { params } = useAddress();
	const { depth = "4", with: label = "", sort = "journeys" } = params;
	const query = { transform: "exposure", limit: PATHS_MAX, sort };
	const { load, before } = useCompared<PathAnswer>("paths", query);
	const w = words.paths;
	const labels = load.state === "done" ? [...new Set(load.value.rows.flatMap(({ steps }) => steps))].sort() : [];
	const options = [...new Set([...labels, ...(label === "" ? [] : [label])])];
	return (
		<>
			<div class="row filters">
				<Choice label={w.depth} name="depth" value={depth} options={DEPTHS.map((count) => [count, count])} />
				<Choice
					label={w.channel}
					name="with"
					value={label}
					options={[["", words.common.all], ...options.map((name) => [name, format.name(name)] as const)]}
				/>
				<Choice
					label={words.common.by}
					name="sort"
					value={sort}
					options={[
						["journeys", w.journeys],
						["conversions", w.conversions],
					]}
				/>
			</div>
			<Loaded load={load}>
				{(now) => <Sankey now={now} before={before} label={label} depth={Number(depth) || 4} />}
			</Loaded>
		</>
	);
}

interface SankeyProps {
	now: PathAnswer;
	before: PathAnswer | null;
	/** Only paths with it; empty: all. */
	label: string;
	depth: number;
}

function Sankey({ now, before, label, depth }: SankeyProps) {
	const w = useWords().paths;
	const format = useFormat();
	const rowsOf = (answer: PathAnswer) => answer.rows.filter(({ steps }) => label === "" || steps.includes(label));
	const rows = rowsOf(now);
	const drawn = rows.slice(0, DRAWN_MAX);
	// Without a filter the answer knows the totals, beyond the paths that it lists.
	const sum = (answer: PathAnswer, name: "journeys" | "conversions") =>
		label === "" ? answer[name] : sumOf(rowsOf(answer), name);
	const earlier = new Map(before?.rows.map((row) => [row.steps.join("\n"), row.journeys]));
	const beforeColumns = useBeforeColumns<PathRow>(
		({ journeys }) => journeys,
		before && (({ steps }) => earlier.get(steps.join("\n")) ?? 0),
	);
	return (
		<Figure
			title={w.title}
			says={w.says}
			file="paths"
			empty={w.empty}
			rows={rows}
			headline={
				<div class="trends">
					<Trend label={w.journeys} now={sum(now, "journeys")} before={before && sum(before, "journeys")} />
					<Trend label={w.conversions} now={sum(now, "conversions")} before={before && sum(before, "conversions")} />
				</div>
			}
			columns={[
				{
					label: w.steps,
					value: ({ steps }) => steps.join(" > "),
					show: ({ steps }) => (
						<a href={linkTo("journeys", "", pathParams(steps, "any"))}>{steps.map(format.name).join(" → ")}</a>
					),
				},
				{ label: w.journeys, isNumber: true, value: ({ journeys }) => journeys },
				{ label: w.conversions, isNumber: true, value: ({ conversions }) => conversions },
				{
					label: w.rate,
					isNumber: true,
					value: ({ rate }) => rate,
					show: ({ rate, interval }) =>
						`${format.percent(rate)} (${format.percent(interval.low)}–${format.percent(interval.high)})`,
				},
				{
					label: w.time,
					isNumber: true,
					value: ({ meanDurationMs }) => meanDurationMs,
					show: ({ meanDurationMs }) => (meanDurationMs === null ? "–" : format.duration(meanDurationMs)),
				},
				...beforeColumns,
			]}
		>
			<PathBands rows={drawn} depth={depth} title={w.title} />
			<p class="note">
				{w.drawn(
					format.number(drawn.length),
					format.number(label === "" ? now.distinctPaths : rows.length),
					format.number(sumOf(drawn, "journeys")),
					format.percent(sumOf(drawn, "journeys") / Math.max(1, sum(now, "journeys"))),
				)}{" "}
				{w.click}
			</p>
		</Figure>
	);
}

function sumOf(rows: readonly PathRow[], name: "journeys" | "conversions"): number {
	return rows.reduce((total, row) => total + row[name], 0);
}
