/** Does anything arrive? Counts by key from the door, the latest contacts from the feed, and what keeps the rest out. */
import { useEffect, useState } from "preact/hooks";
import { requestJson, requestRows } from "../api.ts";
import { useFormat } from "../format.ts";
import { Table } from "../parts/table.tsx";
import type { Journey, Rejection, Senders } from "../records.ts";
import { linkTo } from "../state/address.ts";
import { useFeed } from "../use-feed.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

const REJECTIONS_SHOWN = 10;
const POLL_MS = 3_000;
/** Refusals of whole requests, for a reason of set-up. */
const BLOCKED = new Set(["origin_not_allowed", "unknown_key"]);
const DAY_MS = 24 * 3600_000;

export function Arrivals() {
	const words = useWords();
	const format = useFormat();
	const feed = useFeed(false);
	const [round, setRound] = useState(0);
	const [latest] = feed.touches;
	// Whoever opens this page after the first visit should see its chain, too.
	const any = useLoad(feed.count === 0 ? `any chain ${round}` : null, readAnyChain);
	const known = useLatest(any);
	const chain = latest?.profileId ?? known;
	useEffect(() => {
		const timer = setInterval(() => {
			if (document.visibilityState === "visible") setRound((before) => before + 1);
		}, POLL_MS);
		return () => clearInterval(timer);
	}, []);
	const senders = useLatest(useLoad(`senders ${round}`, (signal) => requestJson<Senders>("/v1/senders", { signal })));
	const rejections = useLatest(
		useLoad(`rejections ${round}`, (signal) =>
			requestJson<{ rejections: Rejection[] }>(`/v1/rejections?limit=${REJECTIONS_SHOWN}`, { signal }),
		),
	);
	const total = senders?.senders.reduce((sum, { events }) => sum + events, 0) ?? 0;
	const lastAt = Math.max(0, ...(senders?.senders.map((one) => Date.parse(one.lastAt)) ?? []));
	const blocked = rejections?.rejections.filter(({ code }) => BLOCKED.has(code)) ?? [];
	return (
		<section class="figure">
			<h2>{words.setup.check}</h2>
			<p class="says">{words.setup.checkSays}</p>
			<div role="status">
				{feed.error !== null && <p class="failed">{words.errors(feed.error.code, feed.error.message)}</p>}
				{senders !== null && total === 0 && <p class="empty">{words.setup.nothingYet}</p>}
				{total > 0 && (
					<p class="good">
						{words.setup.seen(format.number(total), format.duration(Math.max(0, Date.now() - lastAt)))}{" "}
						{feed.count > 0 && words.setup.sinceOpen(format.number(feed.count))}
					</p>
				)}
				{chain && (
					<p>
						<a href={linkTo("journeys", chain)}>
							{latest === undefined ? words.setup.anyChain : words.setup.firstChain}
						</a>
					</p>
				)}
			</div>
			{blocked.map(({ code, message, bytes, receivedAt }) => (
				<p key={`${code} ${receivedAt} ${bytes}`} class="warning">
					{code === "origin_not_allowed"
						? words.setup.blockedOrigin(bytes?.replace("Origin: ", "") ?? "", keyOf(message))
						: words.setup.revokedKey(bytes?.replace("Origin: ", "") ?? "", keyOf(message))}{" "}
					({format.time(receivedAt)})
				</p>
			))}
			{senders !== null && total > 0 && <BySender senders={senders} />}
			{senders !== null && (
				<details open={total === 0 || Date.now() - lastAt > DAY_MS}>
					<summary>{words.setup.whatIsWrong}</summary>
					<ul>
						{words.setup.causes.map((cause) => (
							<li key={cause}>{cause}</li>
						))}
					</ul>
				</details>
			)}
			<h3>{words.setup.refused}</h3>
			{rejections === null ? (
				<p class="note">{words.common.loading}</p>
			) : rejections.rejections.length === 0 ? (
				<p class="note">{words.setup.noRejections}</p>
			) : (
				<Table
					caption={words.pipeline.rejections}
					name="rejections"
					rows={rejections.rejections}
					columns={[
						{
							label: words.person.fields.time,
							value: ({ receivedAt }) => receivedAt,
							show: ({ receivedAt }) => format.time(receivedAt),
						},
						{ label: words.person.reason, value: ({ code }) => code, show: ({ code }) => words.errors(code, "") },
						{ label: words.pipeline.message, value: ({ message }) => message },
						{ label: words.pipeline.field, value: ({ field }) => field ?? "" },
					]}
				/>
			)}
		</section>
	);
}

/** @returns a person's profile id; null: nobody has a chain yet */
async function readAnyChain(signal: AbortSignal): Promise<string | null> {
	for await (const { profileId } of requestRows<Journey>("/v1/journeys?limit=1", signal)) return profileId;
	return null;
}

/** The last good answer, so that asking again does not blank what is shown. */
function useLatest<T>(load: ReturnType<typeof useLoad<T>>): T | null {
	const [latest, setLatest] = useState<T | null>(null);
	useEffect(() => {
		if (load.state === "done") setLatest(load.value);
	}, [load]);
	return load.state === "done" ? load.value : latest;
}

/** The door writes `… Key #0123456789abcdef.` */
function keyOf(message: string): string {
	return /#\w+/.exec(message)?.[0] ?? "";
}

function BySender({ senders: { keys, senders } }: { senders: Senders }) {
	const words = useWords();
	const format = useFormat();
	const rows = keys
		.map(({ id, name, kind, server }) => {
			const own = senders.filter(({ key }) => key === id);
			return {
				id,
				name: name || `#${id}`,
				kind: words.keys.kinds[server ? "server" : kind],
				events: own.reduce((sum, { events }) => sum + events, 0),
				lastAt: Math.max(0, ...own.map((one) => Date.parse(one.lastAt))),
			};
		})
		.filter(({ events }) => events > 0);
	return (
		<Table
			caption={words.setup.byKey}
			name="arrivals"
			rows={rows}
			columns={[
				{ label: words.keys.key, value: ({ name }) => name },
				{ label: words.keys.kind, value: ({ kind }) => kind },
				{ label: words.setup.events, isNumber: true, value: ({ events }) => events },
				{
					label: words.setup.last,
					value: ({ lastAt }) => lastAt,
					show: ({ lastAt }) => words.setup.ago(format.duration(Math.max(0, Date.now() - lastAt))),
				},
			]}
		/>
	);
}
