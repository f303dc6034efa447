/** Set-up: the script tag, whether anything arrives and what is wrong when nothing does, the first chain, keys, a link builder. */
import { requestJson } from "../api.ts";
import { useFormat } from "../format.ts";
import { CopyText } from "../parts/copy-text.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Table } from "../parts/table.tsx";
import type { KeyRecord, Rejection } from "../records.ts";
import { Keys } from "../setup/keys.tsx";
import { UtmBuilder } from "../setup/utm-builder.tsx";
import { linkTo } from "../state/address.ts";
import { isSecret } from "../state/session.ts";
import { useFeed } from "../use-feed.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

const REJECTIONS_SHOWN = 10;

export default function Setup() {
	return (
		<>
			<ScriptTag />
			<Arrivals />
			<Keys />
			<UtmBuilder />
		</>
	);
}

/** A read key cannot see write keys; the tag then has a place to fill in. */
function ScriptTag() {
	const words = useWords();
	const load = useLoad(`write key ${isSecret()}`, async (signal) => {
		if (!isSecret()) return null;
		const { keys } = await requestJson<{ keys: KeyRecord[] }>("/v1/keys", { signal });
		return keys.find(({ kind, server, key }) => kind === "write" && !server && key !== undefined)?.key ?? null;
	});
	return (
		<section class="figure">
			<h2>{words.setup.tag}</h2>
			<p class="says">{words.setup.tagSays}</p>
			<Loaded load={load}>
				{(key) => (
					<>
						<CopyText
							text={`<script async src="${location.origin}/strand.js" data-write-key="${key ?? "wk_…"}"></script>`}
						/>
						{key === null && <p class="note">{words.setup.noWriteKey}</p>}
					</>
				)}
			</Loaded>
			<p class="note">{words.setup.ownVisits}</p>
		</section>
	);
}

function Arrivals() {
	const words = useWords();
	const format = useFormat();
	const feed = useFeed(false);
	const [first] = feed.touches;
	const rejections = useLoad(`rejections ${feed.count}`, (signal) =>
		requestJson<{ rejections: Rejection[] }>(`/v1/rejections?limit=${REJECTIONS_SHOWN}`, { signal }),
	);
	return (
		<section class="figure">
			<h2>{words.setup.check}</h2>
			<div role="status">
				{feed.error !== null && <p class="failed">{words.errors(feed.error.code, feed.error.message)}</p>}
				{feed.lastAt === null || first === undefined ? (
					<p class="empty">{words.setup.nothingYet}</p>
				) : (
					<>
						<p class="good">{words.setup.seen(format.number(feed.count), format.duration(Date.now() - feed.lastAt))}</p>
						<p>
							<a href={linkTo("journeys", first.profileId)}>{words.setup.firstChain}</a>
						</p>
					</>
				)}
			</div>
			<details open={feed.lastAt === null}>
				<summary>{words.setup.whatIsWrong}</summary>
				<ul>
					{words.setup.causes.map((cause) => (
						<li key={cause}>{cause}</li>
					))}
				</ul>
			</details>
			<Loaded load={rejections}>
				{({ rejections: rows }) =>
					rows.length === 0 ? (
						<p>{words.setup.noRejections}</p>
					) : (
						<Table
							caption={words.pipeline.rejections}
							rows={rows}
							columns={[
								{
									label: words.person.fields.time,
									value: ({ receivedAt }) => receivedAt,
									show: ({ receivedAt }) => format.time(receivedAt),
								},
								{ label: words.person.reason, value: ({ code, message }) => words.errors(code, message) },
								{ label: words.pipeline.field, value: ({ field }) => field ?? "" },
							]}
						/>
					)
				}
			</Loaded>
		</section>
	);
}
