import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { type Compared, useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";
import { LANDINGS_MAX, type LandingRow, type Landings, sumEntries } from "./landings.ts";

/** Where visits begin and end, and what brought them there. */
export function Doors() {
	const landings = useCompared<Landings>("landings", { limit: LANDINGS_MAX });
	return (
		<div class="columns">
			<Loaded load={landings.load}>{(now) => <EntriesAndExits now={now} before={landings.before} />}</Loaded>
			{landings.load.state === "done" && <BySource landings={landings} />}
		</div>
	);
}

function EntriesAndExits({ now, before }: { now: Landings; before: Landings | null }) {
	const words = useWords();
	const format = useFormat();
	const earlier = new Map(before?.rows.map(({ page, entries }) => [page, entries]));
	const beforeColumns = useBeforeColumns<LandingRow>(
		({ entries }) => entries,
		before && (({ page }) => earlier.get(page) ?? 0),
	);
	return (
		<Figure
			title={words.pages.doors}
			says={words.pages.doorsSays}
			file="landing-and-exit-pages"
			empty={words.pages.empty}
			rows={now.rows}
			headline={<Trend label={words.pages.visits} now={sumEntries(now)} before={before && sumEntries(before)} />}
			columns={[
				{ label: words.pages.page, value: ({ page }) => page },
				{ label: words.pages.entries, isNumber: true, value: ({ entries }) => entries },
				{ label: words.pages.exits, isNumber: true, value: ({ exits }) => exits },
				{
					label: words.pages.bounceRate,
					isNumber: true,
					value: ({ bounces, entries }) => shareOf(bounces, entries),
					show: ({ bounces, entries }) => percentOf(bounces, entries, format.percent),
				},
				{
					label: words.pages.goalRate,
					isNumber: true,
					value: ({ converted, entries }) => shareOf(converted, entries),
					show: ({ converted, entries }) => percentOf(converted, entries, format.percent),
				},
				...beforeColumns,
			]}
		/>
	);
}

interface SourceRow {
	page: string;
	source: string;
	entries: number;
}

function BySource({ landings: { load, before } }: { landings: Compared<Landings> }) {
	const words = useWords();
	const keyOf = ({ page, source }: SourceRow) => `${page}\n${source}`;
	const rowsOf = (all: Landings): SourceRow[] =>
		all.rows
			.flatMap(({ page, sources }) => sources.map((one) => ({ page, ...one })))
			.sort((a, b) => b.entries - a.entries);
	const earlier = new Map(before && rowsOf(before).map((row) => [keyOf(row), row.entries]));
	const beforeColumns = useBeforeColumns<SourceRow>(
		({ entries }) => entries,
		before && ((row) => earlier.get(keyOf(row)) ?? 0),
	);
	return (
		<Figure
			title={words.pages.bySource}
			says={words.pages.bySourceSays}
			file="landing-pages-by-source"
			empty={words.pages.empty}
			rows={load.state === "done" ? rowsOf(load.value) : []}
			columns={[
				{ label: words.pages.source, value: ({ source }) => source },
				{ label: words.pages.page, value: ({ page }) => page },
				{ label: words.pages.entries, isNumber: true, value: ({ entries }) => entries },
				...beforeColumns,
			]}
		/>
	);
}

export function shareOf(part: number, whole: number): number | null {
	return whole === 0 ? null : part / whole;
}

export function percentOf(part: number, whole: number, write: (share: number) => string): string {
	const share = shareOf(part, whole);
	return share === null ? "–" : write(share);
}
