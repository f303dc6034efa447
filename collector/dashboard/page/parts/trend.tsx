import { useFormat } from "../format.ts";
import { useWords } from "../words/index.ts";
import { changeOf } from "./change.ts";
import type { Column } from "./rows.ts";

interface TrendProps {
	/** What is counted. */
	label: string;
	now: number;
	/** Of the period before; null or undefined: not known. */
	before: number | null | undefined;
	/** Default: whole numbers. */
	show?: ((value: number) => string) | undefined;
}

/** One number large, and how it stands to the period before. Up is neither good nor bad: it has no colour. */
export function Trend({ label, now, before, show }: TrendProps) {
	const words = useWords();
	const format = useFormat();
	const write = show ?? format.number;
	const change = changeOf(now, before);
	return (
		<p class="trend">
			<span class="trend-label">{label}</span> <b>{write(now)}</b>{" "}
			{before !== null && before !== undefined && (
				<span class="change" title={`${words.common.before}: ${write(before)}`}>
					{change === null ? words.common.noneBefore : words.common.against(format.change(change), write(before))}
				</span>
			)}
		</p>
	);
}

/**
 * The columns that a table gains by comparison: what it was, and by how much it changed.
 *
 * @param before reads the row's number of the period before; null: there is nothing to compare with, and no column
 */
export function useBeforeColumns<Row>(
	read: (row: Row) => number,
	before: ((row: Row) => number) | null,
	show?: (value: number) => string,
): Column<Row>[] {
	const words = useWords();
	const format = useFormat();
	if (before === null) return [];
	return [
		{
			label: words.common.before,
			isNumber: true,
			value: before,
			show: (row) => (show ?? format.number)(before(row)),
		},
		{
			label: words.common.change,
			isNumber: true,
			value: (row) => changeOf(read(row), before(row)),
			show: (row) => {
				const change = changeOf(read(row), before(row));
				return change === null ? "–" : format.change(change);
			},
		},
	];
}
