/** Set-up: the script tag, whether anything arrives and what keeps it out, keys, goals, a link builder, own visits. */
import { Arrivals } from "../setup/arrivals.tsx";
import { Goals } from "../setup/goals.tsx";
import { Keys } from "../setup/keys.tsx";
import { OwnVisits, ScriptTag } from "../setup/script-tag.tsx";
import { UtmBuilder } from "../setup/utm-builder.tsx";

export default function Setup() {
	return (
		<>
			<ScriptTag />
			<Arrivals />
			<Keys />
			<Goals />
			<div class="columns">
				<UtmBuilder />
				<OwnVisits />
			</div>
		</>
	);
}
