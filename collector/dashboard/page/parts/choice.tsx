import { changeParams } from "../state/address.ts";

interface ChoiceProps {
	label: string;
	/** Parameter of the address. */
	name: string;
	value: string;
	/** Value and text. */
	options: readonly (readonly [string, string])[];
}

/** A labelled list whose choice stands in the address. */
export function Choice({ label, name, value, options }: ChoiceProps) {
	return (
		<label class="inline">
			{label}{" "}
			<select value={value} onChange={(event) => changeParams({ [name]: event.currentTarget.value })}>
				{options.map(([option, text]) => (
					<option key={option} value={option}>
						{text}
					</option>
				))}
			</select>
		</label>
	);
}
