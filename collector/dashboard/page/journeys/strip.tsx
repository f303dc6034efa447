import { useFormat } from "../format.ts";
import { hueOf } from "../parts/channel-colour.ts";
import type { Journey } from "../records.ts";

/** Contacts drawn in a row of the list, the latest. */
export const STRIP_MAX = 24;

/** The chain in small: a square a contact, coloured by channel, taller where a goal was met. */
export function Strip({ journey }: { journey: Journey }) {
	const format = useFormat();
	const shown = journey.touchpoints.slice(-STRIP_MAX);
	const names = [...new Set(shown.map(({ channel }) => format.name(channel)))].join(", ");
	return (
		<svg class="strip" width={shown.length * 9} height={16} role="img" aria-label={names}>
			<title>{names}</title>
			{shown.map((one, index) => {
				const isGoal = one.conversion !== undefined;
				return (
					<rect
						key={one.id}
						class={hueOf(one.channel)}
						x={index * 9}
						y={isGoal ? 1 : 4}
						width={7}
						height={isGoal ? 14 : 8}
						rx={1.5}
					/>
				);
			})}
		</svg>
	);
}
