/** When contacts happen: weekday × hour, and channel × week. */
import { useContext } from "preact/hooks";
import { useFormat, ZoneContext } from "../format.ts";
import { Choice } from "../parts/choice.tsx";
import { Figure } from "../parts/figure.tsx";
import { expectCounts, HeatGrid } from "../parts/heat-grid.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { useRange } from "../parts/use-range.ts";
import { changeParams, linkTo, useAddress } from "../state/address.ts";
import { datesOf, mondayOf, weekOf } from "../state/range.ts";
import { type Compared, type CrossTab, fillPeriods, useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

interface HeatMap {
	rows: { weekday: string; hours: number[]; total: number }[];
}

/** Channels shown by week, the commonest. */
const CHANNELS_MAX = 20;
/** More weeks than this are narrower than their numbers: the grid then scrolls. */
const WEEKS_WIDE_MAX = 20;

export default function Times() {
	const words = useWords();
	const format = useFormat();
	const { params } = useAddress();
	const { channel = "", profile = "" } = params;
	const hours = useCompared<HeatMap>("heatmap", { channel, profile });
	const weeks = useCompared<CrossTab>("channels", { by: "channel", period: "week", profile });
	const channels = weeks.load.state === "done" ? weeks.load.value.columns : [];
	const options = [...new Set([...channels, ...(channel === "" ? [] : [channel])])];
	return (
		<>
			<div class="row filters">
				<Choice
					label={words.person.fields.channel}
					name="channel"
					value={channel}
					options={[["", words.common.all], ...options.map((name) => [name, format.name(name)] as const)]}
				/>
				{profile !== "" && (
					<>
						<button type="button" class="chip" onClick={() => changeParams({ profile: "" })}>
							{words.times.onePerson} <span aria-hidden="true">✕</span>
						</button>
						<a href={linkTo("journeys", profile)}>{words.times.toPerson}</a>
					</>
				)}
			</div>
			<Loaded load={hours.load}>{(now) => <Hours now={now} before={hours.before} />}</Loaded>
			<Weeks weeks={weeks} />
		</>
	);
}

interface HourCell {
	weekday: string;
	hour: number;
	count: number;
	expected: number;
	before: number;
}

function Hours({ now: { rows }, before }: { now: HeatMap; before: HeatMap | null }) {
	const words = useWords();
	const format = useFormat();
	const zone = useContext(ZoneContext);
	const expected = expectCounts(rows.map(({ hours }) => hours));
	const cells: HourCell[] = rows.flatMap(({ weekday, hours }, day) =>
		hours.map((count, hour) => ({
			weekday,
			hour,
			count,
			expected: expected[day]?.[hour] ?? 0,
			before: before?.rows[day]?.hours[hour] ?? 0,
		})),
	);
	const sum = (map: HeatMap) => map.rows.reduce((total, row) => total + row.total, 0);
	const beforeColumns = useBeforeColumns<HourCell>(({ count }) => count, before && ((cell) => cell.before));
	return (
		<Figure
			title={words.times.title}
			says={words.times.says(zone)}
			file="heat-map"
			empty={words.times.empty}
			rows={cells.some(({ count }) => count > 0) ? cells : []}
			headline={<Trend label={words.journeys.contacts} now={sum({ rows })} before={before && sum(before)} />}
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
				...beforeColumns,
			]}
		>
			<HeatGrid
				caption={words.times.title}
				columns={Array.from({ length: 24 }, (_, hour) => String(hour).padStart(2, "0"))}
				rows={rows.map(({ weekday, hours }, day) => ({
					label: words.times.weekdays[weekday] ?? weekday,
					counts: hours,
					before: before?.rows[day]?.hours,
				}))}
				isWide
			/>
		</Figure>
	);
}

interface WeekCell {
	week: string;
	channel: string;
	count: number;
}

function Weeks({ weeks: { load, before } }: { weeks: Compared<CrossTab> }) {
	const words = useWords();
	const format = useFormat();
	const zone = useContext(ZoneContext);
	const range = useRange();
	// Weeks of the period before are others: its counts stand beside whole channels.
	const earlier = new Map(before?.columns.map((name, index) => [name, before.columnTotals[index]?.count ?? 0]));
	const beforeColumns = useBeforeColumns<{ channel: string; total: number }>(
		({ total }) => total,
		before && (({ channel }) => earlier.get(channel) ?? 0),
	);
	return (
		<Loaded load={load}>
			{(table) => {
				const { columns, columnTotals, total } = table;
				// From the first week in which anything happened: a young workspace has no long past.
				const first = table.rows[0]?.label ?? "";
				const weeks = [...new Set(datesOf(range, zone).map(weekOf))].filter((week) => week >= first);
				const rows = total.count === 0 ? [] : fillPeriods(table, weeks);
				const shown = columns.slice(0, CHANNELS_MAX);
				const cells: WeekCell[] = rows.flatMap(({ label, cells: row }) =>
					shown.map((name, index) => ({ week: label, channel: name, count: row[index]?.count ?? 0 })),
				);
				const totals = new Map(columns.map((name, index) => [name, columnTotals[index]?.count ?? 0]));
				return (
					<Figure
						title={words.times.weekly}
						says={words.times.weeklySays}
						file="channels-by-week"
						empty={words.times.empty}
						rows={cells}
						headline={<Trend label={words.journeys.contacts} now={total.count} before={before?.total.count} />}
						columns={[
							{
								label: words.times.week,
								value: ({ week }) => week,
								show: ({ week }) => words.times.weekFrom(week, format.day(mondayOf(week))),
							},
							{
								label: words.person.fields.channel,
								value: (cell) => cell.channel,
								show: (cell) => format.name(cell.channel),
							},
							{ label: words.common.count, isNumber: true, value: ({ count }) => count },
							{
								label: words.times.channelTotal,
								isNumber: true,
								value: ({ channel }) => totals.get(channel) ?? 0,
							},
							...beforeColumns.map((column) => ({
								...column,
								value: ({ channel }: WeekCell) => column.value({ channel, total: totals.get(channel) ?? 0 }),
								show: ({ channel }: WeekCell) => column.show?.({ channel, total: totals.get(channel) ?? 0 }),
							})),
						]}
					>
						<HeatGrid
							caption={words.times.weekly}
							columns={rows.map(({ label }) => format.day(mondayOf(label)))}
							rows={shown.map((name, index) => ({
								label: format.name(name),
								counts: rows.map(({ cells: row }) => row[index]?.count ?? 0),
							}))}
							isWide={rows.length <= WEEKS_WIDE_MAX}
						/>
					</Figure>
				);
			}}
		</Loaded>
	);
}
