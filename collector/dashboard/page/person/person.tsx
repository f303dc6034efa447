/** One person's chain over all channels. */
import { useContext, useEffect, useRef, useState } from "preact/hooks";
import { request, requestJson, withQuery } from "../api.ts";
import { useFormat, ZoneContext } from "../format.ts";
import { ApiDownload } from "../parts/download.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { SecretAction } from "../parts/secret-action.tsx";
import type { Profile } from "../records.ts";
import { changeParams, linkTo, useAddress } from "../state/address.ts";
import { dayStart } from "../state/range.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";
import type { LayoutOptions } from "./layout.ts";
import { Links, type Parting } from "./links.tsx";
import { Timeline } from "./timeline.tsx";
import { TouchDetails } from "./touch-details.tsx";

const DAY_MS = 24 * 3600_000;

export function Person({ id }: { id: string }) {
	const words = useWords();
	const zone = useContext(ZoneContext);
	const { params } = useAddress();
	const [round, setRound] = useState(0);
	const [parted, setParted] = useState<Parting[]>([]);
	const reload = () => setRound((before) => before + 1);
	const asOf = params.asOf ?? "";
	const load = useLoad(`${id} ${asOf} ${round}`, (signal) => {
		// As known at the end of that day.
		const until = asOf === "" ? "" : new Date(dayStart(asOf, zone) + DAY_MS).toISOString();
		return requestJson<Profile>(withQuery(`/v1/profiles/${encodeURIComponent(id)}`, { asOf: until }), { signal });
	});
	return (
		<>
			<p>
				<a href={linkTo("journeys")}>← {words.views.journeys}</a>
			</p>
			<label class="inline">
				{words.person.asOf}{" "}
				<input type="date" value={asOf} onChange={(event) => changeParams({ asOf: event.currentTarget.value })} />
			</label>
			<Loaded load={load}>
				{(profile) => (
					<Chain
						profile={profile}
						parted={parted}
						onPart={(pairs) => {
							setParted(pairs);
							reload();
						}}
						onChange={reload}
					/>
				)}
			</Loaded>
		</>
	);
}

interface ChainProps {
	profile: Profile;
	parted: readonly Parting[];
	onPart: (parted: Parting[]) => void;
	onChange: () => void;
}

function Chain({ profile, parted, onPart, onChange }: ChainProps) {
	const words = useWords();
	const format = useFormat();
	const { params } = useAddress();
	const box = useRef<HTMLDivElement>(null);
	const [width, setWidth] = useState(0);
	const [chosen, setChosen] = useState(profile.touchpoints[0]?.id ?? "");
	useEffect(() => setWidth(box.current?.clientWidth ?? 0), []);
	const options: LayoutOptions = {
		spacing: params.spacing === "scale" ? "scale" : "even",
		isFolded: params.sessions === "folded",
		width,
	};
	const touchpoint =
		profile.touchpoints.find((one) => one.id === chosen) ??
		profile.touchpoints.find((one) => one.sessionId === chosen) ??
		profile.touchpoints[0];
	const name = typeof profile.traits.name === "string" ? profile.traits.name : words.person.unnamed;
	return (
		<div ref={box} class="person">
			<section class="figure">
				<h2>{name}</h2>
				<p class="says">
					{words.person.summary(
						format.number(profile.touchpoints.length),
						profile.firstTouchAt === null ? "–" : format.date(profile.firstTouchAt),
						profile.lastTouchAt === null ? "–" : format.date(profile.lastTouchAt),
						format.number(profile.conversions.length),
					)}{" "}
					{profile.stage !== null && `${words.person.fields.stage}: ${format.name(profile.stage)}.`}
					{profile.truncated && ` ${words.person.truncated}`}
				</p>
				<div class="row">
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
				{touchpoint === undefined ? (
					<p class="empty">{words.person.empty}</p>
				) : (
					<>
						<Timeline
							touchpoints={profile.touchpoints}
							options={options}
							chosen={chosen}
							onChoose={({ id }) => setChosen(id)}
						/>
						<p class="note">
							{words.person.legend}{" "}
							<a href={linkTo("times", "", { profile: profile.profileId })}>{words.person.times}</a>
						</p>
						<div class="details" aria-live="polite">
							<TouchDetails touchpoint={touchpoint} onChange={onChange} />
						</div>
					</>
				)}
			</section>
			<Figure
				title={words.person.inOrder}
				says={words.person.inOrderSays}
				file="chain"
				empty={words.person.empty}
				rows={profile.touchpoints}
				columns={[
					{ label: words.person.fields.time, value: (one) => one.timestamp, show: (one) => format.time(one.timestamp) },
					{ label: words.person.fields.channel, value: (one) => one.channel, show: (one) => format.name(one.channel) },
					{ label: words.person.fields.type, value: (one) => one.type, show: (one) => format.name(one.type) },
					{ label: words.person.fields.page, value: (one) => one.page?.title ?? one.object?.title ?? one.place ?? "" },
					{
						label: words.person.fields.engaged,
						isNumber: true,
						value: (one) => one.engagedMs ?? null,
						show: (one) => (one.engagedMs === undefined ? "" : format.duration(one.engagedMs)),
					},
					{ label: words.person.fields.traffic, value: (one) => one.traffic ?? "" },
					{ label: words.person.fields.goal, value: (one) => one.conversion ?? "" },
				]}
			/>
			{profile.links !== undefined && (
				<section class="figure">
					<h2>{words.person.why}</h2>
					<p class="says">{words.person.whySays}</p>
					<Links profile={profile} parted={parted} onPart={onPart} />
				</section>
			)}
			<section class="figure">
				<h2>{words.person.takeOrErase}</h2>
				<div class="row">
					<ApiDownload
						path={withQuery("/v1/journeys", { format: "ndjson", profile: profile.profileId })}
						name="journey.ndjson"
						label={words.person.export}
					/>
					<Erasure profileId={profile.profileId} />
				</div>
			</section>
		</div>
	);
}

function Erasure({ profileId }: { profileId: string }) {
	const words = useWords();
	const [state, setState] = useState<"" | "pending" | "done">("");
	const erase = async (key: string) => {
		const answer = await request(`/v1/profiles/${encodeURIComponent(profileId)}`, { method: "DELETE", key });
		const { receipt } = (await answer.json()) as { receipt: string };
		setState("pending");
		for (;;) {
			const { status } = await requestJson<{ status: string }>(`/v1/erasures/${encodeURIComponent(receipt)}`, { key });
			if (status === "done") break;
			await new Promise((resolve) => setTimeout(resolve, 500));
		}
		setState("done");
	};
	if (state === "done") return <p role="status">{words.person.erased}</p>;
	return (
		<SecretAction
			label={words.person.erase}
			question={words.person.eraseQuestion}
			confirmWord={words.person.eraseWord}
			act={erase}
			isDanger
		/>
	);
}
