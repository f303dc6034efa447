/** Which pages are read, where visits begin, what campaigns bring, and how channels do against the period before. */
import { useFormat } from "../format.ts";
import { Bars } from "../parts/bars.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useRange } from "../parts/use-range.ts";
import { periodBefore } from "../state/range.ts";
import { type CrossTab, useAnalysis } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

interface PageRows {
	rows: {
		page: string;
		views: number;
		engagedMs: number;
		meanEngagedMs: number;
		medianEngagedMs: number | null;
		meanScrollDepth: number;
	}[];
}

const NONE = "(not set)";
const BARS_MAX = 12;

export default function Pages() {
	return (
		<>
			<Channels />
			<Reading />
			<Landings />
			<Campaigns />
		</>
	);
}

function Channels() {
	const words = useWords();
	const format = useFormat();
	const range = useRange();
	const query = { rows: "channel", columns: "direction" };
	const load = useAnalysis<CrossTab>("crosstab", query, range);
	const before = useAnalysis<CrossTab>("crosstab", query, periodBefore(range));
	const earlier = new Map(before.state === "done" ? before.value.rows.map(({ label, count }) => [label, count]) : []);
	return (
		<Loaded load={load}>
			{({ rows }) => (
				<Figure
					title={words.pages.channels}
					says={words.pages.channelsSays}
					file="channels"
					empty={words.map.empty}
					rows={rows}
					columns={[
						{
							label: words.person.fields.channel,
							value: ({ label }) => label,
							show: ({ label }) => format.name(label),
						},
						{
							label: words.pages.contacts,
							isNumber: true,
							value: ({ count }) => count,
							show: ({ count }) => format.number(count),
						},
						{
							label: words.common.before,
							isNumber: true,
							value: ({ label }) => earlier.get(label) ?? 0,
							show: ({ label }) => format.number(earlier.get(label) ?? 0),
						},
						{
							label: words.common.change,
							isNumber: true,
							value: ({ label, count }) => changeOf(count, earlier.get(label)),
							show: ({ label, count }) => {
								const change = changeOf(count, earlier.get(label));
								return change === null ? "–" : `${change >= 0 ? "+" : ""}${format.percent(change)}`;
							},
						},
					]}
				>
					<Bars
						title={words.pages.channels}
						bars={rows.slice(0, BARS_MAX).map(({ label, count }) => ({ label, value: count }))}
					/>
				</Figure>
			)}
		</Loaded>
	);
}

/** @returns null where there is nothing to compare with */
function changeOf(now: number, before: number | undefined): number | null {
	return before === undefined || before === 0 ? null : (now - before) / before;
}

function Reading() {
	const words = useWords();
	const format = useFormat();
	const load = useAnalysis<PageRows>("pages", {}, useRange());
	return (
		<Loaded load={load}>
			{({ rows }) => (
				<Figure
					title={words.pages.title}
					says={words.pages.says}
					file="pages"
					empty={words.pages.empty}
					rows={rows}
					columns={[
						{ label: words.pages.page, value: ({ page }) => page },
						{
							label: words.pages.views,
							isNumber: true,
							value: ({ views }) => views,
							show: ({ views }) => format.number(views),
						},
						{
							label: words.pages.engaged,
							isNumber: true,
							value: ({ engagedMs }) => engagedMs,
							show: ({ engagedMs }) => format.duration(engagedMs),
						},
						{
							label: words.pages.mean,
							isNumber: true,
							value: ({ meanEngagedMs }) => meanEngagedMs,
							show: ({ meanEngagedMs }) => format.duration(meanEngagedMs),
						},
						{
							label: words.pages.median,
							isNumber: true,
							value: ({ medianEngagedMs }) => medianEngagedMs,
							show: ({ medianEngagedMs }) => (medianEngagedMs === null ? "–" : format.duration(medianEngagedMs)),
						},
						{
							label: words.pages.scroll,
							isNumber: true,
							value: ({ meanScrollDepth }) => meanScrollDepth,
							show: ({ meanScrollDepth }) => format.percent(meanScrollDepth),
						},
					]}
				/>
			)}
		</Loaded>
	);
}

/** Credit is earned by the view that a visit or a new campaign began with, and by what was done on pages. */
function Landings() {
	const words = useWords();
	const query = { rows: "page", columns: "source", channel: "web", effective: "1", limit: 50 };
	const load = useAnalysis<CrossTab>("crosstab", query, useRange());
	return (
		<Loaded load={load}>
			{(table) => (
				<CrossFigure
					title={words.pages.entriesTitle}
					says={words.pages.entriesSays}
					file="landing-pages"
					rowLabel={words.pages.page}
					table={table}
				/>
			)}
		</Loaded>
	);
}

function Campaigns() {
	const words = useWords();
	const load = useAnalysis<CrossTab>("crosstab", { rows: "campaign", columns: "sourceMedium", limit: 50 }, useRange());
	return (
		<Loaded load={load}>
			{(table) => (
				<CrossFigure
					title={words.pages.campaigns}
					says={words.pages.campaignsSays}
					file="campaigns"
					rowLabel={words.journeys.campaign}
					table={{ ...table, rows: table.rows.filter(({ label }) => label !== NONE) }}
				/>
			)}
		</Loaded>
	);
}

/** Cells of a cross table as rows, none of them empty. */
function CrossFigure(props: { title: string; says: string; file: string; rowLabel: string; table: CrossTab }) {
	const words = useWords();
	const format = useFormat();
	const rows = props.table.rows.flatMap(({ label, cells }) =>
		cells.flatMap(({ count }, index) =>
			count > 0 ? [{ label, source: props.table.columns[index] ?? "", count }] : [],
		),
	);
	return (
		<Figure
			title={props.title}
			says={props.says}
			file={props.file}
			empty={words.pages.campaignsEmpty}
			rows={rows.sort((a, b) => b.count - a.count)}
			columns={[
				{ label: props.rowLabel, value: ({ label }) => label },
				{ label: words.pages.source, value: ({ source }) => source },
				{
					label: words.pages.contacts,
					isNumber: true,
					value: ({ count }) => count,
					show: ({ count }) => format.number(count),
				},
			]}
		/>
	);
}
