import { useContext } from "preact/hooks";
import { requestJson } from "../api.ts";
import { useFormat, ZoneContext } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import type { Rejection } from "../records.ts";
import { groupBy } from "../state/group-by.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

const REJECTIONS_MAX = 1000;
const BYTES_SHOWN = 200;

/** What was refused and why, with what was sent. */
export function Refused() {
	const words = useWords();
	const format = useFormat();
	const zone = useContext(ZoneContext);
	const load = useLoad("rejections", (signal) =>
		requestJson<{ rejections: Rejection[] }>(`/v1/rejections?limit=${REJECTIONS_MAX}`, { signal }),
	);
	return (
		<Loaded load={load}>
			{({ rejections: all }) => (
				<>
					<Figure
						title={words.pipeline.byReason}
						says={words.pipeline.byReasonSays}
						file="rejections-by-reason"
						empty={words.setup.noRejections}
						rows={countBy(all, ({ code }) => code)}
						columns={[
							{ label: words.person.reason, value: ({ name }) => name, show: ({ name }) => words.errors(name, "") },
							{ label: words.common.count, isNumber: true, value: ({ count }) => count },
						]}
					/>
					<Figure
						title={words.pipeline.rejections}
						says={words.pipeline.rejectionsSays(zone)}
						file="rejections"
						empty={words.setup.noRejections}
						rows={all}
						columns={[
							{
								label: words.person.fields.time,
								value: ({ receivedAt }) => receivedAt,
								show: ({ receivedAt }) => format.time(receivedAt),
							},
							{ label: words.person.reason, value: ({ code }) => code },
							{ label: words.pipeline.message, value: ({ message }) => message },
							{ label: words.pipeline.field, value: ({ field }) => field ?? "" },
							{
								label: words.pipeline.bytes,
								value: ({ bytes }) => bytes ?? "",
								show: ({ bytes }) => <code>{(bytes ?? "").slice(0, BYTES_SHOWN)}</code>,
							},
						]}
					/>
				</>
			)}
		</Loaded>
	);
}

function countBy<T>(items: readonly T[], read: (item: T) => string): { name: string; count: number }[] {
	return [...groupBy(items, read)]
		.map(([name, own]) => ({ name, count: own.length }))
		.sort((a, b) => b.count - a.count);
}
