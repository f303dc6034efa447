import { useContext, useMemo } from "preact/hooks";
import { useFormat, ZoneContext } from "../format.ts";
import { Choice } from "../parts/choice.tsx";
import { Figure } from "../parts/figure.tsx";
import { HeatGrid } from "../parts/heat-grid.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { useAddress } from "../state/address.ts";
import { dateOf, datesOf, periodBefore, type Range, rangeOf } from "../state/range.ts";
import { type CrossTab, fillPeriods, useAnalysis } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

const DAY_MS = 24 * 3600_000;
const DAYS_CHOICES = ["7", "14", "28"];
const DAYS_USUAL = "14";
/** More are narrower than their dates: the grid then scrolls. */
const COLUMNS_WIDE_MAX = 14;
/** A channel with fewer contacts a day may be silent by chance. */
const BUSY_MIN = 10;
const QUERY = { by: "channel", period: "day" };

interface Cell {
	day: string;
	channel: string;
	count: number;
	/** On the day that stands in its place in the period before; null: not known. */
	before: number | null;
}

/** What came on each day, beside as many days before; and which channel has fallen silent. */
export function Daily() {
	const zone = useContext(ZoneContext);
	const { daily } = useAddress().params;
	const days = DAYS_CHOICES.find((count) => count === daily) ?? DAYS_USUAL;
	const range = useMemo(() => rangeOf({ days }, Date.now(), zone), [days, zone]);
	const load = useAnalysis<CrossTab>("channels", QUERY, range);
	const before = useAnalysis<CrossTab>("channels", QUERY, load.state === "done" ? periodBefore(range) : null);
	return (
		<Loaded load={load}>
			{(now) => (
				<DailyFigure now={now} before={before.state === "done" ? before.value : null} days={days} range={range} />
			)}
		</Loaded>
	);
}

interface DailyFigureProps {
	now: CrossTab;
	before: CrossTab | null;
	days: string;
	range: Range;
}

function DailyFigure({ now, before, days, range }: DailyFigureProps) {
	const words = useWords();
	const format = useFormat();
	const zone = useContext(ZoneContext);
	const { columns, total } = now;
	const rows = fillPeriods(now, datesOf(range, zone));
	const earlier = before && fillPeriods(before, datesOf(periodBefore(range), zone));
	const silent = findSilent(rows, columns, dateOf(Date.now() - DAY_MS, zone));
	const beforeOf = (channel: string, day: number): number | null =>
		before && (earlier?.[day]?.cells[before.columns.indexOf(channel)]?.count ?? 0);
	const cells: Cell[] = rows.flatMap(({ label, cells: row }, day) =>
		columns.map((channel, index) => ({
			day: label,
			channel,
			count: row[index]?.count ?? 0,
			before: beforeOf(channel, day),
		})),
	);
	const beforeColumns = useBeforeColumns<Cell>(({ count }) => count, before && ((cell) => cell.before ?? 0));
	return (
		<Figure
			title={words.pipeline.daily}
			says={words.pipeline.dailySays(days)}
			file="contacts-by-day"
			empty={words.pipeline.dailyEmpty(days)}
			headline={<Trend label={words.journeys.contacts} now={total.count} before={before?.total.count} />}
			tools={
				<>
					<div class="row filters">
						<Choice
							label={words.common.range}
							name="daily"
							value={days}
							options={DAYS_CHOICES.map((count) => [count, words.common.lastDays(Number(count))])}
						/>
					</div>
					{silent.length > 0 && (
						<p class="warning" role="alert">
							{words.pipeline.silent(silent.map(format.name).join(", "))}
						</p>
					)}
				</>
			}
			rows={total.count === 0 ? [] : cells}
			columns={[
				{ label: words.pipeline.day, value: ({ day }) => day },
				{
					label: words.person.fields.channel,
					value: ({ channel }) => channel,
					show: ({ channel }) => format.name(channel),
				},
				{ label: words.common.count, isNumber: true, value: ({ count }) => count },
				...beforeColumns,
			]}
		>
			<HeatGrid
				caption={words.pipeline.daily}
				columns={rows.map(({ label }) => format.day(label))}
				rows={columns.map((channel, index) => ({
					label: format.name(channel),
					counts: rows.map(({ cells: row }) => row[index]?.count ?? 0),
					before: before === null ? undefined : rows.map((_, day) => beforeOf(channel, day) ?? 0),
				}))}
				isWide={rows.length <= COLUMNS_WIDE_MAX}
			/>
		</Figure>
	);
}

/** Channels with {@link BUSY_MIN} or more contacts a day on average before `since`, and none from that date on. */
export function findSilent(rows: CrossTab["rows"], columns: readonly string[], since: string): string[] {
	const countOf = (days: CrossTab["rows"], index: number) =>
		days.reduce((sum, { cells }) => sum + (cells[index]?.count ?? 0), 0);
	const before = rows.filter(({ label }) => label < since);
	const after = rows.filter(({ label }) => label >= since);
	return columns.filter(
		(_, index) => countOf(before, index) >= BUSY_MIN * Math.max(1, before.length) && countOf(after, index) === 0,
	);
}
