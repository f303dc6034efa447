import { useContext, useState } from "preact/hooks";
import { useFormat, ZoneContext } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { HeatGrid } from "../parts/heat-grid.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend } from "../parts/trend.tsx";
import { dateOf, datesOf, periodBefore, rangeOf } from "../state/range.ts";
import { type CrossTab, fillPeriods, useAnalysis } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

const DAY_MS = 24 * 3600_000;
const DAYS = 14;
/** A channel with fewer contacts a day may be silent by chance. */
const BUSY_MIN = 10;
const QUERY = { by: "channel", period: "day" };

/** What came on each day, and which channel has fallen silent. */
export function Daily() {
	const words = useWords();
	const format = useFormat();
	const zone = useContext(ZoneContext);
	const [range] = useState(() => rangeOf({ days: String(DAYS) }, Date.now(), zone));
	const load = useAnalysis<CrossTab>("channels", QUERY, range);
	const before = useAnalysis<CrossTab>("channels", QUERY, load.state === "done" ? periodBefore(range) : null);
	return (
		<Loaded load={load}>
			{(table) => {
				const { columns, total } = table;
				const rows = fillPeriods(table, datesOf(range, zone));
				const silent = findSilent(rows, columns, dateOf(Date.now() - DAY_MS, zone));
				return (
					<Figure
						title={words.pipeline.daily}
						says={words.pipeline.dailySays}
						file="contacts-by-day"
						empty={words.pipeline.dailyEmpty}
						headline={
							<Trend
								label={words.journeys.contacts}
								now={total.count}
								before={before.state === "done" ? before.value.total.count : null}
							/>
						}
						tools={
							silent.length > 0 && (
								<p class="warning" role="alert">
									{words.pipeline.silent(silent.map(format.name).join(", "))}
								</p>
							)
						}
						rows={
							total.count === 0
								? []
								: rows.flatMap(({ label, cells }) =>
										columns.map((channel, index) => ({ day: label, channel, count: cells[index]?.count ?? 0 })),
									)
						}
						columns={[
							{ label: words.pipeline.day, value: ({ day }) => day },
							{
								label: words.person.fields.channel,
								value: ({ channel }) => channel,
								show: ({ channel }) => format.name(channel),
							},
							{ label: words.common.count, isNumber: true, value: ({ count }) => count },
						]}
					>
						<HeatGrid
							caption={words.pipeline.daily}
							columns={rows.map(({ label }) => format.day(label))}
							rows={columns.map((channel, index) => ({
								label: format.name(channel),
								counts: rows.map(({ cells }) => cells[index]?.count ?? 0),
							}))}
							isWide
						/>
					</Figure>
				);
			}}
		</Loaded>
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
