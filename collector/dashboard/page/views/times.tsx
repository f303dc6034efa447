/** When contacts happen: weekday × hour, and channel × week. */
import { useContext } from "preact/hooks";
import { useFormat, ZoneContext } from "../format.ts";
import { Choice } from "../parts/choice.tsx";
import { Figure } from "../parts/figure.tsx";
import { expectCounts, HeatGrid } from "../parts/heat-grid.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useRange } from "../parts/use-range.ts";
import { linkTo, useAddress } from "../state/address.ts";
import { type CrossTab, useAnalysis } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

interface HeatMap {
	rows: { weekday: string; hours: number[]; total: number }[];
}

/** Channels shown by week, the commonest. */
const CHANNELS_MAX = 20;

export default function Times() {
	const words = useWords();
	const format = useFormat();
	const zone = useContext(ZoneContext);
	const range = useRange();
	const { params } = useAddress();
	const { channel = "", profile = "" } = params;
	const hours = useAnalysis<HeatMap>("heatmap", { channel, profile }, range);
	const weeks = useAnalysis<CrossTab>("channels", { by: "channel", period: "week", profile }, range);
	const channels = weeks.state === "done" ? weeks.value.columns : [];
	const options = [...new Set([...channels, ...(channel === "" ? [] : [channel])])];
	return (
		<>
			<div class="row filters">
				{profile !== "" && <a href={linkTo("times")}>{words.times.onePerson}</a>}
				<Choice
					label={words.person.fields.channel}
					name="channel"
					value={channel}
					options={[["", words.common.all], ...options.map((name) => [name, format.name(name)] as const)]}
				/>
			</div>
			<Loaded load={hours}>
				{({ rows }) => {
					const counts = rows.map(({ hours: row }) => row);
					const expected = expectCounts(counts);
					const cells = rows.flatMap(({ weekday, hours: row }, day) =>
						row.map((count, hour) => ({ weekday, hour, count, expected: expected[day]?.[hour] ?? 0 })),
					);
					return (
						<Figure
							title={words.times.title}
							says={words.times.says(zone)}
							file="heat-map"
							empty={words.times.empty}
							rows={cells.some(({ count }) => count > 0) ? cells : []}
							columns={[
								{
									label: words.times.weekday,
									value: ({ weekday }) => weekday,
									show: ({ weekday }) => words.times.weekdays[weekday] ?? weekday,
								},
								{ label: words.times.hour, isNumber: true, value: ({ hour }) => hour },
								{ label: words.common.count, isNumber: true, value: ({ count }) => count },
								{
									label: words.times.expected,
									isNumber: true,
									value: (cell) => cell.expected,
									show: (cell) => format.decimal(cell.expected),
								},
							]}
						>
							<HeatGrid
								caption={words.times.title}
								columns={Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"))}
								rows={rows.map(({ weekday, hours: row }) => ({
									label: words.times.weekdays[weekday] ?? weekday,
									counts: row,
								}))}
							/>
						</Figure>
					);
				}}
			</Loaded>
			<Loaded load={weeks}>
				{({ columns, rows }) => {
					const shown = columns.slice(0, CHANNELS_MAX);
					const cells = rows.flatMap(({ label, cells: row }) =>
						shown.map((name, index) => ({ week: label, channel: name, count: row[index]?.count ?? 0 })),
					);
					return (
						<Figure
							title={words.times.weekly}
							says={words.times.weeklySays}
							file="channels-by-week"
							empty={words.times.empty}
							rows={cells}
							columns={[
								{ label: words.times.week, value: ({ week }) => week },
								{
									label: words.person.fields.channel,
									value: (cell) => cell.channel,
									show: (cell) => format.name(cell.channel),
								},
								{ label: words.common.count, isNumber: true, value: ({ count }) => count },
							]}
						>
							<HeatGrid
								caption={words.times.weekly}
								columns={rows.map(({ label }) => label)}
								rows={shown.map((name, index) => ({
									label: format.name(name),
									counts: rows.map(({ cells: row }) => row[index]?.count ?? 0),
								}))}
							/>
						</Figure>
					);
				}}
			</Loaded>
		</>
	);
}
