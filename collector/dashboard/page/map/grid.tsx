import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { HeatGrid } from "../parts/heat-grid.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import type { Compared, CrossTab } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";
import { STAGES } from "./stages.ts";

type Row = CrossTab["rows"][number];
/** Label of what has no stage. */
const NONE = "(not set)";
/** Rows drawn, the commonest; the table has them all. */
const DRAWN_MAX = 40;

interface GridProps {
	title: string;
	file: string;
	label: string;
	counts: Compared<CrossTab>;
}

/** Counts by stage: of kinds of contact, or of channels. */
export function Grid({ title, file, label, counts: { load, before } }: GridProps) {
	return (
		<Loaded load={load}>
			{(table) => <GridFigure title={title} file={file} label={label} table={table} before={before} />}
		</Loaded>
	);
}

interface GridFigureProps {
	title: string;
	file: string;
	label: string;
	table: CrossTab;
	before: CrossTab | null;
}

function GridFigure({ title, file, label, table, before }: GridFigureProps) {
	const words = useWords();
	const format = useFormat();
	const { rows, columns, total } = table;
	const stages = columns.includes(NONE) ? [...STAGES, NONE] : STAGES;
	const stageName = (stage: string) => (stage === NONE ? words.map.noStage : format.name(stage));
	const countOf = (row: Row | undefined, of: CrossTab, stage: string) =>
		row?.cells[of.columns.indexOf(stage)]?.count ?? 0;
	const earlier = new Map(before?.rows.map((row) => [row.label, row]));
	const beforeColumns = useBeforeColumns<Row>(
		({ count }) => count,
		before && ((row) => earlier.get(row.label)?.count ?? 0),
	);
	return (
		<Figure
			title={title}
			says={words.map.says}
			file={file}
			empty={words.map.empty}
			rows={rows}
			headline={<Trend label={words.journeys.contacts} now={total.count} before={before?.total.count} />}
			columns={[
				{ label, value: (row) => row.label, show: (row) => format.name(row.label) },
				...stages.map((stage) => ({
					label: stageName(stage),
					isNumber: true,
					value: (row: Row) => countOf(row, table, stage),
				})),
				{ label: words.common.total, isNumber: true, value: ({ count }) => count },
				...beforeColumns,
			]}
		>
			<HeatGrid
				caption={title}
				columns={stages.map(stageName)}
				rows={rows.slice(0, DRAWN_MAX).map((row) => ({
					label: format.name(row.label),
					counts: stages.map((stage) => countOf(row, table, stage)),
					before: before === null ? undefined : stages.map((stage) => countOf(earlier.get(row.label), before, stage)),
				}))}
				isWide
			/>
		</Figure>
	);
}
