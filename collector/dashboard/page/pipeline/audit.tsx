/** For an auditor: every erasure with its times, and what people allowed and when. */
import { useState } from "preact/hooks";
import { requestJson, requestRows } from "../api.ts";
import { useFormat } from "../format.ts";
import { ApiDownload } from "../parts/download.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { linkTo } from "../state/address.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

interface Erasure {
	receipt: string;
	status: "pending" | "done";
	askedAt: string | null;
	doneAt: string | null;
}

interface ConsentEvent {
	messageId: string;
	timestamp: string;
	receivedAt: string;
	trust: string;
	profileId: string | null;
	anonymousId?: string;
	userId?: string;
	traits?: { [key: string]: unknown };
}

/** Read and shown; the download has all. */
const CONSENTS_MAX = 1000;

export function Audit() {
	return (
		<div class="columns">
			<Erasures />
			<Consents />
		</div>
	);
}

function Erasures() {
	const words = useWords();
	const format = useFormat();
	const load = useLoad("erasures", (signal) => requestJson<{ erasures: Erasure[] }>("/v1/erasures", { signal }));
	const when = (at: string | null) => (at === null ? "–" : format.time(at));
	return (
		<Loaded load={load}>
			{({ erasures }) => (
				<Figure
					title={words.audit.erasures}
					says={words.audit.erasuresSays}
					file="erasures"
					empty={words.audit.noErasures}
					rows={erasures}
					columns={[
						{ label: words.audit.asked, value: ({ askedAt }) => askedAt, show: ({ askedAt }) => when(askedAt) },
						{
							label: words.audit.state,
							value: ({ status }) => status,
							show: ({ status }) => words.audit.states[status],
						},
						{ label: words.audit.done, value: ({ doneAt }) => doneAt, show: ({ doneAt }) => when(doneAt) },
						{
							label: words.audit.receipt,
							value: ({ receipt }) => receipt,
							show: ({ receipt }) => <code>{receipt}</code>,
						},
					]}
				/>
			)}
		</Loaded>
	);
}

/** The whole log is read for it, and so only when it is asked for. */
function Consents() {
	const words = useWords();
	const [isWanted, setWanted] = useState(false);
	const load = useLoad(isWanted ? "consents" : null, async (signal, tell) => {
		const rows: ConsentEvent[] = [];
		for await (const row of requestRows<ConsentEvent>("/v1/events?type=consent", signal)) {
			rows.push(row);
			tell(rows.length / CONSENTS_MAX);
			if (rows.length === CONSENTS_MAX) break;
		}
		return rows.sort((a, b) => (a.timestamp < b.timestamp ? 1 : -1));
	});
	if (!isWanted) {
		return (
			<section class="figure">
				<h2>{words.audit.consents}</h2>
				<p class="says">{words.audit.consentsSays}</p>
				<div class="tools">
					<button type="button" onClick={() => setWanted(true)}>
						{words.audit.showConsents}
					</button>
				</div>
			</section>
		);
	}
	return <Loaded load={load}>{(rows) => <ConsentFigure rows={rows} />}</Loaded>;
}

function ConsentFigure({ rows }: { rows: ConsentEvent[] }) {
	const words = useWords();
	const format = useFormat();
	return (
		<Figure
			title={words.audit.consents}
			says={words.audit.consentsSays}
			file="consents"
			empty={words.audit.noConsents}
			rows={rows}
			more={
				<ApiDownload path="/v1/events?type=consent&format=csv" name="consent-log.csv" label={words.audit.allConsents} />
			}
			columns={[
				{
					label: words.person.fields.time,
					value: ({ timestamp }) => timestamp,
					show: ({ timestamp }) => format.time(timestamp),
				},
				{ label: words.audit.said, value: saidIn },
				{ label: words.audit.who, value: ({ userId, anonymousId }) => userId ?? anonymousId ?? "" },
				{
					label: words.journeys.person,
					value: ({ profileId }) => profileId,
					show: ({ profileId }) =>
						profileId === null ? "–" : <a href={linkTo("journeys", profileId)}>{words.audit.open}</a>,
				},
				{ label: words.audit.by, value: ({ trust }) => words.audit.trusts[trust] ?? trust },
				{ label: words.person.fields.evidence, value: ({ messageId }) => messageId },
			]}
		/>
	);
}

/** `analytics: yes, stitching: no`. */
function saidIn({ traits }: ConsentEvent): string {
	return ["analytics", "stitching"]
		.flatMap((name) => (typeof traits?.[name] === "boolean" ? [`${name}: ${traits[name] ? "yes" : "no"}`] : []))
		.join(", ");
}
