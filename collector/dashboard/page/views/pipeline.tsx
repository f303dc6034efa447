/** Is everything that was sent in the chains, who sends, what was refused, what does it take to keep, and what an auditor asks. */
import { useEffect, useState } from "preact/hooks";
import { requestJson } from "../api.ts";
import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend } from "../parts/trend.tsx";
import { Audit } from "../pipeline/audit.tsx";
import { estimateCost } from "../pipeline/cost.ts";
import { Daily } from "../pipeline/daily.tsx";
import { PlanWarnings } from "../pipeline/plan.tsx";
import { Refused } from "../pipeline/refused.tsx";
import { SenderFigures } from "../pipeline/senders.tsx";
import { eventsADay } from "../pipeline/silence.ts";
import type { Senders, Settings, Status } from "../records.ts";
import { type Load, useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

const REFRESH_MS = 5_000;
const SHOWN = [
	"copies",
	"duplicates",
	"numbered",
	"lost",
	"evicted",
	"setAside",
	"retries",
	"sameMessageIds",
	"pending",
	"backlogEvents",
	"lagMs",
	"stuck",
	"refolding",
	"aging",
	"erasing",
	"rejections",
	"identifiedStreams",
	"databaseBytes",
	"rowsRead",
	"rowsWritten",
] as const;

export default function Pipeline() {
	const { load: status, latest: last } = useRefreshed<Status>("/v1/status");
	const { load: senders, latest: sent } = useRefreshed<Senders>("/v1/senders");
	const words = useWords();
	return (
		<>
			{status.state === "failed" && <Loaded load={status}>{() => null}</Loaded>}
			{senders.state === "failed" && <Loaded load={senders}>{() => null}</Loaded>}
			{last !== null && <Health status={last} senders={sent} />}
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
			{sent !== null && <SenderFigures senders={sent} />}
			<Daily />
			<Refused />
			<PlanWarnings />
			<Audit />
			<Numbers status={last} />
		</>
	);
}

/** Asks again and again while the page is looked at; the last good answer stays. */
function useRefreshed<T>(path: string): { load: Load<T>; latest: T | null } {
	const [round, setRound] = useState(0);
	const [latest, setLatest] = useState<T | null>(null);
	const load = useLoad(`${path} ${round}`, async (signal) => {
		const answer = await requestJson<T>(path, { signal });
		setLatest(answer);
		return answer;
	});
	const isWaiting = load.state === "loading";
	useEffect(() => {
		// A slow collector is not asked again before it has answered.
		if (isWaiting) return;
		const timer = setTimeout(() => setRound((before) => before + 1), REFRESH_MS);
		return () => clearTimeout(timer);
	}, [isWaiting, round]);
	return { load, latest };
}

function Health({ status, senders }: { status: Status; senders: Senders | null }) {
	const words = useWords();
	const format = useFormat();
	const w = words.pipeline;
	const { copies, duplicates, numbered, lost } = status.delivery;
	const daily = senders === null ? 0 : eventsADay(senders, Date.now());
	const share = (part: number, whole: number) => (whole === 0 ? "–" : format.percent(part / whole));
	const dollars = (value: number) => format.money({ amount: Math.round(value * 100), currency: "USD" });
	const settings = useLoad("settings", (signal) => requestJson<Settings>("/v1/settings", { signal }));
	const shards = settings.state === "done" ? settings.value : null;
	const cost =
		shards === null ? 0 : estimateCost({ eventsADay: daily, bytes: status.databaseBytes, ...pickShards(shards) });
	const tiles: [string, number, string][] = [
		[w.received, copies, w.ofThese(share(duplicates, copies))],
		[w.lostShare, numbered === 0 ? 0 : lost / numbered, w.lostOf(format.number(lost), format.number(numbered))],
		[w.lag, status.lagMs, status.pending === 0 ? w.settled : w.working],
		[w.storage, status.databaseBytes, copies === 0 ? "" : w.perEvent(format.bytes(status.databaseBytes / copies))],
		[w.daily7, daily, w.daily7Says],
		[w.cost, cost, w.costSays],
	];
	const shows = [
		format.number,
		format.percent,
		format.duration,
		format.bytes,
		format.number,
		(value: number) => (value > 0 && value < 0.01 ? w.under(dollars(0.01)) : dollars(value)),
	];
	return (
		<div class="tiles">
			{tiles.map(([label, value, note], index) => (
				<section key={label} class="tile">
					<Trend label={label} now={value} before={null} show={shows[index]} />
					<p class="says">{note}</p>
				</section>
			))}
		</div>
	);
}

function pickShards({ streamShards, profileShards }: Settings) {
	return { streamShards, profileShards };
}

function Numbers({ status }: { status: Status | null }) {
	const words = useWords();
	const format = useFormat();
	const numbers = status === null ? null : { ...status, ...status.delivery };
	const read = (name: (typeof SHOWN)[number]) => numbers?.[name] ?? 0;
	const show = (name: (typeof SHOWN)[number]) =>
		name === "databaseBytes"
			? format.bytes(read(name))
			: name === "lagMs"
				? format.duration(read(name))
				: format.number(read(name));
	return (
		<Figure
			title={words.pipeline.now}
			says={status?.pending === 0 ? words.pipeline.settled : words.pipeline.working}
			file="status"
			empty={words.common.loading}
			rows={status === null ? [] : SHOWN}
			columns={[
				{ label: words.pipeline.number, value: (name) => name, show: (name) => words.pipeline.numbers[name] ?? name },
				{ label: words.pipeline.value, isNumber: true, value: read, show },
			]}
		/>
	);
}
