/** The commonest sequences of channels, as bands. */
import { useFormat } from "../format.ts";
import { Choice } from "../parts/choice.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useRange } from "../parts/use-range.ts";
import { PathBands } from "../paths/path-bands.tsx";
import { linkTo, useAddress } from "../state/address.ts";
import { type Interval, useAnalysis } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

export interface PathRow {
	steps: string[];
	journeys: number;
	conversions: number;
	rate: number;
	interval: Interval;
	meanDurationMs: number | null;
}

const DEPTHS = ["3", "4", "5", "6"];
const PATHS_MAX = 300;
/** More would be a web that nobody can read; the table has them all. */
const DRAWN_MAX = 40;

export default function Paths() {
	const words = useWords();
	const format = useFormat();
	const range = useRange();
	const { params } = useAddress();
	const { depth = "4", with: label = "", sort = "journeys" } = params;
	const load = useAnalysis<{ rows: PathRow[]; distinctPaths: number }>(
		"paths",
		{ transform: "exposure", limit: PATHS_MAX, sort },
		range,
	);
	const w = words.paths;
	return (
		<Loaded load={load}>
			{({ rows }) => {
				const labels = [...new Set(rows.flatMap(({ steps }) => steps))].sort();
				const shown = rows.filter(({ steps }) => label === "" || steps.includes(label));
				return (
					<>
						<div class="row filters">
							<Choice label={w.depth} name="depth" value={depth} options={DEPTHS.map((count) => [count, count])} />
							<Choice
								label={w.channel}
								name="with"
								value={label}
								options={[["", words.common.all], ...labels.map((name) => [name, format.name(name)] as const)]}
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
						<Figure
							title={w.title}
							says={w.says}
							file="paths"
							empty={w.empty}
							rows={shown}
							columns={[
								{
									label: w.steps,
									value: ({ steps }) => steps.join(" > "),
									show: ({ steps }) => (
										<a href={linkTo("journeys", "", { sequence: steps.join(">") })}>
											{steps.map(format.name).join(" → ")}
										</a>
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
							]}
						>
							<PathBands rows={shown.slice(0, DRAWN_MAX)} depth={Number(depth) || 4} title={w.title} />
						</Figure>
					</>
				);
			}}
		</Loaded>
	);
}
