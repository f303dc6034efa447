/** Travel back: the chain as it was known at each moment that changed it. */
import { useEffect, useState } from "preact/hooks";
import { requestJson } from "../api.ts";
import { useFormat } from "../format.ts";
import { Loaded } from "../parts/loaded.tsx";
import { changeParams } from "../state/address.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

interface Known {
	known: { at: string; events: number }[];
}

/** @param asOf ISO 8601; empty: now */
export function AsOf({ id, asOf }: { id: string; asOf: string }) {
	const words = useWords();
	const [isWanted, setWanted] = useState(false);
	const isOpen = isWanted || asOf !== "";
	const load = useLoad<Known>(isOpen ? `known ${id}` : null, (signal) =>
		requestJson(`/v1/profiles/${encodeURIComponent(id)}/known`, { signal }),
	);
	if (!isOpen) {
		return (
			<button type="button" onClick={() => setWanted(true)}>
				{words.person.travel}
			</button>
		);
	}
	return <Loaded load={load}>{({ known }) => <Slider known={known} asOf={asOf} />}</Loaded>;
}

function Slider({ known, asOf }: { known: Known["known"]; asOf: string }) {
	const words = useWords();
	const format = useFormat();
	const last = known.length - 1;
	const found = asOf === "" ? last : known.findLastIndex(({ at }) => Date.parse(at) <= Date.parse(asOf));
	const place = Math.max(0, found);
	const [moved, setMoved] = useState(place);
	useEffect(() => setMoved(place), [place]);
	const shown = known[moved];
	const choose = (index: number) => changeParams({ asOf: index === last ? "" : (known[index]?.at ?? "") });
	if (last < 1) return <p class="note">{words.person.onlyOnce(format.exact(known[0]?.at ?? 0))}</p>;
	return (
		<section class="figure" aria-label={words.person.travel}>
			<div class="row">
				<label class="inline" for="as-of">
					{words.person.asOf}
				</label>
				<input
					id="as-of"
					type="range"
					min={0}
					max={last}
					value={moved}
					aria-valuetext={shown === undefined ? "" : format.exact(shown.at)}
					onInput={(event) => setMoved(Number(event.currentTarget.value))}
					onChange={(event) => choose(Number(event.currentTarget.value))}
				/>
				<output for="as-of">
					<b>{shown === undefined ? "" : format.exact(shown.at)}</b>{" "}
					{moved === last ? words.person.now : words.person.backThen(format.number(shown?.events ?? 0))}
				</output>
				{asOf !== "" && (
					<button type="button" class="quiet" onClick={() => choose(last)}>
						{words.person.backToNow}
					</button>
				)}
			</div>
			<p class="note">{words.person.travelSays(format.number(known.length))}</p>
		</section>
	);
}
