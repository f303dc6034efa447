import { useContext } from "preact/hooks";
import { ZoneContext } from "../format.ts";
import { changeParams, useAddress } from "../state/address.ts";
import { DAYS_CHOICES, DAYS_USUAL, dateOf, rangeOf } from "../state/range.ts";
import { useWords } from "../words/index.ts";

/** The time range, kept in the address: the last days, or from one date to another. */
export function RangePicker() {
	const words = useWords();
	const zone = useContext(ZoneContext);
	const { params } = useAddress();
	const { from, to } = rangeOf(params, Date.now(), zone);
	const first = dateOf(Date.parse(from), zone);
	const last = dateOf(Date.parse(to) - 1, zone);
	const isDates = Boolean(params.from && params.to);
	const change = (name: "from" | "to", value: string) => {
		if (value !== "") changeParams({ days: "", from: first, to: last, [name]: value });
	};
	return (
		<fieldset class="row range">
			<legend class="unseen">{words.common.range}</legend>
			<select
				aria-label={words.common.range}
				value={isDates ? "dates" : (params.days ?? String(DAYS_USUAL))}
				onChange={(event) => {
					const { value } = event.currentTarget;
					changeParams(value === "dates" ? { days: "", from: first, to: last } : { days: value, from: "", to: "" });
				}}
			>
				{DAYS_CHOICES.map((days) => (
					<option key={days} value={days}>
						{words.common.lastDays(days)}
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
		</fieldset>
	);
}
