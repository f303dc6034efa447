/** Is everything that was sent in the chains, what was refused, and what does it take to keep. */
import { useContext, useEffect, useState } from "preact/hooks";
import { requestJson } from "../api.ts";
import { useFormat, ZoneContext } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { HeatGrid } from "../parts/heat-grid.tsx";
import { Loaded } from "../parts/loaded.tsx";
import type { Rejection, Status } from "../records.ts";
import { dateOf, rangeOf } from "../state/range.ts";
import { type CrossTab, useAnalysis } from "../use-analysis.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

const REFRESH_MS = 5_000;
const REJECTIONS_MAX = 1000;
const DAY_MS = 24 * 3600_000;
const DAYS = 14;
/** A channel with fewer contacts a day may be silent by chance. */
const BUSY_MIN = 10;
const SHOWN = [
	"copies",
	"duplicates",
	"numbered",
	"lost",
	"pending",
	"backlogEvents",
	"stuck",
	"refolding",
	"erasing",
	"rejections",
	"identifiedStreams",
	"databaseBytes",
	"rowsRead",
	"rowsWritten",
] as const;

export default function Pipeline() {
	const words = useWords();
	const format = useFormat();
	const zone = useContext(ZoneContext);
	const [round, setRound] = useState(0);
	const [last, setLast] = useState<Status | null>(null);
	const status = useLoad(`status ${round}`, async (signal) => {
		const answer = await requestJson<Status>("/v1/status", { signal });
		setLast(answer);
		return answer;
	});
	useEffect(() => {
		const timer = setInterval(() => setRound((before) => before + 1), REFRESH_MS);
		return () => clearInterval(timer);
	}, []);
	const rejections = useLoad("rejections", (signal) =>
		requestJson<{ rejections: Rejection[] }>(`/v1/rejections?limit=${REJECTIONS_MAX}`, { signal }),
	);
	const rows = last === null ? [] : SHOWN;
	const numbers = last === null ? null : { ...last, ...last.delivery };
	const read = (name: (typeof SHOWN)[number]) => numbers?.[name] ?? 0;
	return (
		<>
			{status.state === "failed" && <Loaded load={status}>{() => null}</Loaded>}
			<Figure
				title={words.pipeline.now}
				says={last?.pending === 0 ? words.pipeline.settled : words.pipeline.working}
				file="status"
				empty={words.common.loading}
				rows={rows}
				columns={[
					{ label: words.pipeline.number, value: (name) => name, show: (name) => words.pipeline.numbers[name] ?? name },
					{
						label: words.pipeline.value,
						isNumber: true,
						value: read,
						show: (name) => (name === "databaseBytes" ? format.bytes(read(name)) : format.number(read(name))),
					},
				]}
			/>
			{last !== null && last.errors.length > 0 && (
				<section class="figure failed" role="alert">
					<h2>{words.pipeline.errors}</h2>
					<ul>
						{last.errors.map((error) => (
							<li key={error}>
								<code>{error}</code>
							</li>
						))}
					</ul>
				</section>
			)}
			<Daily />
			<Loaded load={rejections}>
				{({ rejections: all }) => (
					<>
						<Figure
							title={words.pipeline.byReason}
							says={words.pipeline.byReasonSays}
							file="rejections-by-reason"
							empty={words.setup.noRejections}
							rows={countBy(all, ({ code }) => code)}
							columns={[
								{ label: words.person.reason, value: ({ name }) => name, show: ({ name }) => words.errors(name, "") },
								{ label: words.common.count, isNumber: true, value: ({ count }) => count },
							]}
						/>
						<Figure
							title={words.pipeline.rejections}
							says={words.pipeline.rejectionsSays(zone)}
							file="rejections"
							empty={words.setup.noRejections}
							rows={all}
							columns={[
								{
									label: words.person.fields.time,
									value: ({ receivedAt }) => receivedAt,
									show: ({ receivedAt }) => format.time(receivedAt),
								},
								{ label: words.person.reason, value: ({ code }) => code },
								{ label: words.pipeline.message, value: ({ message }) => message },
								{ label: words.pipeline.field, value: ({ field }) => field ?? "" },
								{
									label: words.pipeline.bytes,
									value: ({ bytes }) => bytes ?? "",
									show: ({ bytes }) => <code>{(bytes ?? "").slice(0, 200)}</code>,
								},
							]}
						/>
					</>
				)}
			</Loaded>
		</>
	);
}

/** What came on each day, and which channel has fallen silent. */
function Daily() {
	const words = useWords();
	const format = useFormat();
	const zone = useContext(ZoneContext);
	const [range] = useState(() => rangeOf({ days: String(DAYS) }, Date.now(), zone));
	const load = useAnalysis<CrossTab>("channels", { by: "channel", period: "day" }, range);
	return (
		<Loaded load={load}>
			{({ rows, columns }) => {
				const days = rows.map(({ label }) => label);
				const silent = findSilent(rows, columns, dateOf(Date.now() - DAY_MS, zone));
				return (
					<Figure
						title={words.pipeline.daily}
						says={words.pipeline.dailySays}
						file="contacts-by-day"
						empty={words.pipeline.dailyEmpty}
						tools={silent.length > 0 && <p role="alert">{words.pipeline.silent(silent.map(format.name).join(", "))}</p>}
						rows={rows.flatMap(({ label, cells }) =>
							columns.map((channel, index) => ({ day: label, channel, count: cells[index]?.count ?? 0 })),
						)}
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
							columns={days.map((day) => day.slice(5))}
							rows={columns.map((channel, index) => ({
								label: format.name(channel),
								counts: rows.map(({ cells }) => cells[index]?.count ?? 0),
							}))}
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

function countBy<T>(items: readonly T[], read: (item: T) => string): { name: string; count: number }[] {
	const counts = new Map<string, number>();
	for (const item of items) counts.set(read(item), (counts.get(read(item)) ?? 0) + 1);
	return [...counts].map(([name, count]) => ({ name, count })).sort((a, b) => b.count - a.count);
}
