import { changeParams } from "../state/address.ts";

interface ChoiceProps {
	label: string;
	/** Parameter of the address. */
	name: string;
	value: string;
	/** Value and text. */
	options: readonly (readonly [string, string])[];
}

/** A labelled list whose choice stands in the address; one that the list does not have, since a link names it, joins it. */
export function Choice({ label, name, value, options }: ChoiceProps) {
	return (
		<label class="inline">
			{label}{" "}
			<select value={value} onChange={(event) => changeParams({ [name]: event.currentTarget.value })}>
				{!options.some(([option]) => option === value) && <option value={value}>{value}</option>}
				{options.map(([option, text]) => (
					<option key={option} value={option}>
						{text}
					</option>
				))}
			</select>
		</label>
	);
}
