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
				{({ rows }) => {
					const isShown = ({ steps }: PathRow) => label === "" || steps.includes(label);
					return (
						<Sankey
							rows={rows.filter(isShown)}
							before={before?.rows.filter(isShown) ?? null}
							depth={Number(depth) || 4}
						/>
					);
				}}
			</Loaded>
		</>
	);
}

function Sankey({ rows, before, depth }: { rows: PathRow[]; before: PathRow[] | null; depth: number }) {
	const w = useWords().paths;
	const format = useFormat();
	const sum = (all: readonly PathRow[], name: "journeys" | "conversions") =>
		all.reduce((total, row) => total + row[name], 0);
	const earlier = new Map(before?.map((row) => [row.steps.join("\n"), row.journeys]));
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
					<Trend label={w.journeys} now={sum(rows, "journeys")} before={before && sum(before, "journeys")} />
					<Trend label={w.conversions} now={sum(rows, "conversions")} before={before && sum(before, "conversions")} />
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
			<PathBands rows={rows.slice(0, DRAWN_MAX)} depth={depth} title={w.title} />
			<p class="note">{w.click}</p>
		</Figure>
	);
}
