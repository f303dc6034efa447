/** One person's chain over all channels. */
import { useEffect, useState } from "preact/hooks";
import { requestJson, withQuery } from "../api.ts";
import { useFormat } from "../format.ts";
import { ApiDownload } from "../parts/download.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useWidth } from "../parts/use-width.ts";
import type { Profile, Touchpoint } from "../records.ts";
import { changeParams, linkTo, useAddress } from "../state/address.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";
import { AsOf } from "./as-of.tsx";
import { Erasure } from "./erasure.tsx";
import { engagedOf, type LayoutOptions } from "./layout.ts";
import { Links, type Parting } from "./links.tsx";
import { Timeline } from "./timeline.tsx";
import { TouchDetails } from "./touch-details.tsx";

export function Person({ id }: { id: string }) {
	const words = useWords();
	const { params } = useAddress();
	const [round, setRound] = useState(0);
	const [parted, setParted] = useState<Parting[]>([]);
	const reload = () => setRound((before) => before + 1);
	const asOf = params.asOf ?? "";
	const load = useLoad(`${id} ${asOf} ${round}`, (signal) =>
		requestJson<Profile>(withQuery(`/v1/profiles/${encodeURIComponent(id)}`, { asOf }), { signal }),
	);
	return (
		<>
			<div class="row filters">
				<a href={linkTo("journeys")}>← {words.views.journeys}</a>
				<AsOf id={id} asOf={asOf} />
			</div>
			<Loaded load={load}>
				{(profile) => (
					<>
						<Head profile={profile} />
						<Chain profile={profile} onChange={reload} />
						<InOrder profile={profile} />
						{profile.evidence !== undefined && (
							<section class="figure">
								<h2>{words.person.why}</h2>
								<p class="says">{words.person.whySays}</p>
								<Links
									evidence={profile.evidence}
									refusals={profile.refusals ?? []}
									parted={parted}
									onPart={(pairs) => {
										setParted(pairs);
										reload();
									}}
								/>
							</section>
						)}
						<section class="figure tools-only">
							<h2>{words.person.takeOrErase}</h2>
							<div class="tools">
								<ApiDownload
									path={withQuery("/v1/journeys", { format: "ndjson", profile: profile.profileId })}
									name="journey.ndjson"
									label={words.person.export}
								/>
								<Erasure profileId={profile.profileId} />
							</div>
						</section>
					</>
				)}
			</Loaded>
		</>
	);
}

function Head({ profile }: { profile: Profile }) {
	const words = useWords();
	const format = useFormat();
	const { touchpoints, conversions, sessions, stage, identities, traits, firstTouchAt, lastTouchAt } = profile;
	const facts: [string, string][] = [
		[words.journeys.contacts, format.number(touchpoints.length)],
		[words.person.visits, format.number(sessions.length)],
		[words.journeys.conversions, format.number(conversions.length)],
		[words.person.fields.engaged, format.duration(engagedOf(touchpoints))],
		[words.person.first, firstTouchAt === null ? "–" : format.date(firstTouchAt)],
		[words.journeys.last, lastTouchAt === null ? "–" : format.date(lastTouchAt)],
		[words.person.fields.stage, stage === null ? "–" : format.name(stage)],
	];
	return (
		<section class="figure">
			<h2>{typeof traits.name === "string" && traits.name !== "" ? traits.name : words.person.unnamed}</h2>
			<ul class="chips">
				{identities.map(({ kind, value, hash }) => (
					<li key={`${kind} ${hash}`} class="chip">
						<small>{format.name(kind)}</small> {value}
					</li>
				))}
			</ul>
			<dl class="facts">
				{facts.map(([label, value]) => (
					<div key={label}>
						<dt>{label}</dt>
						<dd>
							<b>{value}</b>
						</dd>
					</div>
				))}
			</dl>
			{profile.truncated && <p class="note">{words.person.truncated}</p>}
		</section>
	);
}

function Chain({ profile, onChange }: { profile: Profile; onChange: () => void }) {
	const words = useWords();
	const { params } = useAddress();
	const { box, width } = useWidth(1000);
	const { touch = "" } = params;
	const kept = profile.touchpoints.find(
		(one) => touch.startsWith(one.timestamp) && placeOf(one, profile.touchpoints) === touch,
	);
	const keptId = (kept ?? profile.touchpoints[0])?.id ?? "";
	const [chosen, setChosen] = useState(keptId);
	useEffect(() => setChosen(keptId), [keptId]);
	const options: LayoutOptions = {
		spacing: params.spacing === "scale" ? "scale" : "even",
		isFolded: params.sessions === "folded",
		width,
	};
	const touchpoint = profile.touchpoints.find(({ id }) => id === chosen) ?? profile.touchpoints[0];
	const devices = new Map(profile.identities.map(({ hash, value }) => [hash, value]));
	return (
		<section class="figure">
			<div class="figure-head">
				<div>
					<h2>{words.person.timeline}</h2>
					<p class="says">
						{words.person.legend} <a href={linkTo("times", "", { profile: profile.profileId })}>{words.person.times}</a>
					</p>
				</div>
				<div class="row filters">
					<label class="inline">
						<input
							type="checkbox"
							checked={options.isFolded}
							onChange={(event) => changeParams({ sessions: event.currentTarget.checked ? "folded" : "" })}
						/>{" "}
						{words.person.fold}
					</label>
					<label class="inline">
						<input
							type="checkbox"
							checked={options.spacing === "scale"}
							onChange={(event) => changeParams({ spacing: event.currentTarget.checked ? "scale" : "" })}
						/>{" "}
						{words.person.scale}
					</label>
				</div>
			</div>
			<div ref={box}>
				{touchpoint === undefined ? (
					<p class="empty">{words.person.empty}</p>
				) : (
					<>
						<Timeline
							devices={devices}
							touchpoints={profile.touchpoints}
							options={options}
							chosen={chosen}
							onPoint={({ id }) => setChosen(id)}
							onChoose={(one) => changeParams({ touch: placeOf(one, profile.touchpoints) })}
						/>
						<div class="details" aria-live="polite">
							<TouchDetails touchpoint={touchpoint} onChange={onChange} />
						</div>
					</>
				)}
			</div>
		</section>
	);
}

/** A contact in the address: its time, and which of those at that time. Its id holds a sender's messageId, which may name somebody. */
function placeOf(touchpoint: Touchpoint, all: readonly Touchpoint[]): string {
	const { timestamp } = touchpoint;
	const place = all.filter((one) => one.timestamp === timestamp).indexOf(touchpoint);
	return place < 1 ? timestamp : `${timestamp} ${place}`;
}

function InOrder({ profile }: { profile: Profile }) {
	const words = useWords();
	const format = useFormat();
	const { fields } = words.person;
	return (
		<Figure
			title={words.person.inOrder}
			says={words.person.inOrderSays}
			file="chain"
			empty={words.person.empty}
			rows={profile.touchpoints}
			columns={[
				{ label: fields.time, value: (one) => one.timestamp, show: (one) => format.time(one.timestamp) },
				{ label: fields.channel, value: (one) => one.channel, show: (one) => format.name(one.channel) },
				{ label: fields.type, value: (one) => one.type, show: (one) => format.name(one.type) },
				{ label: fields.page, value: (one) => one.page?.title ?? one.object?.title ?? one.place ?? "" },
				{
					label: fields.engaged,
					isNumber: true,
					value: (one) => one.engagedMs ?? null,
					show: (one) => (one.engagedMs === undefined ? "" : format.duration(one.engagedMs)),
				},
				{
					label: fields.traffic,
					value: (one) => one.traffic ?? "",
					show: (one) => one.traffic && format.name(one.traffic),
				},
				{ label: fields.goal, value: (one) => one.conversion ?? "" },
			]}
		/>
	);
}
