/** `GET /v1/analyses/attribution`: one model's credits, or several models side by side. */
import { type AttributionOptions, attribute, COMPARED_MODELS, compareModels, MODELS } from "../analysis/attribution.ts";
import { REPLICATES_MAX } from "../analysis/bootstrap.ts";
import { ORDER_MAX } from "../analysis/markov-chain.ts";
import { foldRareLabels, LABELS_MAX } from "../analysis/path-counts.ts";
import { tabulatePaths } from "../analysis/path-table.ts";
import type { Analysis } from "./analysis-tables.ts";
import { PATH_NAMES, planPaths } from "./path-options.ts";
import { readChoices, readCount, readNumber } from "./query.ts";

/** Labels × transitions × samples of one answer: some seconds of the one thread. */
const MARKOV_WORK_MAX = 20_000_000;

export const planAttribution: Analysis = {
	names: [...PATH_NAMES, "model", "order", "labels", "bootstrap", "seed", "confidence"],
	plan(c) {
		const asked = readChoices(c, "model", [...MODELS, "all"], ["all"]);
		const models = asked.flatMap((model) => (model === "all" ? COMPARED_MODELS : [model]));
		const [only] = models;
		const replicates = readCount(c, "bootstrap", REPLICATES_MAX);
		const labelsMax = readCount(c, "labels", LABELS_MAX) ?? LABELS_MAX;
		const [seed, confidence] = [readCount(c, "seed", 2 ** 31), readNumber(c, "confidence", 0.5, 0.999)];
		const options: AttributionOptions = {
			markovWorkMax: MARKOV_WORK_MAX,
			order: readCount(c, "order", ORDER_MAX) ?? 1,
			...(replicates === undefined
				? {}
				: {
						bootstrap: {
							replicates,
							seed: seed ?? 1,
							confidence: confidence ?? 0.95,
						},
					}),
		};
		const { task, extraOf } = planPaths(c, models.includes("w"));
		return {
			task,
			finish(sums) {
				const extra = extraOf(sums);
				if (sums.paths === undefined) throw new Error("the shards counted something else");
				const table = tabulatePaths(foldRareLabels(sums.paths, labelsMax));
				const isOne = models.length === 1 && only !== undefined;
				const { rows, ...beside } = isOne ? attribute(only, table, options) : compareModels(table, models, options);
				return { rows, extra: { ...extra, ...beside } };
			},
		};
	},
};
