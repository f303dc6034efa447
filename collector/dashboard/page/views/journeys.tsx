/** Everybody's journeys: a list to search and filter, and one person's chain. */
import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, requestJson, requestRows, withQuery } from "../api.ts";
import { useFormat } from "../format.ts";
import { hueOf } from "../parts/channel-colour.ts";
import { ApiDownload } from "../parts/download.tsx";
import { Table } from "../parts/table.tsx";
import { useRange } from "../parts/use-range.ts";
import { Person } from "../person/person.tsx";
import type { Journey, Profile } from "../records.ts";
import { changeParams, linkTo, useAddress } from "../state/address.ts";
import { useWords } from "../words/index.ts";

const PAGE_ROWS = 25;
/** Contacts drawn in a row of the list, the latest. */
const STRIP_MAX = 24;
const CHANNELS = [
	"web",
	"app",
	"email",
	"sms",
	"phone",
	"wecom",
	"chat",
	"social",
	"store",
	"webinar",
	"shop",
	"ticket",
	"survey",
];
const STAGES = ["awareness", "consideration", "purchase", "service", "loyalty"];
/** Tried in this order for what looks like neither a mail address nor a phone number. */
const ID_KINDS = ["userId", "anonymousId", "unionid"];

export default function Journeys() {
	const { id } = useAddress();
	return id === "" ? <JourneyList /> : <Person key={id} id={id} />;
}

function JourneyList() {
	const words = useWords();
	const format = useFormat();
	const { params } = useAddress();
	const { from, to } = useRange();
	const { channel = "", converted = "", stage = "", campaign = "", sequence = "" } = params;
	const path = withQuery("/v1/journeys", { from, to, channel, converted });
	const list = useJourneys(path, `${stage}\n${campaign}\n${sequence}`, (journey) => {
		if (stage !== "" && journey.stage !== stage) return false;
		if (campaign !== "" && !journey.touchpoints.some((one) => one.campaign === campaign)) return false;
		return sequence === "" || walks(journey, sequence.split(">"));
	});
	const choose = (name: string, value: string, options: readonly string[], all: string) => (
		<label class="inline">
			{words.person.fields[name as "channel" | "stage"]}{" "}
			<select value={value} onChange={(event) => changeParams({ [name]: event.currentTarget.value })}>
				<option value="">{all}</option>
				{options.map((option) => (
					<option key={option} value={option}>
						{format.name(option)}
					</option>
				))}
			</select>
		</label>
	);
	return (
		<>
			<Search />
			<div class="row filters">
				{choose("channel", channel, CHANNELS, words.common.all)}
				{choose("stage", stage, STAGES, words.common.all)}
				<label class="inline">
					{words.journeys.converted}{" "}
					<select value={converted} onChange={(event) => changeParams({ converted: event.currentTarget.value })}>
						<option value="">{words.common.all}</option>
						<option value="1">{words.common.yes}</option>
						<option value="0">{words.common.no}</option>
					</select>
				</label>
				<label class="inline">
					{words.journeys.campaign}{" "}
					<input value={campaign} onChange={(event) => changeParams({ campaign: event.currentTarget.value.trim() })} />
				</label>
				{sequence !== "" && (
					<button type="button" onClick={() => changeParams({ sequence: "" })}>
						{sequence.split(">").map(format.name).join(" → ")} ✕
					</button>
				)}
			</div>
			<section class="figure">
				<p class="says">{words.journeys.says}</p>
				{list.rows.length > 0 && (
					<Table
						caption={words.views.journeys}
						rows={list.rows}
						columns={[
							{
								label: words.journeys.person,
								value: nameOf,
								show: (journey) => (
									<a href={linkTo("journeys", journey.profileId)}>{nameOf(journey) || words.person.unnamed}</a>
								),
							},
							{ label: words.journeys.chain, value: () => "", show: (journey) => <Strip journey={journey} /> },
							{ label: words.journeys.contacts, isNumber: true, value: ({ touchpoints }) => touchpoints.length },
							{ label: words.person.fields.stage, value: ({ stage }) => (stage === null ? "" : format.name(stage)) },
							{ label: words.journeys.conversions, isNumber: true, value: ({ conversions }) => conversions.length },
							{
								label: words.journeys.last,
								value: ({ lastTouchAt }) => lastTouchAt,
								show: ({ lastTouchAt }) => (lastTouchAt === null ? "" : format.time(lastTouchAt)),
							},
						]}
					/>
				)}
				{list.error !== undefined && <p role="alert">{words.errors(list.error.code, list.error.message)}</p>}
				<div class="row" role="status">
					{list.state === "reading" && (
						<>
							<progress aria-label={words.common.loading} />
							<span>{words.journeys.read(format.number(list.seen))}</span>
							<button type="button" onClick={list.stop}>
								{words.common.cancel}
							</button>
						</>
					)}
					{list.state === "paused" && (
						<button type="button" onClick={list.more}>
							{words.journeys.more}
						</button>
					)}
					{list.state === "ended" && list.rows.length === 0 && list.error === undefined && (
						<p class="empty">{words.journeys.empty}</p>
					)}
				</div>
				<div class="tools">
					<ApiDownload
						path={withQuery(path, {}).replace("?", "?format=ndjson&")}
						name="journeys.ndjson"
						label={words.journeys.export}
					/>
				</div>
			</section>
		</>
	);
}

/** One person by any identifier. What is typed goes into the body of a request, never into an address. */
function Search() {
	const words = useWords();
	const [error, setError] = useState("");
	const search = async (event: SubmitEvent) => {
		event.preventDefault();
		const text = String(new FormData(event.currentTarget as HTMLFormElement).get("identifier") ?? "").trim();
		setError("");
		for (const kind of kindsOf(text)) {
			try {
				const { profileId } = await requestJson<Profile>("/v1/profiles/lookup", {
					method: "POST",
					body: { [kind]: text },
				});
				location.hash = linkTo("journeys", profileId);
				return;
			} catch (thrown) {
				const isUnknown = thrown instanceof ApiError && (thrown.status === 404 || thrown.status === 400);
				if (isUnknown) continue;
				setError(thrown instanceof ApiError ? words.errors(thrown.code, thrown.message) : String(thrown));
				return;
			}
		}
		setError(words.journeys.nobody);
	};
	return (
		<search>
			<form class="row" onSubmit={search}>
				<input
					name="identifier"
					type="search"
					required
					aria-label={words.journeys.search}
					placeholder={words.journeys.searchHint}
					autocomplete="off"
				/>
				<button type="submit" class="main">
					{words.journeys.find}
				</button>
				{error !== "" && <p role="alert">{error}</p>}
			</form>
		</search>
	);
}

export function kindsOf(text: string): string[] {
	if (text.includes("@")) return ["email", ...ID_KINDS];
	return /^\+?[\d\s()-]{6,}$/.test(text) ? ["phone", ...ID_KINDS] : ID_KINDS;
}

/** Whether the credited channels of a journey, repeats as one, begin with `steps`. */
function walks(journey: Journey, steps: readonly string[]): boolean {
	const credited = journey.touchpoints.flatMap((one) => (one.effective ? [one.traffic ?? one.channel] : []));
	const labels = credited.filter((label, index) => label !== credited[index - 1]);
	return steps.every((step, index) => labels[index] === step);
}

function nameOf({ traits, identities }: Journey): string {
	if (typeof traits.name === "string" && traits.name !== "") return traits.name;
	const known = identities.find(({ kind }) => kind !== "anonymousId") ?? identities[0];
	return known === undefined ? "" : known.value;
}

/** The chain in small: a square a contact, coloured by channel. */
function Strip({ journey }: { journey: Journey }) {
	const format = useFormat();
	const shown = journey.touchpoints.slice(-STRIP_MAX);
	const names = [...new Set(shown.map(({ channel }) => format.name(channel)))].join(", ");
	return (
		<svg class="strip" width={shown.length * 9} height={14} role="img" aria-label={names}>
			{shown.map((one, index) => (
				<rect
					key={one.id}
					class={`${hueOf(one.channel)}${one.conversion === undefined ? "" : " goal"}`}
					x={index * 9}
					y={one.conversion === undefined ? 3 : 0}
					width={7}
					height={one.conversion === undefined ? 8 : 14}
				/>
			))}
		</svg>
	);
}

/** Reads journeys off one running export, a page at a time, so that any filter works in constant memory. */
function useJourneys(path: string, filterName: string, isWanted: (journey: Journey) => boolean) {
	const [rows, setRows] = useState<Journey[]>([]);
	const [seen, setSeen] = useState(0);
	const [state, setState] = useState<"reading" | "paused" | "ended">("reading");
	const [error, setError] = useState<ApiError | undefined>();
	const source = useRef<{ rows: AsyncGenerator<Journey>; abort: AbortController } | null>(null);
	const filter = useRef(isWanted);
	filter.current = isWanted;
	const read = async () => {
		const current = source.current;
		if (current === null) return;
		setState("reading");
		const page: Journey[] = [];
		let count = 0;
		try {
			while (page.length < PAGE_ROWS) {
				const { value, done } = await current.rows.next();
				if (current !== source.current) return;
				if (done) break;
				count++;
				if (filter.current(value)) page.push(value);
				if (count % 500 === 0) setSeen((before) => before + 500);
			}
			setState(page.length === PAGE_ROWS ? "paused" : "ended");
		} catch (thrown) {
			if (current !== source.current) return;
			setState("ended");
			if (!current.abort.signal.aborted) {
				setError(thrown instanceof ApiError ? thrown : new ApiError(0, "internal", String(thrown)));
			}
		}
		setRows((before) => [...before, ...page]);
	};
	useEffect(() => {
		const abort = new AbortController();
		source.current = { rows: requestRows<Journey>(path, abort.signal), abort };
		setRows([]);
		setSeen(0);
		setError(undefined);
		void read();
		return () => {
			source.current = null;
			abort.abort();
		};
	}, [path, filterName]);
	return { rows, seen, state, error, more: () => void read(), stop: () => source.current?.abort.abort() };
}
