import { useContext } from "preact/hooks";
import { useFormat, ZoneContext } from "../format.ts";
import { changeParams, useAddress } from "../state/address.ts";
import { DAYS_CHOICES, DAYS_USUAL, dateOf, isCompared, rangeOf } from "../state/range.ts";
import { useWords } from "../words/index.ts";

/**
 * The time range, kept in the address: the last days, or from one date to another; and whether to compare.
 *
 * @param hasComparison false: what is shown is no number that could be compared
 */
export function RangePicker({ hasComparison }: { hasComparison: boolean }) {
	const words = useWords();
	const format = useFormat();
	const zone = useContext(ZoneContext);
	const { params } = useAddress();
	const { from, to } = rangeOf(params, Date.now(), zone);
	const first = dateOf(Date.parse(from), zone);
	const last = dateOf(Date.parse(to) - 1, zone);
	const isDates = Boolean(params.from && params.to);
	const days = Number(params.days) > 0 ? Number(params.days) : DAYS_USUAL;
	const choices = DAYS_CHOICES.some((count) => count === days) ? DAYS_CHOICES : [...DAYS_CHOICES, days];
	const change = (name: "from" | "to", value: string) => {
		if (value === "") return;
		const [start, end] =
			name === "from" ? [value, value > last ? value : last] : [value < first ? value : first, value];
		changeParams({ days: "", from: start, to: end });
	};
	return (
		<fieldset class="row range">
			<legend class="unseen">{words.common.range}</legend>
			{!isDates && <span class="note dates">{`${format.date(from)} – ${format.date(Date.parse(to) - 1)}`}</span>}
			<select
				aria-label={words.common.range}
				value={isDates ? "dates" : String(days)}
				onChange={(event) => {
					const { value } = event.currentTarget;
					changeParams(value === "dates" ? { days: "", from: first, to: last } : { days: value, from: "", to: "" });
				}}
			>
				{choices.map((count) => (
					<option key={count} value={count}>
						{words.common.lastDays(count)}
					</option>
				))}
				<option value="dates">{words.common.dates}</option>
			</select>
			{isDates && (
				<>
					<input
						type="date"
						aria-label={words.common.from}
						value={first}
						onChange={(event) => change("from", event.currentTarget.value)}
					/>
					<input
						type="date"
						aria-label={words.common.to}
						value={last}
						onChange={(event) => change("to", event.currentTarget.value)}
					/>
				</>
			)}
			{hasComparison && (
				<label class="inline">
					<input
						type="checkbox"
						checked={isCompared(params)}
						onChange={(event) => changeParams({ compare: event.currentTarget.checked ? "" : "0" })}
					/>{" "}
					{words.common.compare}
				</label>
			)}
		</fieldset>
	);
}
