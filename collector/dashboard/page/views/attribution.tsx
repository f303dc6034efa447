/** Which channels the conversions are credited to, by every model; and whether pairs of channels do better. */
import { useContext } from "preact/hooks";
import { Combinations } from "../attribution/combinations.tsx";
import { OneModel } from "../attribution/one-model.tsx";
import { SideBySide } from "../attribution/side-by-side.tsx";
import { GoalsContext } from "../format.ts";
import { Choice } from "../parts/choice.tsx";
import { useAddress } from "../state/address.ts";
import { useWords } from "../words/index.ts";

const DIMENSIONS = ["trafficOrChannel", "channel", "source", "sourceMedium", "campaign"];
const LOOK_BACKS = [0, 7, 30, 90];
const TRANSFORMS = ["all", "exposure", "first", "unique", "remove-direct-if-not-all"];

export default function Attribution() {
	const words = useWords();
	const { params } = useAddress();
	const {
		by = "trafficOrChannel",
		lookback = "0",
		transform = "all",
		model = "markov",
		measure = "conversions",
	} = params;
	const w = words.attribution;
	const goals = useContext(GoalsContext);
	const { goal = "" } = params;
	const names = [...new Set([...goals, ...(goal === "" ? [] : [goal])])];
	const common = {
		by,
		transform,
		lookback: lookback === "0" ? undefined : lookback,
		goal: goal === "" ? undefined : goal,
	};
	const models = Object.keys(w.models).filter((name) => name !== "shapley-rates");
	return (
		<>
			<div class="row filters">
				<Choice
					label={w.goal}
					name="goal"
					value={goal}
					options={[["", words.common.all], ...names.map((name) => [name, name] as const)]}
				/>
				<Choice
					label={w.by}
					name="by"
					value={by}
					options={DIMENSIONS.map((name) => [name, w.dimensions[name] ?? name])}
				/>
				<Choice
					label={w.lookBack}
					name="lookback"
					value={lookback}
					options={LOOK_BACKS.map((days) => [String(days), w.days(days)])}
				/>
				<Choice
					label={w.transform}
					name="transform"
					value={transform}
					options={TRANSFORMS.map((name) => [name, w.transforms[name] ?? name])}
				/>
				<Choice
					label={w.measure}
					name="measure"
					value={measure}
					options={[
						["conversions", w.conversions],
						["value", w.value],
					]}
				/>
			</div>
			<SideBySide common={common} measure={measure === "value" ? "value" : "conversions"} />
			<OneModel
				common={common}
				model={model}
				measure={measure === "value" ? "value" : "conversions"}
				choice={
					<Choice
						label={w.model}
						name="model"
						value={model}
						options={models.map((name) => [name, w.models[name] ?? name])}
					/>
				}
			/>
			<Combinations common={common} />
		</>
	);
}
