import type { ComponentChildren } from "preact";
import { useFormat } from "../format.ts";
import { SecretAction } from "../parts/secret-action.tsx";
import type { Touchpoint } from "../records.ts";
import { useWords } from "../words/index.ts";
import { changeGoals } from "./goals.ts";

/** All that is known of one contact, with the rule that classed it and the events that prove it. */
export function TouchDetails({ touchpoint: one, onChange }: { touchpoint: Touchpoint; onChange: () => void }) {
	const format = useFormat();
	const words = useWords();
	const w = words.person.fields;
	const people = one.participants?.flatMap(({ role, name, ref }) =>
		name || ref ? [`${format.name(role)}: ${name ?? ref}`] : [],
	);
	const rows: [string, ComponentChildren, isWide?: true][] = [
		[w.time, format.time(one.timestamp)],
		[w.channel, format.name(one.channel)],
		[w.stage, one.stage && format.name(one.stage)],
		[w.page, one.page && (one.page.title ? `${one.page.title} (${one.page.path ?? ""})` : one.page.path)],
		[w.object, one.object && (one.object.title ?? one.object.ref)],
		[w.engaged, one.engagedMs === undefined ? undefined : format.duration(one.engagedMs)],
		[w.scroll, one.scrollDepth === undefined ? undefined : format.percent(one.scrollDepth)],
		[w.duration, one.durationMs === undefined ? undefined : format.duration(one.durationMs)],
		[w.outcome, one.outcome && format.name(one.outcome.status)],
		[w.value, one.value && format.money(one.value)],
		[w.score, one.score && `${one.score.metric.toUpperCase()} ${one.score.value} / ${one.score.max}`],
		[w.place, one.place],
		[w.people, people?.join(", ")],
		[w.source, [one.source, one.medium, one.campaign].filter((text) => text !== undefined).join(" / "), true],
		[
			w.why(format.name(one.traffic ?? one.channel)),
			one.channelRule && words.person.rule(one.channelRule.rule, one.channelRule.evidence),
			true,
		],
		[w.credit, one.effective ? words.common.yes : words.common.no],
		[w.goal, one.conversion],
		[w.evidence, <code key="evidence">{one.evidence.join(" ")}</code>, true],
	];
	return (
		<>
			<h3>{format.name(one.type)}</h3>
			<dl class="facts">
				{rows
					.filter(([, value]) => value !== undefined && value !== "" && value !== null)
					.map(([label, value, isWide]) => (
						<div key={label} class={isWide ? "wide" : ""}>
							<dt>{label}</dt>
							<dd>{value}</dd>
						</div>
					))}
			</dl>
			{one.conversion === undefined && (
				<SecretAction
					label={w.makeGoal}
					question={w.makeGoalQuestion(format.name(one.type))}
					act={async (key) => {
						await changeGoals(key, (goals) => [...goals, { name: one.type, match: { type: [one.type] } }]);
						onChange();
					}}
				/>
			)}
		</>
	);
}
