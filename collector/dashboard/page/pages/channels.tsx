import { useFormat } from "../format.ts";
import { Bars } from "../parts/bars.tsx";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { Trend, useBeforeColumns } from "../parts/trend.tsx";
import { type CrossTab, useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

/** More than the registry has. */
const BARS_MAX = 30;

/** Contacts by channel, beside the period before. */
export function Channels() {
	const { load, before } = useCompared<CrossTab>("channels", { by: "channel", period: "month" });
	return <Loaded load={load}>{(now) => <ChannelFigure now={now} before={before} />}</Loaded>;
}

interface Row {
	label: string;
	count: number;
}

function ChannelFigure({ now, before }: { now: CrossTab; before: CrossTab | null }) {
	const words = useWords();
	const format = useFormat();
	const rows: Row[] = now.columns.map((label, index) => ({ label, count: now.columnTotals[index]?.count ?? 0 }));
	const earlier = new Map(before?.columns.map((label, index) => [label, before.columnTotals[index]?.count ?? 0]));
	const beforeColumns = useBeforeColumns<Row>(({ count }) => count, before && (({ label }) => earlier.get(label) ?? 0));
	return (
		<Figure
			title={words.pages.channels}
			says={words.pages.channelsSays}
			file="channels"
			empty={words.map.empty}
			rows={rows}
			headline={<Trend label={words.pages.contacts} now={now.total.count} before={before?.total.count} />}
			columns={[
				{ label: words.person.fields.channel, value: ({ label }) => label, show: ({ label }) => format.name(label) },
				{ label: words.pages.contacts, isNumber: true, value: ({ count }) => count },
				{
					label: words.common.share,
					isNumber: true,
					value: ({ count }) => count / Math.max(1, now.total.count),
					show: ({ count }) => format.percent(count / Math.max(1, now.total.count)),
				},
				...beforeColumns,
			]}
		>
			<Bars
				title={words.pages.channels}
				bars={rows.slice(0, BARS_MAX).map(({ label, count }) => ({
					label,
					value: count,
					...(before === null ? {} : { before: earlier.get(label) ?? 0 }),
				}))}
				show={format.number}
			/>
		</Figure>
	);
}
