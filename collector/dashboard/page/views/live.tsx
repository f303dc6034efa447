/** Touchpoints as they arrive. */
import { useState } from "preact/hooks";
import { useFormat } from "../format.ts";
import { ChannelChoice } from "../parts/channel-choice.tsx";
import { hueOf } from "../parts/channel-colour.ts";
import { linkTo, useAddress } from "../state/address.ts";
import { useFeed } from "../use-feed.ts";
import { useWords } from "../words/index.ts";

export default function Live() {
	const words = useWords();
	const format = useFormat();
	const [isPaused, setPaused] = useState(false);
	const { params } = useAddress();
	const { channel = "" } = params;
	const feed = useFeed(isPaused);
	const shown = feed.touches.filter((one) => channel === "" || one.channel === channel);
	return (
		<section class="figure">
			<p class="says">{words.live.says}</p>
			<div class="row filters">
				<button type="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
					{isPaused ? words.live.resume : words.live.pause}
				</button>
				<ChannelChoice shown={feed.touches.map((one) => one.channel)} />
				<span role="status" class="note dates">
					{isPaused ? words.live.paused : words.live.count(format.number(feed.count))}
				</span>
			</div>
			{feed.error !== null && <p role="alert">{words.errors(feed.error.code, feed.error.message)}</p>}
			{shown.length === 0 ? (
				<p class="empty">{feed.touches.length === 0 ? words.live.empty : words.live.filtered}</p>
			) : (
				<ol class="live">
					{shown.map((one) => (
						<li key={one.id}>
							<time dateTime={one.timestamp}>{format.clock(one.timestamp)}</time>
							<span class={`tag ${hueOf(one.channel)}`}>{format.name(one.channel)}</span>
							<a href={linkTo("journeys", one.profileId)}>{format.name(one.type)}</a>
							<span>{one.pageTitle ?? one.pagePath ?? one.objectTitle ?? ""}</span>
						</li>
					))}
				</ol>
			)}
		</section>
	);
}
