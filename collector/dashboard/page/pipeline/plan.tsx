import { requestJson } from "../api.ts";
import { useFormat } from "../format.ts";
import { Figure } from "../parts/figure.tsx";
import { Loaded } from "../parts/loaded.tsx";
import { useLoad } from "../use-load.ts";
import { useWords } from "../words/index.ts";

interface Warning {
	event: string;
	problem: string;
	property: string | null;
	count: number;
	lastAt: string;
	messageId: string | null;
}

/** How events differ from the workspace's tracking plan. */
export function PlanWarnings() {
	const words = useWords();
	const format = useFormat();
	const load = useLoad("plan warnings", (signal) =>
		requestJson<{ warnings: Warning[] }>("/v1/plan/warnings", { signal }),
	);
	return (
		<Loaded load={load}>
			{({ warnings }) => (
				<Figure
					title={words.pipeline.plan}
					says={words.pipeline.planSays}
					file="plan-warnings"
					empty={words.pipeline.planEmpty}
					rows={warnings}
					columns={[
						{ label: words.pipeline.event, value: ({ event }) => event },
						{
							label: words.pipeline.message,
							value: ({ problem }) => problem,
							show: ({ problem }) => format.name(problem),
						},
						{ label: words.pipeline.field, value: ({ property }) => property },
						{ label: words.common.count, isNumber: true, value: ({ count }) => count },
						{ label: words.setup.last, value: ({ lastAt }) => lastAt, show: ({ lastAt }) => format.time(lastAt) },
						{ label: words.person.fields.evidence, value: ({ messageId }) => messageId },
					]}
				/>
			)}
		</Loaded>
	);
}
