import { useFormat } from "../format.ts";
import { Choice } from "../parts/choice.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { linkTo, useAddress } from "../state/address.ts";
import { type CrossTab, useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";
import { percentOf, shareOf } from "./doors.tsx";
import { LANDINGS_MAX, type Landings } from "./landings.ts";

const DIMENSIONS = ["campaign", "sourceMedium", "source", "medium", "term", "content"] as const;
const NONE = "(not set)";

interface Row {
	label: string;
	from: string;
	contacts: number;
	visits: number;
	bounces: number;
	converted: number;
}

/** The UTM table: what each campaign, source or term brought. */
export function Campaigns() {
	const { params } = useAddress();
	const by = DIMENSIONS.find((name) => name === params.tag) ?? "campaign";
	const from = by === "campaign" ? "sourceMedium" : "campaign";
	const contacts = useCompared<CrossTab>("crosstab", { rows: by, columns: from, limit: LANDINGS_MAX });
	const visits = useCompared<Landings>("landings", { by, source: from, limit: LANDINGS_MAX });
	return (
		<Loaded load={contacts.load}>
			{(table) => (
				<Loaded load={visits.load}>
					{(landings) => (
						<CampaignFigure
							by={by}
							rows={join(table, landings)}
							before={
								contacts.before === null
									? null
									: new Map(contacts.before.rows.map(({ label, count }) => [label, count]))
							}
						/>
					)}
				</Loaded>
			)}
		</Loaded>
	);
}

function join({ rows, columns }: CrossTab, landings: Landings): Row[] {
	const visits = new Map(landings.rows.map((row) => [row.page, row]));
	return rows
		.filter(({ label }) => label !== NONE)
		.map(({ label, count, cells }) => {
			const largest = cells.reduce(
				(best, { count: one }, index) => (one > (cells[best]?.count ?? 0) ? index : best),
				0,
			);
			const { entries = 0, bounces = 0, converted = 0 } = visits.get(label) ?? {};
			return { label, from: columns[largest] ?? "", contacts: count, visits: entries, bounces, converted };
		});
}

function CampaignFigure({ by, rows, before }: { by: string; rows: Row[]; before: Map<string, number> | null }) {
	const words = useWords();
	const format = useFormat();
	const beforeColumns = useBeforeColumns<Row>(
		({ contacts }) => contacts,
		before && (({ label }) => before.get(label) ?? 0),
	);
	const earlier = before && [...before].reduce((sum, [label, count]) => sum + (label === NONE ? 0 : count), 0);
	return (
		<Figure
			title={words.pages.campaigns}
			says={words.pages.campaignsSays}
			file={`by-${by}`}
			empty={words.pages.campaignsEmpty}
			rows={rows}
			headline={
				<Trend
					label={words.pages.tagged}
					now={rows.reduce((sum, { contacts }) => sum + contacts, 0)}
					before={earlier}
				/>
			}
			tools={
				<div class="row filters">
					<Choice
						label={words.common.by}
						name="tag"
						value={by}
						options={DIMENSIONS.map((name) => [name, words.pages.dimensions[name] ?? name])}
					/>
				</div>
			}
			columns={[
				{
					label: words.pages.dimensions[by] ?? by,
					value: ({ label }) => label,
					show: ({ label }) =>
						by === "campaign" ? <a href={linkTo("journeys", "", { campaign: label })}>{label}</a> : label,
				},
				{ label: words.pages.mostly, value: ({ from }) => (from === NONE ? "" : from) },
				{ label: words.pages.contacts, isNumber: true, value: ({ contacts }) => contacts },
				{ label: words.pages.visits, isNumber: true, value: ({ visits }) => visits },
				{
					label: words.pages.bounceRate,
					isNumber: true,
					value: ({ bounces, visits }) => shareOf(bounces, visits),
					show: ({ bounces, visits }) => percentOf(bounces, visits, format.percent),
				},
				{
					label: words.pages.goalRate,
					isNumber: true,
					value: ({ converted, visits }) => shareOf(converted, visits),
					show: ({ converted, visits }) => percentOf(converted, visits, format.percent),
				},
				...beforeColumns,
			]}
		/>
	);
}
