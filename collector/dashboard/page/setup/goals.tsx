import { useState } from "preact/hooks";
import { requestJson } from "../api.ts";
import { useFormat } from "../format.ts";
import { Loaded } from "../parts/loaded.tsx";
import { SecretAction } from "../parts/secret-action.tsx";
import { Table } from "../parts/table.tsx";
import { changeGoals } from "../person/goals.ts";
import type { Settings } from "../records.ts";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

/** What counts as a conversion; new ones are made by a click on a contact. */
export function Goals() {
	const words = useWords();
	const format = useFormat();
	const [round, setRound] = useState(0);
	const load = useLoad(`goals ${round}`, (signal) => requestJson<Settings>("/v1/settings", { signal }));
	const remove = async (name: string, key: string) => {
		await changeGoals(key, (goals) => goals.filter((goal) => goal.name !== name));
		setRound((before) => before + 1);
	};
	return (
		<section class="figure">
			<h2>{words.goals.title}</h2>
			<p class="says">{words.goals.says}</p>
			<Loaded load={load}>
				{({ settings: { journey } }) =>
					journey.goals.length === 0 ? (
						<p class="empty">{words.goals.empty}</p>
					) : (
						<Table
							caption={words.goals.title}
							name="goals"
							rows={journey.goals}
							columns={[
								{ label: words.goals.name, value: ({ name }) => name },
								{
									label: words.goals.counts,
									value: ({ match }) => JSON.stringify(match),
									show: ({ match }) =>
										match.type === undefined ? (
											<code>{JSON.stringify(match)}</code>
										) : (
											match.type.map(format.name).join(", ")
										),
								},
								{
									label: words.goals.remove,
									value: () => "",
									isPlain: true,
									show: ({ name }) => (
										<SecretAction
											label={words.goals.remove}
											question={words.goals.removeQuestion(name)}
											act={(key) => remove(name, key)}
										/>
									),
								},
							]}
						/>
					)
				}
			</Loaded>
		</section>
	);
}
