import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import type { Senders } from "../records.ts";
import { useWords } from "../words/index.ts";
import { listLibraries, listSenders } from "./silence.ts";

/** Who sends, by key and by library; and who has stopped. */
export function SenderFigures({ senders }: { senders: Senders }) {
	const words = useWords();
	const format = useFormat();
	const w = words.pipeline;
	const rows = listSenders(senders, Date.now());
	const silent = rows.filter(({ isSilent }) => isSilent);
	const kinds: Record<string, string> = { ...words.keys.kinds, revoked: w.revoked };
	return (
		<>
			{silent.length > 0 && (
				<p class="warning" role="alert">
					{w.silentKeys(silent.map(({ name, lastAt }) => `${name} (${format.time(lastAt)})`).join(", "))}
				</p>
			)}
			<Figure
				title={w.senders}
				says={w.sendersSays}
				file="senders"
				empty={w.sendersEmpty}
				rows={rows}
				columns={[
					{ label: words.keys.key, value: ({ name }) => name },
					{ label: words.keys.kind, value: ({ kind }) => kind, show: ({ kind }) => kinds[kind] ?? kind },
					{ label: w.today, isNumber: true, value: ({ today }) => today },
					{ label: w.week, isNumber: true, value: ({ week }) => week },
					{ label: w.sixty, isNumber: true, value: ({ total }) => total },
					{ label: w.refused, isNumber: true, value: ({ refused }) => refused },
					{
						label: words.setup.last,
						value: ({ lastAt }) => lastAt,
						show: ({ lastAt }) => (lastAt === 0 ? "–" : format.time(lastAt)),
					},
				]}
			/>
			<Figure
				title={w.libraries}
				says={w.librariesSays}
				file="events-by-library"
				empty={w.sendersEmpty}
				rows={listLibraries(senders)}
				columns={[
					{ label: w.library, value: ({ library }) => library || w.noLibrary },
					{ label: words.setup.events, isNumber: true, value: ({ events }) => events },
					{
						label: words.common.share,
						isNumber: true,
						value: ({ share }) => share,
						show: ({ share }) => format.percent(share),
					},
					{ label: words.setup.last, value: ({ lastAt }) => lastAt, show: ({ lastAt }) => format.time(lastAt) },
				]}
			/>
		</>
	);
}
