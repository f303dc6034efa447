import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useFormat } from "../format.ts";
import type { Load } from "../use-load.ts";
import { useWords } from "../words/index.ts";

/** The result of a load, or what stands in its place: waiting with a way out, or what went wrong with a way on. */
export function Loaded<T>({ load, children }: { load: Load<T>; children: (value: T) => ComponentChildren }) {
	const words = useWords();
	switch (load.state) {
		case "loading":
			return <Waiting progress={load.progress} onCancel={load.cancel} />;
		case "cancelled":
			return (
				<div class="figure state" role="status">
					<p>{words.common.cancelled}</p>
					<button type="button" onClick={load.retry}>
						{words.common.retry}
					</button>
				</div>
			);
		case "failed":
			return (
				<div class="figure state failed" role="alert">
					<p>{words.errors(load.error.code, load.error.message)}</p>
					{load.error.code === "stale_page" ? (
						<button type="button" onClick={() => location.reload()}>
							{words.common.reload}
						</button>
					) : (
						<button type="button" onClick={load.retry}>
							{words.common.retry}
						</button>
					)}
				</div>
			);
		case "done":
			return <>{children(load.value)}</>;
	}
}

/** Shorter waits are over before anybody reads how long they took, ms. */
const SLOW_MS = 2_000;

/** How far it is, how long it has taken once that is long, and a way out. */
export function Waiting({ progress, onCancel }: { progress: number | null; onCancel: () => void }) {
	const words = useWords();
	const format = useFormat();
	const [startedAt] = useState(() => Date.now());
	const [now, setNow] = useState(startedAt);
	useEffect(() => {
		const timer = setInterval(() => setNow(Date.now()), 1_000);
		return () => clearInterval(timer);
	}, []);
	const isKnown = progress !== null && progress > 0;
	return (
		<div class="figure state waiting">
			<progress aria-label={words.common.loading} {...(isKnown ? { value: progress } : {})} />
			<p>
				<span role="status">{words.common.loading}</span> {isKnown && format.percent(Math.round(progress * 100) / 100)}{" "}
				{now - startedAt >= SLOW_MS && words.common.since(format.duration(now - startedAt))}
			</p>
			<button type="button" onClick={onCancel}>
				{words.common.cancel}
			</button>
		</div>
	);
}
