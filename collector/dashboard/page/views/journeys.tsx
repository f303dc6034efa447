/** Everybody's journeys: a list to search and filter, and one person's chain. */
import { withQuery } from "../api.ts";
import { useFormat } from "../format.ts";
import { Search } from "../journeys/search.tsx";
import { STRIP_MAX, Strip } from "../journeys/strip.tsx";
import { usePages } from "../journeys/use-pages.ts";
import { ChannelChoice } from "../parts/channel-choice.tsx";
import { Choice } from "../parts/choice.tsx";
import { ApiDownload } from "../parts/download.tsx";
import { Legend } from "../parts/legend.tsx";
import { Table } from "../parts/table.tsx";
import { useRange } from "../parts/use-range.ts";
import { Person } from "../person/person.tsx";
import type { Journey } from "../records.ts";
import { changeParams, linkTo, useAddress } from "../state/address.ts";
import { useWords } from "../words/index.ts";

const STAGES = ["awareness", "consideration", "purchase", "service", "loyalty"];

export default function Journeys() {
	const { id } = useAddress();
	return id === "" ? <JourneyList /> : <Person key={id} id={id} />;
}

function JourneyList() {
	const words = useWords();
	const format = useFormat();
	const { params } = useAddress();
	const { from, to } = useRange();
	const { channel = "", converted = "", stage = "", campaign = "", path = "", pathEnd = "" } = params;
	const filters = { from, to, channel, converted, stage, campaign, path, pathEnd: path === "" ? "" : pathEnd };
	const list = usePages(withQuery("/v1/journeys", filters));
	const all = (options: readonly string[], value: string) => [
		["", words.common.all] as const,
		...[...new Set([...options, ...(value === "" ? [] : [value])])].map((name) => [name, format.name(name)] as const),
	];
	const ends = { converted: words.paths.converted, open: words.paths.ended };
	const end = pathEnd === "converted" || pathEnd === "open" ? ` → ${ends[pathEnd]}` : "";
	return (
		<>
			<Search />
			<div class="row filters">
				<ChannelChoice shown={shownChannels(list.rows)} />
				<Choice label={words.person.fields.stage} name="stage" value={stage} options={all(STAGES, stage)} />
				<Choice
					label={words.journeys.converted}
					name="converted"
					value={converted}
					options={[
						["", words.common.all],
						["1", words.common.yes],
						["0", words.common.no],
					]}
				/>
				<label class="inline">
					{words.journeys.campaign}{" "}
					<input value={campaign} onChange={(event) => changeParams({ campaign: event.currentTarget.value.trim() })} />
				</label>
				{path !== "" && (
					<button type="button" class="chip" onClick={() => changeParams({ path: "", pathEnd: "" })}>
						{path.split(" > ").map(format.name).join(" → ")}
						{end} <span aria-hidden="true">✕</span>
						<span class="unseen">{words.journeys.noPath}</span>
					</button>
				)}
			</div>
			<section class="figure">
				<p class="says">{words.journeys.says}</p>
				{list.rows.length > 0 && <Legend says={words.journeys.colours} names={shownChannels(list.rows)} />}
				{list.rows.length > 0 && (
					<Table
						caption={words.views.journeys}
						name="journeys"
						rows={list.rows}
						columns={[
							{
								label: words.journeys.person,
								value: nameOf,
								show: (journey) => (
									<a href={linkTo("journeys", journey.profileId)}>{nameOf(journey) || words.person.unnamed}</a>
								),
							},
							{
								label: words.journeys.chain,
								value: () => "",
								show: (journey) => <Strip journey={journey} />,
								isPlain: true,
							},
							{ label: words.journeys.contacts, isNumber: true, value: ({ touchpoints }) => touchpoints.length },
							{ label: words.person.fields.stage, value: ({ stage: at }) => (at === null ? "" : format.name(at)) },
							{ label: words.journeys.conversions, isNumber: true, value: ({ conversions }) => conversions.length },
							{
								label: words.journeys.last,
								value: ({ lastTouchAt }) => lastTouchAt,
								show: ({ lastTouchAt }) => (lastTouchAt === null ? "" : format.time(lastTouchAt)),
							},
						]}
					/>
				)}
				{list.error !== null && (
					<div class="state failed" role="alert">
						<p>{words.errors(list.error.code, list.error.message)}</p>
						<button type="button" onClick={list.more}>
							{words.common.retry}
						</button>
					</div>
				)}
				<div class="row" role="status">
					{list.state === "reading" && (
						<>
							<progress aria-label={words.common.loading} {...(list.progress > 0 ? { value: list.progress } : {})} />
							<span class="note">{words.journeys.read(format.percent(list.progress))}</span>
							<button type="button" class="quiet" onClick={list.stop}>
								{words.common.cancel}
							</button>
						</>
					)}
					{list.state === "ended" && list.rows.length === 0 && <Empty isFiltered={isFiltered(params)} />}
				</div>
				<div class="tools">
					{(list.state === "paused" || list.state === "stopped") && (
						<button type="button" onClick={list.more}>
							{words.journeys.more}
						</button>
					)}
					<ApiDownload
						path={withQuery("/v1/journeys", { format: "ndjson", ...filters })}
						name="journeys.ndjson"
						label={words.journeys.export}
					/>
					<ApiDownload
						path={withQuery("/v1/journeys", { format: "csv", ...filters })}
						name="journeys.csv"
						label={words.journeys.csv}
					/>
				</div>
			</section>
		</>
	);
}

function shownChannels(rows: readonly Journey[]): string[] {
	return [...new Set(rows.flatMap(({ touchpoints }) => touchpoints.slice(-STRIP_MAX).map(({ channel }) => channel)))];
}

const FILTERS = ["channel", "converted", "stage", "campaign", "path", "from", "days"];

function isFiltered(params: Readonly<Record<string, string>>): boolean {
	return FILTERS.some((name) => (params[name] ?? "") !== "");
}

/** Nothing matches; or nothing is there yet, and then where to begin. */
function Empty({ isFiltered: wasNarrowed }: { isFiltered: boolean }) {
	const words = useWords();
	return (
		<p class="empty">
			{words.journeys.empty} {!wasNarrowed && <a href={linkTo("setup")}>{words.journeys.begin}</a>}
		</p>
	);
}

function nameOf({ traits, identities }: Journey): string {
	if (typeof traits.name === "string" && traits.name !== "") return traits.name;
	const known = identities.find(({ kind }) => kind !== "anonymousId") ?? identities[0];
	return known === undefined ? "" : known.value;
}
