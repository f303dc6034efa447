import type { ComponentChildren } from "preact";
import type { Load } from "../use-load.ts";
import { useWords } from "../words/index.ts";

/** The result of a load, or what stands in its place: waiting with a way out, or what went wrong with a way on. */
export function Loaded<T>({ load, children }: { load: Load<T>; children: (value: T) => ComponentChildren }) {
	const words = useWords();
	switch (load.state) {
		case "loading":
			return (
				<p class="waiting" role="status">
					<progress aria-label={words.common.loading} /> {words.common.loading}{" "}
					<button type="button" onClick={load.cancel}>
						{words.common.cancel}
					</button>
				</p>
			);
		case "cancelled":
			return (
				<p role="status">
					{words.common.cancelled}{" "}
					<button type="button" onClick={load.retry}>
						{words.common.retry}
					</button>
				</p>
			);
		case "failed":
			return (
				<div class="failed" role="alert">
					<p>{words.errors(load.error.code, load.error.message)}</p>
					<button type="button" onClick={load.retry}>
						{words.common.retry}
					</button>
				</div>
			);
		case "done":
			return <>{children(load.value)}</>;
	}
}
