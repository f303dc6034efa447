/** Which channels the conversions are credited to, by every model; and whether pairs of channels do better. */
import { useContext } from "preact/hooks";
import { Combinations } from "../attribution/combinations.tsx";
import { type Comparison, findIntervals, type Measure, type PathParams } from "../attribution/comparison.ts";
import { OneModel } from "../attribution/one-model.tsx";
import { SideBySide } from "../attribution/side-by-side.tsx";
import { GoalsContext, useFormat } from "../format.ts";
import { Choice } from "../parts/choice.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useRange } from "../parts/use-range.ts";
import { useAddress } from "../state/address.ts";
import { useAnalysis, useCompared } from "../use-analysis.ts";
import { useWords } from "../words/index.ts";

const DIMENSIONS = ["trafficOrChannel", "channel", "source", "sourceMedium", "campaign"];
const LOOK_BACKS = [0, 7, 30, 90];
/** Resamples behind the intervals. */
const BOOTSTRAP = 200;
const TRANSFORMS = ["all", "exposure", "first", "unique", "remove-direct-if-not-all"];

export default function Attribution() {
	const words = useWords();
	const { params } = useAddress();
	const { by = "trafficOrChannel", lookback = "0", transform = "all" } = params;
	const measure = params.measure === "value" ? "value" : "conversions";
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
			<Models common={common} measure={measure} />
			<Combinations common={common} />
		</>
	);
}

/** Credits come first; their intervals take longer and follow. */
function Models({ common, measure }: { common: PathParams; measure: Measure }) {
	const w = useWords().attribution;
	const format = useFormat();
	const range = useRange();
	const { model = "markov" } = useAddress().params;
	const query = { ...common, model: "all" };
	const { load, before } = useCompared<Comparison>("attribution", query);
	const isThere = load.state === "done" && load.value.totals.conversions > 0;
	const resampled = useAnalysis<Comparison>("attribution", { ...query, bootstrap: BOOTSTRAP }, isThere ? range : null);
	const intervalOf = findIntervals(resampled.state === "done" ? resampled.value : null, measure);
	return (
		<Loaded load={load}>
			{(now) => {
				const { currency, models } = now;
				const show = (value: number) =>
					measure === "value" && currency !== null
						? format.money({ amount: Math.round(value), currency })
						: format.decimal(value);
				const shared = { now, before, intervalOf, measure, show };
				return (
					<>
						<SideBySide {...shared} chosen={model} />
						<OneModel
							{...shared}
							model={model}
							tools={
								<>
									<div class="row filters">
										<Choice
											label={w.model}
											name="model"
											value={model}
											options={models.map((name) => [name, w.models[name] ?? name])}
										/>
									</div>
									{isThere && <Loaded load={resampled}>{() => null}</Loaded>}
								</>
							}
						/>
					</>
				);
			}}
		</Loaded>
	);
}
