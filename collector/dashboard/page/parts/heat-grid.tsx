import { useFormat } from "../format.ts";
import { useWords } from "../words/index.ts";
import { Drawing } from "./drawing.tsx";

interface HeatGridProps {
	caption: string;
	columns: readonly string[];
	rows: readonly { label: string; counts: readonly number[]; before?: readonly number[] | undefined }[];
	/** Columns as wide as the page has room for: where all hold the same kind of number. */
	isWide?: boolean;
}

/** Below this a difference from what is expected says nothing. */
export const COUNT_MIN = 5;
/** So many fit on a narrower page than the days of two weeks do. */
const FEW_COLUMNS = 8;
/** Observed over expected from which each of the four colours is used. */
const STEPS = [1.2, 1.6, 2.2, 3];

/** A table of counts, coloured where there is more than its row and column lead to expect. */
export function HeatGrid({ caption, columns, rows, isWide }: HeatGridProps) {
	const format = useFormat();
	const words = useWords();
	const expected = expectCounts(rows.map(({ counts }) => counts));
	return (
		<>
			<Drawing title={caption} columns={columns.length}>
				<table class={isWide ? (columns.length > FEW_COLUMNS ? "heat wide" : "heat wide few") : "heat"}>
					<caption class="unseen">{caption}</caption>
					<thead>
						<tr>
							<td />
							{columns.map((column) => (
								<th key={column} scope="col">
									{column}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{rows.map(({ label, counts, before }, row) => (
							<tr key={label}>
								<th scope="row">{label}</th>
								{counts.map((count, column) => {
									const usual = expected[row]?.[column] ?? 0;
									const was = before?.[column];
									const text = words.times.cell(
										label,
										columns[column] ?? "",
										format.number(count),
										format.decimal(usual),
									);
									return (
										<td
											key={columns[column]}
											class={levelOf(count, usual)}
											data-tip={was === undefined ? text : `${text}; ${words.common.before}: ${format.number(was)}`}
										>
											{count === 0 ? "" : format.number(count)}
										</td>
									);
								})}
							</tr>
						))}
					</tbody>
				</table>
			</Drawing>
			<Scale />
		</>
	);
}

/** What the colours mean. */
function Scale() {
	const words = useWords();
	const format = useFormat();
	return (
		<div class="scale">
			<span class="row">
				<i class="none" /> {words.times.never}
			</span>
			<span class="row">
				<i class="few" /> {words.times.few(COUNT_MIN)}
			</span>
			{STEPS.map((step, index) => (
				<span key={step} class="row">
					<i class={`l${index + 1}`} /> {words.times.timesExpected(format.decimal(step))}
				</span>
			))}
		</div>
	);
}

/** What each cell would hold if rows and columns had nothing to do with each other. */
export function expectCounts(counts: readonly (readonly number[])[]): number[][] {
	const rowSums = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
	const columnSums = (counts[0] ?? []).map((_, column) => counts.reduce((sum, row) => sum + (row[column] ?? 0), 0));
	const total = rowSums.reduce((sum, count) => sum + count, 0);
	return rowSums.map((rowSum) => columnSums.map((columnSum) => (total === 0 ? 0 : (rowSum * columnSum) / total)));
}

export function levelOf(count: number, expected: number): string {
	if (count === 0) return "none";
	if (count < COUNT_MIN) return "few";
	const ratio = expected > 0 ? count / expected : 0;
	const level = STEPS.filter((step) => ratio >= step).length;
	return level === 0 ? "" : `l${level}`;
}
