import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

interface PageRow {
	page: string;
	views: number;
	engagedMs: number;
	meanEngagedMs: number;
	medianEngagedMs: number | null;
	meanScrollDepth: number;
}

interface PageRows {
	rows: PageRow[];
}

/** Which pages are read, and how. */
export function Reading() {
	const { load, before } = useCompared<PageRows>("pages", {});
	return <Loaded load={load}>{({ rows }) => <ReadingFigure rows={rows} before={before?.rows ?? null} />}</Loaded>;
}

function ReadingFigure({ rows, before }: { rows: PageRow[]; before: PageRow[] | null }) {
	const words = useWords();
	const format = useFormat();
	const earlier = new Map(before?.map(({ page, views }) => [page, views]));
	const beforeColumns = useBeforeColumns<PageRow>(
		({ views }) => views,
		before && (({ page }) => earlier.get(page) ?? 0),
	);
	const sum = (all: readonly PageRow[], name: "views" | "engagedMs") =>
		all.reduce((total, row) => total + row[name], 0);
	return (
		<Figure
			title={words.pages.title}
			says={words.pages.says}
			file="pages"
			empty={words.pages.empty}
			rows={rows}
			headline={
				<div class="trends">
					<Trend label={words.pages.views} now={sum(rows, "views")} before={before && sum(before, "views")} />
					<Trend
						label={words.pages.engaged}
						now={sum(rows, "engagedMs")}
						before={before && sum(before, "engagedMs")}
						show={format.duration}
					/>
				</div>
			}
			columns={[
				{ label: words.pages.page, value: ({ page }) => page },
				{ label: words.pages.views, isNumber: true, value: ({ views }) => views },
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
				...beforeColumns,
			]}
		/>
	);
}
