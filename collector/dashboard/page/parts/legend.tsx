import { useFormat } from "../format.ts";
import { hueOf } from "./channel-colour.ts";

/** What the colours of a drawing stand for, the names in the reader's order of letters. */
export function Legend({ says, names }: { says: string; names: readonly string[] }) {
	const format = useFormat();
	const sorted = [...names].sort((a, b) => format.name(a).localeCompare(format.name(b)));
	return (
		<p class="note legend">
			{says}{" "}
			{sorted.map((name) => (
				<span key={name} class={`tag ${hueOf(name)}`}>
					{format.name(name)}
				</span>
			))}
		</p>
	);
}
